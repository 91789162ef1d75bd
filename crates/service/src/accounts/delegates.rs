//! Groups whose members may act as delegates. They are kept and shown; nothing here acts on them.

use salon_core::{
    Result,
    account::{
        AccountId,
        actions::{AssociateSigninDelegateGroupsWithAccount, DisassociateSigninDelegateGroupsFromAccount},
    },
};

use crate::{Ctx, Service, accounts::change};

/// Adds groups; one that is there already is no error.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy; Invalid for a name that is none;
/// OverLimit for too many.
pub async fn add_delegates(service: &Service, ctx: &Ctx, id: &AccountId, groups: &[String]) -> Result<()> {
    type Action = AssociateSigninDelegateGroupsWithAccount;
    change::<Action>(service, ctx, id, |account| account.with_delegates(groups)).await.map(drop)
}

/// Takes groups away; one that is not there is no error.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy; Invalid when no group is named.
pub async fn remove_delegates(service: &Service, ctx: &Ctx, id: &AccountId, groups: &[String]) -> Result<()> {
    type Action = DisassociateSigninDelegateGroupsFromAccount;
    change::<Action>(service, ctx, id, |account| account.without_delegates(groups)).await.map(drop)
}
