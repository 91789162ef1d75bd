//! DeleteRoomMembership.

use salon_core::{account::AccountId, room::RoomId};
use salon_service::rooms::members;

use crate::chime::{Answer, Call, Chime, model::types::DeleteRoomMembershipRequest};

pub(in crate::chime) async fn delete(chime: &Chime, call: Call) -> Answer {
    let request: DeleteRoomMembershipRequest = call.read()?;
    let (account, room) = (AccountId::new(request.account_id), RoomId::new(request.room_id));
    members::remove(chime.service(), &call.ctx, &account, &room, &request.member_id).await?;
    call.done()
}
