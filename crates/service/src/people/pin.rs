//! PINs for meetings.

use salon_core::{
    Result,
    account::{AccountId, Person, PersonId, actions::ResetPersonalPIN, person::pin},
};

use crate::{Ctx, Service, people::permitted, retry::until_fresh};

/// Gives the person a new PIN of ten digits, one that nobody else on this server has.
///
/// # Errors
/// NotFound when the account is absent or another project's, or has no such person; Forbidden by policy.
pub async fn reset_pin(service: &Service, ctx: &Ctx, account: &AccountId, person: &PersonId) -> Result<Person> {
    let actor = ctx.actor();
    let changed = until_fresh(service, || async {
        let account = permitted::<ResetPersonalPIN>(service, ctx, account).await?;
        let mut random = [0_u8; 8];
        service.entropy().fill(&mut random);
        let pin = pin(u64::from_le_bytes(random));
        service.catalog().set_pin(&account, person, &pin, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %account, person = %person, request = ctx.request_id, "PIN reset");
    Ok(changed)
}
