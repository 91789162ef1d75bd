//! Asking an endpoint whether it expects a bot's events.

use salon_core::{
    Result,
    bot::{BotId, Endpoint, absent},
};

use crate::Service;

/// Sends the endpoint a challenge, signed as the bot's events are, and waits for its answer. Whoever calls this has made
/// sure that the caller may change the bot (see [`crate::bots::set_events`]).
///
/// # Errors
/// Invalid when the endpoint may not be reached or does not answer as it should; NotFound when there is no such bot.
pub async fn prove(service: &Service, bot: &BotId, endpoint: Endpoint) -> Result<()> {
    let found = service.catalog().told_bot(bot.as_str(), "").await?.ok_or_else(|| absent(bot))?;
    service.bot_events().prove(&endpoint, &found.security_token, service.clock(), service.entropy()).await
}
