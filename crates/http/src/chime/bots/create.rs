//! CreateBot.

use salon_core::account::AccountId;
use salon_service::bots;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{CreateBotRequest, CreateBotResponse},
};

pub(in crate::chime) async fn create(chime: &Chime, call: Call) -> Answer {
    let request: CreateBotRequest = call.read()?;
    let (id, domain) = (AccountId::new(request.account_id), request.domain.as_deref());
    let bot = bots::create(chime.service(), &call.ctx, &id, &request.display_name, domain).await?;
    call.answer(&CreateBotResponse { bot: Some(wire::bot(bot)) })
}
