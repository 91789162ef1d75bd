//! Bots as answers have them.

use salon_core::bot;

use crate::chime::model::{Time, types::Bot};

/// The only type there is.
const BOT_TYPE: &str = "ChatBot";

/// A bot. Its `UserId` is its `BotId`.
pub(super) fn bot(bot: bot::Bot) -> Bot {
    Bot {
        bot_id: Some(bot.id.as_str().to_owned()),
        bot_type: Some(BOT_TYPE.to_owned()),
        created_timestamp: Some(Time(bot.created_at)),
        disabled: Some(bot.disabled),
        display_name: Some(bot.shown_name()),
        security_token: Some(bot.security_token.reveal().to_owned()),
        updated_timestamp: Some(Time(bot.updated_at)),
        user_id: Some(bot.id.as_str().to_owned()),
        bot_email: Some(bot.email),
    }
}
