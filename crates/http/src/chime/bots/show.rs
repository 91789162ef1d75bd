//! GetBot.

use salon_core::{account::AccountId, bot::BotId};
use salon_service::bots;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{GetBotRequest, GetBotResponse},
};

pub(in crate::chime) async fn show(chime: &Chime, call: Call) -> Answer {
    let request: GetBotRequest = call.read()?;
    let (account, bot) = (AccountId::new(request.account_id), BotId::new(request.bot_id));
    let bot = bots::show(chime.service(), &call.ctx, &account, &bot).await?;
    call.answer(&GetBotResponse { bot: Some(wire::bot(bot)) })
}
