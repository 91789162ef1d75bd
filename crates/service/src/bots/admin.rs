//! What the operator does with bots at the server's command line. No caller, no policy.

use salon_core::{
    Result,
    account::{AccountId, Key, operator},
    bot::Bot,
    room::operator::Survey,
};

use crate::{
    Service,
    accounts::{load_any, page},
};

/// One page of the bots of an account.
///
/// # Errors
/// NotFound for the account.
pub async fn list(
    service: &Service,
    account: &AccountId,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<Bot>, Option<Key>)> {
    let account = operator::permit::<Survey>(load_any(service, account).await?);
    let found = service.catalog().bots(&account, after, limit.saturating_add(1)).await?;
    Ok(page(found, limit))
}
