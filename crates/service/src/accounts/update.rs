//! Changing an account.

use salon_core::{
    Result,
    account::{Account, AccountChanges, AccountId, actions::UpdateAccount},
};

use crate::{Ctx, Service, accounts::change};

/// Changes name and default license.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy; Invalid for a name that is none or a
/// license the account does not support.
pub async fn update(service: &Service, ctx: &Ctx, id: &AccountId, changes: &AccountChanges) -> Result<Account> {
    change::<UpdateAccount>(service, ctx, id, |account| account.changed(changes)).await
}
