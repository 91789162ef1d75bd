//! GetAccount.

use salon_core::account::AccountId;
use salon_service::accounts;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{GetAccountRequest, GetAccountResponse},
};

pub(in crate::chime) async fn show(chime: &Chime, call: Call) -> Answer {
    let request: GetAccountRequest = call.read()?;
    let account = accounts::show(chime.service(), &call.ctx, &AccountId::new(request.account_id)).await?;
    call.answer(&GetAccountResponse { account: Some(wire::account(account)) })
}
