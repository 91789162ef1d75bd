//! Removing a room.

use salon_core::{
    Result,
    account::AccountId,
    room::{RoomId, actions::DeleteRoom},
};

use crate::{Ctx, Service, maintenance::JobKind, retry::until_fresh, rooms::permitted};

/// Removes the room with everything in it; from the answer on nobody is a member.
///
/// # Errors
/// As [`crate::rooms::show`].
pub async fn delete(service: &Service, ctx: &Ctx, account: &AccountId, room: &RoomId) -> Result<()> {
    let actor = ctx.actor();
    until_fresh(service, || async {
        let room = permitted::<DeleteRoom>(service, ctx, account, room).await?;
        service.catalog().delete_room(&room, service.now(), &actor).await
    })
    .await?;
    service.jobs_waiting(JobKind::BotEvent).notify_one();
    tracing::info!(account = %account, room = %room, request = ctx.request_id, "room deleted");
    Ok(())
}
