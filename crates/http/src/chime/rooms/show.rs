//! GetRoom.

use salon_core::{account::AccountId, room::RoomId};
use salon_service::rooms;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{GetRoomRequest, GetRoomResponse},
};

pub(in crate::chime) async fn show(chime: &Chime, call: Call) -> Answer {
    let request: GetRoomRequest = call.read()?;
    let (account, room) = (AccountId::new(request.account_id), RoomId::new(request.room_id));
    let room = rooms::show(chime.service(), &call.ctx, &account, &room).await?;
    call.answer(&GetRoomResponse { room: Some(wire::room(room)) })
}
