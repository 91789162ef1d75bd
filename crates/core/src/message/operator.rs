//! The operator's permission for rooms.

use super::actions::Operate;
use crate::{
    Permitted, Result,
    room::{RoomId, RoomLookup, RoomView, absent},
};

/// The operator's permission. Whoever runs the server's command line has the database in hand anyway.
///
/// # Errors
/// NotFound when the account has no such room.
pub fn permit(found: RoomLookup, id: &RoomId) -> Result<Permitted<RoomView, Operate>> {
    let RoomLookup { account, room } = found;
    let room = room.ok_or_else(|| absent(id))?;
    Ok(Permitted::granted(RoomView { account, room, keeps_administrator: false }))
}
