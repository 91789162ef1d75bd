//! What only the operator does with rooms and bots, at the command line of the server: look, with no caller and no rule.

use super::{RoomId, RoomLookup, RoomView, absent};
use crate::{
    Permitted, Result,
    account::operator::OperatorAction,
    bot::actions::ListsBots,
    membership::ReadsGuests,
    room::actions::{ListsRooms, RemovesRooms},
};

/// Look at rooms, at who is in them, and at bots.
#[derive(Clone, Copy, Debug)]
pub enum Survey {}
impl OperatorAction for Survey {}
impl ListsRooms for Survey {}
impl ListsBots for Survey {}
impl ReadsGuests for Survey {}

/// Remove a room.
#[derive(Clone, Copy, Debug)]
pub enum Raze {}
impl OperatorAction for Raze {}
impl RemovesRooms for Raze {}

/// The operator's permission on a room.
///
/// # Errors
/// NotFound when the account has no such room.
pub fn permit<A: OperatorAction>(found: RoomLookup, id: &RoomId) -> Result<Permitted<RoomView, A>> {
    let RoomLookup { account, room } = found;
    let room = room.ok_or_else(|| absent(id))?;
    Ok(Permitted::granted(RoomView { account, room, keeps_administrator: false }))
}
