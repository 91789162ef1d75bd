//! Renaming a room.

use salon_core::{
    Result,
    account::AccountId,
    room::{self, Room, RoomId, actions::UpdateRoom},
};

use crate::{Ctx, Service, retry::until_fresh, rooms::permitted};

/// Gives the room another name; without one nothing changes.
///
/// # Errors
/// As [`crate::rooms::show`]; Invalid for a bad name.
pub async fn update(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
    name: Option<&str>,
) -> Result<Room> {
    let actor = ctx.actor();
    let after = until_fresh(service, || async {
        let before = permitted::<UpdateRoom>(service, ctx, account, room).await?;
        let Some(name) = name else { return Ok(before.into_inner().room) };
        let name = room::name(name)?;
        service.catalog().rename_room(&before, &name, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %account, room = %room, request = ctx.request_id, "room updated");
    Ok(after)
}
