//! Taking a message back.

use salon_core::{Result, account::AccountId, message::actions::RedactRoomMessage, room::RoomId};

use super::unknown;
use crate::{Ctx, Service, retry::until_fresh, rooms::permitted};

/// Takes a message in a room back, for everybody and for good.
///
/// # Errors
/// NotFound when account or room are absent or another project's, and for an unknown message if so configured;
/// Forbidden by policy, or because the account is no Enterprise account.
pub async fn redact(service: &Service, ctx: &Ctx, account: &AccountId, room: &RoomId, message: &str) -> Result<()> {
    let actor = ctx.actor();
    let found = until_fresh(service, || async {
        let room = permitted::<RedactRoomMessage>(service, ctx, account, room).await?;
        service.catalog().redact_message(&room, message, service.now(), &actor).await
    })
    .await?;
    if !found {
        return unknown(service, message);
    }
    tracing::info!(room = %room, message_id = message, request = ctx.request_id, "message redacted");
    Ok(())
}
