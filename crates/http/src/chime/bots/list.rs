//! ListBots.

use salon_core::account::AccountId;
use salon_service::bots;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{ListBotsRequest, ListBotsResponse},
};

/// Bots on a page when the request does not say, as the original has it.
const PAGE: u32 = 10;

pub(in crate::chime) async fn list(chime: &Chime, call: Call) -> Answer {
    let request: ListBotsRequest = call.read()?;
    let after = chime.after(&call, request.next_token.as_deref())?;
    let (id, limit) = (AccountId::new(request.account_id), request.max_results.unwrap_or(PAGE));
    let (found, next) = bots::list(chime.service(), &call.ctx, &id, after.as_ref(), limit).await?;
    call.answer(&ListBotsResponse {
        bots: found.into_iter().map(wire::bot).collect(),
        next_token: chime.next(&call, next.as_ref())?,
    })
}
