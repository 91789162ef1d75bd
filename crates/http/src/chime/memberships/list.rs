//! ListRoomMemberships.

use salon_core::{account::AccountId, room::RoomId};
use salon_service::rooms::members;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{ListRoomMembershipsRequest, ListRoomMembershipsResponse},
};

/// Members on a page when the request does not say: the most there can be, since AWS CLI shows one page only.
const PAGE: u32 = 99;

pub(in crate::chime) async fn list(chime: &Chime, call: Call) -> Answer {
    let request: ListRoomMembershipsRequest = call.read()?;
    let after = chime.after(&call, request.next_token.as_deref())?;
    let (account, room) = (AccountId::new(request.account_id), RoomId::new(request.room_id));
    let limit = request.max_results.unwrap_or(PAGE);
    let (found, next) = members::list(chime.service(), &call.ctx, &account, &room, after.as_ref(), limit).await?;
    call.answer(&ListRoomMembershipsResponse {
        next_token: chime.next(&call, next.as_ref())?,
        room_memberships: found.into_iter().map(wire::membership).collect(),
    })
}
