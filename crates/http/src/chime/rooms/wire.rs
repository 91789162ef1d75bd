//! Rooms as answers have them.

use salon_core::room;

use crate::chime::model::{Time, types::Room};

/// A room.
pub(super) fn room(room: room::Room) -> Room {
    Room {
        account_id: Some(room.account_id.as_str().to_owned()),
        created_by: Some(room.created_by),
        created_timestamp: Some(Time(room.created_at)),
        name: Some(room.name),
        room_id: Some(room.id.as_str().to_owned()),
        updated_timestamp: Some(Time(room.updated_at)),
    }
}
