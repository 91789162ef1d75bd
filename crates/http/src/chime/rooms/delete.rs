//! DeleteRoom.

use salon_core::{account::AccountId, room::RoomId};
use salon_service::rooms;

use crate::chime::{Answer, Call, Chime, model::types::DeleteRoomRequest};

pub(in crate::chime) async fn delete(chime: &Chime, call: Call) -> Answer {
    let request: DeleteRoomRequest = call.read()?;
    let (account, room) = (AccountId::new(request.account_id), RoomId::new(request.room_id));
    rooms::delete(chime.service(), &call.ctx, &account, &room).await?;
    call.done()
}
