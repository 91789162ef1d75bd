//! ListUsers.

use salon_core::account::{AccountId, PersonFilter};
use salon_service::people;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{ListUsersRequest, ListUsersResponse},
};

/// People on a page when the request does not say.
const PAGE: u32 = 100;

pub(in crate::chime) async fn list(chime: &Chime, call: Call) -> Answer {
    let request: ListUsersRequest = call.read()?;
    let after = chime.after(&call, request.next_token.as_deref())?;
    let user_type = wire::user_type(request.user_type.as_deref())?;
    let filter = PersonFilter { email: request.user_email, user_type };
    let (id, limit) = (AccountId::new(request.account_id), request.max_results.unwrap_or(PAGE));
    let (found, next) = people::list(chime.service(), &call.ctx, &id, &filter, after.as_ref(), limit).await?;
    call.answer(&ListUsersResponse {
        next_token: chime.next(&call, next.as_ref())?,
        users: found.into_iter().map(wire::user).collect(),
    })
}
