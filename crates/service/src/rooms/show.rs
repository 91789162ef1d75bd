//! Reading a room.

use salon_core::{
    Result,
    account::AccountId,
    room::{Room, RoomId, actions::GetRoom},
};

use crate::{Ctx, Service, rooms::permitted};

/// The room.
///
/// # Errors
/// NotFound when account or room are absent or the account is another project's; Forbidden by policy, or because the
/// account is no Enterprise account.
pub async fn show(service: &Service, ctx: &Ctx, account: &AccountId, room: &RoomId) -> Result<Room> {
    Ok(permitted::<GetRoom>(service, ctx, account, room).await?.into_inner().room)
}
