//! LogoutUser.

use salon_core::account::{AccountId, PersonId};
use salon_service::people;

use crate::chime::{Answer, Call, Chime, model::types::LogoutUserRequest};

pub(in crate::chime) async fn log_out(chime: &Chime, call: Call) -> Answer {
    let request: LogoutUserRequest = call.read()?;
    let (account, person) = (AccountId::new(request.account_id), PersonId::new(request.user_id));
    people::log_out(chime.service(), &call.ctx, &account, &person).await?;
    call.done()
}
