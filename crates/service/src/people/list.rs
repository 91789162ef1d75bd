//! Listing people.

use salon_core::{
    Result,
    account::{AccountId, Key, Person, PersonFilter, actions::ListUsers},
};

use crate::{Ctx, Service, accounts::page, people::permitted};

/// One page of the people of an account, in the order they were added, and where the next one begins, if there is one.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy; Invalid for a bad e-mail address.
pub async fn list(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    filter: &PersonFilter,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<Person>, Option<Key>)> {
    let account = permitted::<ListUsers>(service, ctx, account).await?;
    filter.check()?;
    let found = service.catalog().people(&account, filter, after, limit.saturating_add(1)).await?;
    Ok(page(found, limit))
}
