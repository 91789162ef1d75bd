//! UpdateRoom.

use salon_core::{account::AccountId, room::RoomId};
use salon_service::rooms;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{UpdateRoomRequest, UpdateRoomResponse},
};

pub(in crate::chime) async fn update(chime: &Chime, call: Call) -> Answer {
    let request: UpdateRoomRequest = call.read()?;
    let (account, room) = (AccountId::new(request.account_id), RoomId::new(request.room_id));
    let room = rooms::update(chime.service(), &call.ctx, &account, &room, request.name.as_deref()).await?;
    call.answer(&UpdateRoomResponse { room: Some(wire::room(room)) })
}
