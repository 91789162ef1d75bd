//! CreateRoomMembership.

use salon_core::{
    account::AccountId,
    room::{RoomId, members::Joining},
};
use salon_service::rooms::members;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{CreateRoomMembershipRequest, CreateRoomMembershipResponse},
};

pub(in crate::chime) async fn create(chime: &Chime, call: Call) -> Answer {
    let request: CreateRoomMembershipRequest = call.read()?;
    let (account, room) = (AccountId::new(request.account_id), RoomId::new(request.room_id));
    let joining = Joining { member: request.member_id, role: wire::role(request.role.as_deref())? };
    let made = members::add(chime.service(), &call.ctx, &account, &room, &joining).await?;
    call.answer(&CreateRoomMembershipResponse { room_membership: Some(wire::membership(made)) })
}
