//! DeleteAccount.

use salon_core::account::AccountId;
use salon_service::accounts;

use crate::chime::{Answer, Call, Chime, model::types::DeleteAccountRequest};

pub(in crate::chime) async fn delete(chime: &Chime, call: Call) -> Answer {
    let request: DeleteAccountRequest = call.read()?;
    accounts::delete(chime.service(), &call.ctx, &AccountId::new(request.account_id)).await?;
    call.done()
}
