//! Listing accounts.

use salon_core::{
    Result,
    account::{Account, AccountFilter, Key, Listed, permit_list},
};

use crate::{Ctx, Service};

/// One page of the accounts of the caller's project, and where the next one begins, if there is one.
///
/// # Errors
/// Forbidden by policy; Invalid for a filter that makes no sense.
pub async fn list(
    service: &Service,
    ctx: &Ctx,
    filter: &AccountFilter,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<Account>, Option<Key>)> {
    let project = permit_list(&service.policy(), &ctx.caller)?;
    filter.check()?;
    let found = service.catalog().accounts(&project, filter, after, limit.saturating_add(1)).await?;
    Ok(page(found, limit))
}

/// What was found, one row more than asked for, as a page and the key of its last row if there is more.
pub(crate) fn page<T: Listed>(mut found: Vec<T>, limit: u32) -> (Vec<T>, Option<Key>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(Listed::key);
    (found, next)
}
