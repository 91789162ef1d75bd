//! GetUser.

use salon_core::account::{AccountId, PersonId};
use salon_service::people;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{GetUserRequest, GetUserResponse},
};

pub(in crate::chime) async fn show(chime: &Chime, call: Call) -> Answer {
    let request: GetUserRequest = call.read()?;
    let (account, person) = (AccountId::new(request.account_id), PersonId::new(request.user_id));
    let person = people::show(chime.service(), &call.ctx, &account, &person).await?;
    call.answer(&GetUserResponse { user: Some(wire::user(person)) })
}
