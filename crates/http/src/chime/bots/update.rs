//! UpdateBot.

use salon_core::{account::AccountId, bot::BotId};
use salon_service::bots;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{UpdateBotRequest, UpdateBotResponse},
};

pub(in crate::chime) async fn update(chime: &Chime, call: Call) -> Answer {
    let request: UpdateBotRequest = call.read()?;
    let (account, bot) = (AccountId::new(request.account_id), BotId::new(request.bot_id));
    let bot = bots::update(chime.service(), &call.ctx, &account, &bot, request.disabled).await?;
    call.answer(&UpdateBotResponse { bot: Some(wire::bot(bot)) })
}
