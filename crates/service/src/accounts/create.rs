//! Making an account.

use salon_core::{
    ProjectId, Result,
    account::{Account, AccountId, AccountType, MAX_ACCOUNTS, permit_create},
    id::uuid_text,
};

use crate::{Ctx, Service};

/// Makes a Team account of the caller's project. Enterprise accounts are the operator's to make ([`super::admin`]).
///
/// # Errors
/// Forbidden by policy; Invalid for a name that is none; OverLimit for a project with 1000 accounts.
pub async fn create(service: &Service, ctx: &Ctx, name: &str) -> Result<Account> {
    let id = AccountId::new(uuid_text(service.entropy()));
    let project = ctx.caller.project().cloned().unwrap_or_else(|| ProjectId::new(""));
    let account = Account::new(id, project, name, AccountType::Team, service.now())?;
    let account = permit_create(&service.policy(), &ctx.caller, account)?;
    service.catalog().create_account(&account, MAX_ACCOUNTS, &ctx.actor()).await?;
    tracing::info!(account = %account.id, request = ctx.request_id, "account created");
    Ok(account.into_inner())
}
