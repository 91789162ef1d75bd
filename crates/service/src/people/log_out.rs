//! Signing a person out.

use salon_core::{
    Result,
    account::{AccountId, PersonId, actions::LogoutUser},
};

use crate::{Ctx, Service, people::permitted, retry::until_fresh};

/// Notes that all sessions of the person end now. People have no sessions with this server; whoever keeps some hears of
/// it in the outbox (`person.sign_out`).
///
/// # Errors
/// NotFound when the account is absent or another project's, or has no such person; Forbidden by policy.
pub async fn log_out(service: &Service, ctx: &Ctx, account: &AccountId, person: &PersonId) -> Result<()> {
    let actor = ctx.actor();
    until_fresh(service, || async {
        let account = permitted::<LogoutUser>(service, ctx, account).await?;
        service.catalog().sign_out_person(&account, person, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %account, person = %person, request = ctx.request_id, "person signed out");
    Ok(())
}
