//! Messages at the server's command line. No caller, no policy.

use salon_core::{Result, account::AccountId, message::Message, room::RoomId};

use super::log::page;
use crate::{Service, retry::until_fresh, webhooks::admin::permitted};

/// One page of a room's messages, as [`crate::messages::log`].
///
/// # Errors
/// NotFound.
pub async fn log(
    service: &Service,
    account: &AccountId,
    room: &RoomId,
    before: Option<i64>,
    limit: u32,
) -> Result<(Vec<Message>, Option<i64>)> {
    until_fresh(service, || async { page(service, &permitted(service, account, room).await?, before, limit).await })
        .await
}
