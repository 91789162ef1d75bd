//! Switches of an account.

use salon_core::{
    Result,
    account::{
        AccountId, AccountSettings, SettingsChange,
        actions::{GetAccountSettings, UpdateAccountSettings},
        permit,
    },
};

use crate::{
    Ctx, Service,
    accounts::{change, load},
};

/// The switches.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy.
pub async fn settings(service: &Service, ctx: &Ctx, id: &AccountId) -> Result<AccountSettings> {
    let account = permit::<GetAccountSettings>(&service.policy(), &ctx.caller, load(service, ctx, id).await?)?;
    Ok(account.settings)
}

/// Sets the switches that are named.
///
/// # Errors
/// As [`settings`].
pub async fn set_settings(service: &Service, ctx: &Ctx, id: &AccountId, settings: SettingsChange) -> Result<()> {
    change::<UpdateAccountSettings>(service, ctx, id, |account| Ok(account.with_settings(settings))).await.map(drop)
}
