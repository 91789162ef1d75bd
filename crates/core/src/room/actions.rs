//! What can be done with a room and its guest list, as types: one per operation of the Amazon Chime API 2018-05-01.

use crate::{
    account::actions::operations,
    membership::{Amends, Invites, ReadsGuests, Revokes},
};

operations! {
    /// Make a room.
    CreateRoom: Enterprise;
    /// See it.
    GetRoom: Enterprise;
    /// List an account's rooms, or a member's.
    ListRooms: Enterprise;
    /// Rename it.
    UpdateRoom: Enterprise;
    /// Remove it with everything in it.
    DeleteRoom: Enterprise;
    /// Add a member.
    CreateRoomMembership: Enterprise;
    /// Add several members.
    BatchCreateRoomMembership: Enterprise;
    /// Change a member's role.
    UpdateRoomMembership: Enterprise;
    /// Remove a member.
    DeleteRoomMembership: Enterprise;
    /// See who is in it.
    ListRoomMemberships: Enterprise;
}

/// An action that may list rooms.
pub trait ListsRooms {}
impl ListsRooms for ListRooms {}

/// An action that may remove a room.
pub trait RemovesRooms {}
impl RemovesRooms for DeleteRoom {}

impl Invites for CreateRoomMembership {}
impl Invites for BatchCreateRoomMembership {}
impl Amends for UpdateRoomMembership {}
impl ReadsGuests for UpdateRoomMembership {}
impl Revokes for DeleteRoomMembership {}
impl ReadsGuests for ListRoomMemberships {}
