//! Making a webhook.

use salon_core::{
    Permitted, Result,
    account::{AccountId, user_arn},
    event::Actor,
    id::uuid_text,
    message::{
        Webhook, WebhookName,
        actions::{CreateWebhook, CreatesWebhooks},
    },
    room::{RoomId, RoomView},
};

use super::Shown;
use crate::{Ctx, Service, messages::url, retry::until_fresh, rooms::permitted};

/// Makes a webhook for a room.
///
/// # Errors
/// NotFound when account or room are absent or another project's; Forbidden by policy, or because the account is no
/// Enterprise account; OverLimit when the room has ten webhooks.
pub async fn create(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
    name: &WebhookName,
) -> Result<Shown> {
    let permit = async || permitted::<CreateWebhook>(service, ctx, account, room).await;
    make(service, &ctx.actor(), permit, &user_arn(&ctx.caller), name).await
}

pub(super) async fn make<A: CreatesWebhooks>(
    service: &Service,
    actor: &Actor,
    permit: impl AsyncFn() -> Result<Permitted<RoomView, A>>,
    created_by: &str,
    name: &WebhookName,
) -> Result<Shown> {
    let id = uuid_text(service.entropy());
    let (token, hash) = url::fresh_token(service.entropy());
    let webhook = until_fresh(service, || async {
        let room = permit().await?;
        let now = service.now();
        let webhook = Webhook {
            id: id.clone(),
            room_id: room.room.id.as_str().to_owned(),
            name: name.as_str().to_owned(),
            created_by: created_by.to_owned(),
            created_at: now,
            updated_at: now,
        };
        service.catalog().create_webhook(&room, &webhook, &hash, actor).await?;
        Ok(webhook)
    })
    .await?;
    tracing::info!(room = webhook.room_id, webhook = webhook.id, request = actor.request_id, "webhook created");
    Ok(Shown::new(service, webhook, &token))
}
