//! What callers do with bots.

pub mod admin;
mod create;
mod events;
mod list;
mod show;
mod update;

pub use create::create;
pub use events::{delete_events, events, set_events};
pub use list::list;
pub use show::show;
pub use update::{regenerate_token, update};

use salon_core::{
    Permitted, Result,
    account::{AccountId, absent, actions::AccountAction},
    bot::{Bot, BotId, BotView, Change, actions::ChangesBot, permit},
};

use crate::{Ctx, Service, retry::until_fresh};

/// Loads account and bot together and decides.
///
/// # Errors
/// NotFound when the account is absent or another project's, or has no such bot; Forbidden by policy, or because the
/// account is no Enterprise account.
async fn permitted<A: AccountAction>(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    bot: &BotId,
) -> Result<Permitted<BotView, A>> {
    let found = service.catalog().bot_within_reach(account, bot, &ctx.viewer(service)).await?;
    let found = found.ok_or_else(|| absent(account))?;
    permit::<A>(&service.policy(), &ctx.caller, found, bot)
}

/// Loads, decides, and changes the bot, as often as somebody else is faster.
async fn change<A: ChangesBot>(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    bot: &BotId,
    change: &Change,
) -> Result<Bot> {
    let actor = ctx.actor();
    let after = until_fresh(service, || async {
        let before = permitted::<A>(service, ctx, account, bot).await?;
        service.catalog().change_bot(&before, change, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %account, bot = %bot, rule = A::RULE, request = ctx.request_id, "bot changed");
    Ok(after)
}
