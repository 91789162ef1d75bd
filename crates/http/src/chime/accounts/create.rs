//! CreateAccount.

use salon_service::accounts;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{CreateAccountRequest, CreateAccountResponse},
};

pub(in crate::chime) async fn create(chime: &Chime, call: Call) -> Answer {
    let request: CreateAccountRequest = call.read()?;
    let account = accounts::create(chime.service(), &call.ctx, &request.name).await?;
    call.answer(&CreateAccountResponse { account: Some(wire::account(account)) })
}
