//! CreateUser.

use salon_core::account::{AccountId, NewPerson};
use salon_service::people;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{CreateUserRequest, CreateUserResponse},
};

pub(in crate::chime) async fn create(chime: &Chime, call: Call) -> Answer {
    let request: CreateUserRequest = call.read()?;
    let user_type = wire::user_type(request.user_type.as_deref())?;
    let new = NewPerson { email: request.email, name: request.username, user_type };
    let person = people::create(chime.service(), &call.ctx, &AccountId::new(request.account_id), &new).await?;
    call.answer(&CreateUserResponse { user: Some(wire::user(person)) })
}
