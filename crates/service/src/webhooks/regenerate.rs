//! Giving a webhook another URL.

use salon_core::{
    Permitted, Result,
    account::AccountId,
    event::Actor,
    message::actions::{RegenerateWebhook, RegeneratesWebhooks},
    room::{RoomId, RoomView},
};

use super::Shown;
use crate::{Ctx, Service, messages::url, retry::until_fresh, rooms::permitted};

/// Gives a webhook another URL; the old one ends with this.
///
/// # Errors
/// As [`crate::webhooks::list`]; NotFound when the room has no such webhook.
pub async fn regenerate(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
    webhook: &str,
) -> Result<Shown> {
    let permit = async || permitted::<RegenerateWebhook>(service, ctx, account, room).await;
    renew(service, &ctx.actor(), permit, webhook).await
}

pub(super) async fn renew<A: RegeneratesWebhooks>(
    service: &Service,
    actor: &Actor,
    permit: impl AsyncFn() -> Result<Permitted<RoomView, A>>,
    webhook: &str,
) -> Result<Shown> {
    let (token, hash) = url::fresh_token(service.entropy());
    let webhook = until_fresh(service, || async {
        let room = permit().await?;
        service.catalog().regenerate_webhook(&room, webhook, &hash, service.now(), actor).await
    })
    .await?;
    tracing::info!(room = webhook.room_id, webhook = webhook.id, request = actor.request_id, "webhook regenerated");
    Ok(Shown::new(service, webhook, &token))
}
