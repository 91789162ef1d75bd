//! What callers do with chat accounts.

pub mod admin;
mod create;
mod delegates;
mod delete;
mod list;
mod retention;
mod settings;
mod show;
mod update;

pub use create::create;
pub use delegates::{add_delegates, remove_delegates};
pub use delete::delete;
pub use list::list;
pub(crate) use list::page;
pub use retention::{retention, set_retention};
pub use settings::{set_settings, settings};
pub use show::show;
pub use update::update;

use salon_core::{
    Result,
    account::{Account, AccountId, absent, actions::ChangesAccount, permit},
};

use crate::{Ctx, Service, retry::in_turn};

/// Reads an account if the caller reaches it. What may be done with it is for the policy to say.
///
/// # Errors
/// NotFound when there is none within reach.
pub(crate) async fn load(service: &Service, ctx: &Ctx, id: &AccountId) -> Result<Account> {
    service.catalog().account_within_reach(id, &ctx.viewer(service)).await?.ok_or_else(|| absent(id))
}

/// Reads any account, for the operator.
///
/// # Errors
/// NotFound when there is none.
pub(crate) async fn load_any(service: &Service, id: &AccountId) -> Result<Account> {
    service.catalog().account(id).await?.ok_or_else(|| absent(id))
}

/// Loads the account, decides, computes what it is to be, and writes that, as often as somebody else is faster.
async fn change<A: ChangesAccount>(
    service: &Service,
    ctx: &Ctx,
    id: &AccountId,
    compute: impl Fn(&Account) -> Result<Account>,
) -> Result<Account> {
    let policy = service.policy();
    let actor = ctx.actor();
    let changed = in_turn(service, id.as_str(), || async {
        let before = permit::<A>(&policy, &ctx.caller, load(service, ctx, id).await?)?;
        let after = compute(&before)?;
        if after == *before {
            return Ok(after);
        }
        service.catalog().update_account(&before, &after, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %id, rule = A::RULE, request = ctx.request_id, "account changed");
    Ok(changed)
}
