//! Switches of a person.

use salon_core::{
    Result,
    account::{
        AccountId, PersonId, Telephony,
        actions::{GetUserSettings, UpdateUserSettings},
    },
};

use crate::{
    Ctx, Service,
    people::{find, permitted},
    retry::until_fresh,
};

/// The switches.
///
/// # Errors
/// NotFound when the account is absent or another project's, or has no such person; Forbidden by policy.
pub async fn settings(service: &Service, ctx: &Ctx, account: &AccountId, person: &PersonId) -> Result<Telephony> {
    Ok(find::<GetUserSettings>(service, ctx, account, person).await?.telephony)
}

/// Sets the switches.
///
/// # Errors
/// As [`settings`].
pub async fn set_settings(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    person: &PersonId,
    telephony: Telephony,
) -> Result<()> {
    let actor = ctx.actor();
    until_fresh(service, || async {
        let account = permitted::<UpdateUserSettings>(service, ctx, account).await?;
        service.catalog().set_person_settings(&account, person, telephony, service.now(), &actor).await
    })
    .await
}
