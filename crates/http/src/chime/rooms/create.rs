//! CreateRoom.

use salon_core::account::AccountId;
use salon_service::rooms;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{CreateRoomRequest, CreateRoomResponse},
};

pub(in crate::chime) async fn create(chime: &Chime, call: Call) -> Answer {
    let request: CreateRoomRequest = call.read()?;
    let (id, token) = (AccountId::new(request.account_id), request.client_request_token.as_deref());
    let room = rooms::create(chime.service(), &call.ctx, &id, &request.name, token).await?;
    call.answer(&CreateRoomResponse { room: Some(wire::room(room)) })
}
