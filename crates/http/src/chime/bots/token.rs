//! RegenerateSecurityToken.

use salon_core::{account::AccountId, bot::BotId};
use salon_service::bots;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{RegenerateSecurityTokenRequest, RegenerateSecurityTokenResponse},
};

pub(in crate::chime) async fn regenerate_token(chime: &Chime, call: Call) -> Answer {
    let request: RegenerateSecurityTokenRequest = call.read()?;
    let (account, bot) = (AccountId::new(request.account_id), BotId::new(request.bot_id));
    let bot = bots::regenerate_token(chime.service(), &call.ctx, &account, &bot).await?;
    call.answer(&RegenerateSecurityTokenResponse { bot: Some(wire::bot(bot)) })
}
