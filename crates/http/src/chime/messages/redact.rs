//! RedactRoomMessage.

use salon_core::{account::AccountId, room::RoomId};
use salon_service::messages;

use crate::chime::{Answer, Call, Chime, model::types::RedactRoomMessageRequest};

pub(in crate::chime) async fn redact(chime: &Chime, call: Call) -> Answer {
    let request: RedactRoomMessageRequest = call.read()?;
    let (account, room) = (AccountId::new(request.account_id), RoomId::new(request.room_id));
    messages::redact(chime.service(), &call.ctx, &account, &room, &request.message_id).await?;
    call.done()
}
