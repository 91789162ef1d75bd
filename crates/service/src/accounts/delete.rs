//! Deleting an account.

use salon_core::{
    Result,
    account::{AccountId, actions::DeleteAccount, permit},
};

use crate::{Ctx, Service, accounts::load, retry::until_fresh};

/// Deletes the account with the suspended people and the bots left in it; it is gone at once and for good.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy; Conflict while it has people that are
/// not suspended, or rooms (for this operation the Chime API answers 422).
pub async fn delete(service: &Service, ctx: &Ctx, id: &AccountId) -> Result<()> {
    let policy = service.policy();
    let actor = ctx.actor();
    until_fresh(service, || async {
        let account = permit::<DeleteAccount>(&policy, &ctx.caller, load(service, ctx, id).await?)?;
        service.catalog().delete_account(&account, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %id, request = ctx.request_id, "account deleted");
    Ok(())
}
