//! How long messages are kept.

use salon_core::{
    Result,
    account::{
        AccountId, Retention, RetentionChange,
        actions::{GetRetentionSettings, PutRetentionSettings},
        permit,
    },
};

use crate::{
    Ctx, Service,
    accounts::{change, load},
};

/// The periods in force.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy, or for a Team account.
pub async fn retention(service: &Service, ctx: &Ctx, id: &AccountId) -> Result<Retention> {
    let account = permit::<GetRetentionSettings>(&service.policy(), &ctx.caller, load(service, ctx, id).await?)?;
    Ok(account.retention)
}

/// Sets the periods that are named.
///
/// # Errors
/// As [`retention`]; Invalid for a period outside 1 to 5475 days.
pub async fn set_retention(
    service: &Service,
    ctx: &Ctx,
    id: &AccountId,
    retention: RetentionChange,
) -> Result<Retention> {
    let changed = |account: &_| salon_core::account::Account::with_retention(account, retention, service.now());
    Ok(change::<PutRetentionSettings>(service, ctx, id, changed).await?.retention)
}
