//! Webhooks at the server's command line: the API has no calls for them. No caller, no policy.

use salon_core::{
    Permitted, Result,
    account::{AccountId, absent},
    event::Actor,
    message::{Webhook, WebhookName, actions::Operate, operator},
    room::{RoomId, RoomView},
};

use super::{Shown, create::make, delete::remove, regenerate::renew};
use crate::{Service, retry::until_fresh};

/// Loads account and room together.
///
/// # Errors
/// NotFound.
pub(crate) async fn permitted(
    service: &Service,
    account: &AccountId,
    room: &RoomId,
) -> Result<Permitted<RoomView, Operate>> {
    let found = service.catalog().room(account, room).await?.ok_or_else(|| absent(account))?;
    operator::permit(found, room)
}

/// Makes a webhook for a room.
///
/// # Errors
/// NotFound; OverLimit when the room has ten webhooks.
pub async fn create(
    service: &Service,
    actor: &Actor,
    account: &AccountId,
    room: &RoomId,
    name: &WebhookName,
) -> Result<Shown> {
    make(service, actor, async || permitted(service, account, room).await, &actor.user_id, name).await
}

/// The webhooks of a room.
///
/// # Errors
/// NotFound.
pub async fn list(service: &Service, account: &AccountId, room: &RoomId) -> Result<Vec<Webhook>> {
    until_fresh(service, || async { service.catalog().webhooks(&permitted(service, account, room).await?).await }).await
}

/// Gives a webhook another URL.
///
/// # Errors
/// NotFound.
pub async fn regenerate(
    service: &Service,
    actor: &Actor,
    account: &AccountId,
    room: &RoomId,
    webhook: &str,
) -> Result<Shown> {
    renew(service, actor, async || permitted(service, account, room).await, webhook).await
}

/// Removes a webhook.
///
/// # Errors
/// NotFound.
pub async fn delete(service: &Service, actor: &Actor, account: &AccountId, room: &RoomId, webhook: &str) -> Result<()> {
    remove(service, actor, async || permitted(service, account, room).await, webhook).await
}
