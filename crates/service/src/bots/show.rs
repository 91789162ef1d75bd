//! Reading a bot.

use salon_core::{
    Result,
    account::AccountId,
    bot::{Bot, BotId, actions::GetBot},
};

use crate::{Ctx, Service, bots::permitted};

/// The bot, its security token included.
///
/// # Errors
/// NotFound when account or bot are absent or the account is another project's; Forbidden by policy, or because the
/// account is no Enterprise account.
pub async fn show(service: &Service, ctx: &Ctx, account: &AccountId, bot: &BotId) -> Result<Bot> {
    Ok(permitted::<GetBot>(service, ctx, account, bot).await?.into_inner().bot)
}
