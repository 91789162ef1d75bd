//! Reading a room's messages.

use salon_core::{
    Permitted, Result,
    account::AccountId,
    message::{
        Message,
        actions::{ListRoomMessages, ReadsMessages},
        retention::seen_from,
    },
    room::{RoomId, RoomView},
};

use crate::{Ctx, Service, retry::until_fresh, rooms::permitted};

/// Messages on a page at most.
pub const MAX_PAGE: u32 = 100;

/// One page of a room's messages, newest first, before the one with the number `before`; and the number the next page
/// is before, if there is more. What is past the time that the account keeps messages is not seen.
///
/// # Errors
/// NotFound when account or room are absent or another project's; Forbidden by policy, or because the account is no
/// Enterprise account.
pub async fn log(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
    before: Option<i64>,
    limit: u32,
) -> Result<(Vec<Message>, Option<i64>)> {
    until_fresh(service, || async {
        let room = permitted::<ListRoomMessages>(service, ctx, account, room).await?;
        page(service, &room, before, limit).await
    })
    .await
}

pub(super) async fn page<A: ReadsMessages>(
    service: &Service,
    room: &Permitted<RoomView, A>,
    before: Option<i64>,
    limit: u32,
) -> Result<(Vec<Message>, Option<i64>)> {
    let limit = limit.clamp(1, MAX_PAGE);
    let seen_from = seen_from(room.account.retention.room_days, service.now());
    let mut found = service.catalog().messages(room, seen_from, before, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|message| message.seq);
    Ok((found, next))
}
