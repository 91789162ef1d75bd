//! UpdateRoomMembership.

use salon_core::{account::AccountId, room::RoomId};
use salon_service::rooms::members;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{UpdateRoomMembershipRequest, UpdateRoomMembershipResponse},
};

pub(in crate::chime) async fn update(chime: &Chime, call: Call) -> Answer {
    let request: UpdateRoomMembershipRequest = call.read()?;
    let (account, room) = (AccountId::new(request.account_id), RoomId::new(request.room_id));
    let role = wire::role(request.role.as_deref())?;
    let now = members::amend(chime.service(), &call.ctx, &account, &room, &request.member_id, role).await?;
    call.answer(&UpdateRoomMembershipResponse { room_membership: Some(wire::membership(now)) })
}
