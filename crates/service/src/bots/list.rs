//! Listing bots.

use salon_core::{
    Result,
    account::{AccountId, Key, permit},
    bot::{Bot, actions::ListBots},
};

use crate::{
    Ctx, Service,
    accounts::{load, page},
};

/// One page of the bots of an account, in the order they were made, and where the next one begins, if there is one.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy, or because it is no Enterprise account.
pub async fn list(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<Bot>, Option<Key>)> {
    let account = permit::<ListBots>(&service.policy(), &ctx.caller, load(service, ctx, account).await?)?;
    let found = service.catalog().bots(&account, after, limit.saturating_add(1)).await?;
    Ok(page(found, limit))
}
