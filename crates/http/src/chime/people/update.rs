//! UpdateUser.

use salon_core::account::{AccountId, PersonId};
use salon_service::people;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{UpdateUserRequest, UpdateUserResponse},
};

pub(in crate::chime) async fn update(chime: &Chime, call: Call) -> Answer {
    let request: UpdateUserRequest = call.read()?;
    let changes = wire::changes(
        request.license_type.as_deref(),
        request.user_type.as_deref(),
        request.alexa_for_business_metadata,
    )?;
    let (account, person) = (AccountId::new(request.account_id), PersonId::new(request.user_id));
    let person = people::update(chime.service(), &call.ctx, &account, &person, &changes).await?;
    call.answer(&UpdateUserResponse { user: Some(wire::user(person)) })
}
