//! Listing webhooks.

use salon_core::{
    Result,
    account::AccountId,
    message::{Webhook, actions::ListWebhooks},
    room::RoomId,
};

use crate::{Ctx, Service, retry::until_fresh, rooms::permitted};

/// The webhooks of a room, in the order they were made. Their URLs are not known any more.
///
/// # Errors
/// NotFound when account or room are absent or another project's; Forbidden by policy, or because the account is no
/// Enterprise account.
pub async fn list(service: &Service, ctx: &Ctx, account: &AccountId, room: &RoomId) -> Result<Vec<Webhook>> {
    until_fresh(service, || async {
        let room = permitted::<ListWebhooks>(service, ctx, account, room).await?;
        service.catalog().webhooks(&room).await
    })
    .await
}
