//! ListRooms.

use salon_core::account::AccountId;
use salon_service::rooms;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{ListRoomsRequest, ListRoomsResponse},
};

/// Rooms on a page when the request does not say: the most there can be, since AWS CLI shows one page only.
const PAGE: u32 = 99;

pub(in crate::chime) async fn list(chime: &Chime, call: Call) -> Answer {
    let request: ListRoomsRequest = call.read()?;
    let after = chime.after(&call, request.next_token.as_deref())?;
    let (id, limit) = (AccountId::new(request.account_id), request.max_results.unwrap_or(PAGE));
    let member = request.member_id.as_deref();
    let (found, next) = rooms::list(chime.service(), &call.ctx, &id, member, after.as_ref(), limit).await?;
    call.answer(&ListRoomsResponse {
        next_token: chime.next(&call, next.as_ref())?,
        rooms: found.into_iter().map(wire::room).collect(),
    })
}
