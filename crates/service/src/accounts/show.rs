//! Reading an account.

use salon_core::{
    Result,
    account::{Account, AccountId, actions::GetAccount, permit},
};

use crate::{Ctx, Service, accounts::load};

/// The account.
///
/// # Errors
/// NotFound when it is absent or another project's; Forbidden by policy.
pub async fn show(service: &Service, ctx: &Ctx, id: &AccountId) -> Result<Account> {
    let account = permit::<GetAccount>(&service.policy(), &ctx.caller, load(service, ctx, id).await?)?;
    Ok(account.into_inner())
}
