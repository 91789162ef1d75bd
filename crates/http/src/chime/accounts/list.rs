//! ListAccounts.

use salon_core::account::AccountFilter;
use salon_service::accounts;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{ListAccountsRequest, ListAccountsResponse},
};

/// Accounts on a page when the request does not say.
const PAGE: u32 = 100;

pub(in crate::chime) async fn list(chime: &Chime, call: Call) -> Answer {
    let request: ListAccountsRequest = call.read()?;
    let after = chime.after(&call, request.next_token.as_deref())?;
    let filter = AccountFilter { name_prefix: request.name, email: request.user_email };
    let limit = request.max_results.unwrap_or(PAGE);
    let (found, next) = accounts::list(chime.service(), &call.ctx, &filter, after.as_ref(), limit).await?;
    call.answer(&ListAccountsResponse {
        accounts: found.into_iter().map(wire::account).collect(),
        next_token: chime.next(&call, next.as_ref())?,
    })
}
