//! Removing a webhook.

use salon_core::{
    Permitted, Result,
    account::AccountId,
    event::Actor,
    message::actions::{DeleteWebhook, DeletesWebhooks},
    room::{RoomId, RoomView},
};

use crate::{Ctx, Service, retry::until_fresh, rooms::permitted};

/// Removes a webhook; its messages stay.
///
/// # Errors
/// As [`crate::webhooks::list`]; NotFound when the room has no such webhook.
pub async fn delete(service: &Service, ctx: &Ctx, account: &AccountId, room: &RoomId, webhook: &str) -> Result<()> {
    remove(service, &ctx.actor(), async || permitted::<DeleteWebhook>(service, ctx, account, room).await, webhook).await
}

pub(super) async fn remove<A: DeletesWebhooks>(
    service: &Service,
    actor: &Actor,
    permit: impl AsyncFn() -> Result<Permitted<RoomView, A>>,
    webhook: &str,
) -> Result<()> {
    until_fresh(service, || async {
        let room = permit().await?;
        service.catalog().delete_webhook(&room, webhook, service.now(), actor).await
    })
    .await?;
    tracing::info!(webhook, request = actor.request_id, "webhook deleted");
    Ok(())
}
