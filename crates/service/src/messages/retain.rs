//! Forgetting messages: those past their time, and those of rooms that are gone.

use salon_core::Result;

use crate::Service;

/// Messages removed in one transaction: short enough that no request waits for it.
const BATCH: u32 = 500;

/// Accounts looked at in one read.
const ACCOUNTS: u32 = 100;

/// Destroys messages that are past their time and the days of grace. Answers how many went.
///
/// # Errors
/// Unavailable.
pub(crate) async fn retain(service: &Service) -> Result<u64> {
    let catalog = service.catalog();
    let mut gone = 0;
    let mut after = None;
    loop {
        let accounts = catalog.accounts_with_retention(after.as_ref(), ACCOUNTS).await?;
        for account in &accounts {
            loop {
                let batch = catalog.destroy_messages(account, service.now(), BATCH).await?;
                gone += batch;
                if batch < u64::from(BATCH) {
                    break;
                }
            }
        }
        if accounts.len() < ACCOUNTS as usize {
            return Ok(gone);
        }
        after = accounts.last().cloned();
    }
}

/// Removes what is left of the messages of a room that is gone: the work of the jobs of kind `remove-messages`.
///
/// # Errors
/// Unavailable.
pub(crate) async fn remove(service: &Service, room_id: &str) -> Result<()> {
    while service.catalog().remove_messages(room_id, BATCH).await? >= u64::from(BATCH) {}
    Ok(())
}
