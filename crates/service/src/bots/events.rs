//! Where the events of a bot go.

use salon_core::{
    Result,
    account::AccountId,
    bot::{
        BotId, Change, Endpoint, EventsRequest,
        actions::{DeleteEventsConfiguration, GetEventsConfiguration, PutEventsConfiguration},
        no_events,
    },
};

use super::{change, permitted};
use crate::{Ctx, Service};

/// Where the events of the bot go.
///
/// # Errors
/// As [`crate::bots::show`]; NotFound when they go nowhere.
pub async fn events(service: &Service, ctx: &Ctx, account: &AccountId, bot: &BotId) -> Result<Endpoint> {
    let view = permitted::<GetEventsConfiguration>(service, ctx, account, bot).await?;
    view.bot.endpoint.clone().ok_or_else(|| no_events(bot))
}

/// Sends the events of the bot to an HTTPS endpoint from now on. `prove` asks the endpoint whether it expects them; only
/// who may change the bot makes this server ask, and nothing changes when the endpoint does not answer as it should.
///
/// # Errors
/// As [`crate::bots::show`]; Invalid for anything but one HTTPS endpoint; what `prove` answers.
pub async fn set_events<F>(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    bot: &BotId,
    request: &EventsRequest,
    prove: impl FnOnce(Endpoint) -> F,
) -> Result<Endpoint>
where
    F: Future<Output = Result<()>>,
{
    permitted::<PutEventsConfiguration>(service, ctx, account, bot).await?;
    let endpoint = request.endpoint()?;
    prove(endpoint.clone()).await?;
    let written = Change::Endpoint(Some(endpoint.clone()));
    change::<PutEventsConfiguration>(service, ctx, account, bot, &written).await?;
    Ok(endpoint)
}

/// Sends the events of the bot nowhere. It stays in its rooms, and cannot be added to others. Events that went nowhere
/// before are no error.
///
/// # Errors
/// As [`crate::bots::show`].
pub async fn delete_events(service: &Service, ctx: &Ctx, account: &AccountId, bot: &BotId) -> Result<()> {
    change::<DeleteEventsConfiguration>(service, ctx, account, bot, &Change::Endpoint(None)).await.map(drop)
}
