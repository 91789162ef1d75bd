//! UpdateAccount.

use salon_core::account::{AccountChanges, AccountId};
use salon_service::accounts;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{UpdateAccountRequest, UpdateAccountResponse},
};

pub(in crate::chime) async fn update(chime: &Chime, call: Call) -> Answer {
    let request: UpdateAccountRequest = call.read()?;
    let default_license = wire::license(request.default_license.as_deref())?;
    let changes = AccountChanges { name: request.name, default_license };
    let id = AccountId::new(request.account_id);
    let account = accounts::update(chime.service(), &call.ctx, &id, &changes).await?;
    call.answer(&UpdateAccountResponse { account: Some(wire::account(account)) })
}
