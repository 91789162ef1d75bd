//! BatchCreateRoomMembership.

use salon_core::{
    account::AccountId,
    room::{RoomId, members::Joining},
};
use salon_service::rooms::members;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    error::Fault,
    model::types::{BatchCreateRoomMembershipRequest, BatchCreateRoomMembershipResponse, MembershipItem},
};

pub(in crate::chime) async fn create_many(chime: &Chime, call: Call) -> Answer {
    let request: BatchCreateRoomMembershipRequest = call.read()?;
    let (account, room) = (AccountId::new(request.account_id), RoomId::new(request.room_id));
    let joining = request.membership_item_list.into_iter().map(joining).collect::<Result<Vec<_>, _>>()?;
    let errors = members::add_many(chime.service(), &call.ctx, &account, &room, &joining).await?;
    call.answer(&BatchCreateRoomMembershipResponse { errors: wire::errors(errors) })
}

fn joining(item: MembershipItem) -> Result<Joining, Fault> {
    // The model does not say that it is required; nothing can be done without.
    let member = item.member_id.ok_or_else(|| Fault::bad_request("MembershipItemList: MemberId is required."))?;
    Ok(Joining { member, role: wire::role(item.role.as_deref())? })
}
