//! ResetPersonalPIN.

use salon_core::account::{AccountId, PersonId};
use salon_service::people;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{ResetPersonalPINRequest, ResetPersonalPINResponse},
};

pub(in crate::chime) async fn reset_pin(chime: &Chime, call: Call) -> Answer {
    let request: ResetPersonalPINRequest = call.read()?;
    let (account, person) = (AccountId::new(request.account_id), PersonId::new(request.user_id));
    let person = people::reset_pin(chime.service(), &call.ctx, &account, &person).await?;
    call.answer(&ResetPersonalPINResponse { user: Some(wire::user(person)) })
}
