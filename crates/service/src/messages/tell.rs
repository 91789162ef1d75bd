//! Telling bots what happened: the work of the jobs of kind `bot-event`.

use salon_catalog::messages::Told;
use salon_core::{
    Result, Timestamp,
    message::{
        content::{BotName, mention},
        event::{BotEvent, Happening, MENTION_SECONDS, Notice, What},
        posting::{ANSWER_TIME, BotToken},
    },
};
use salon_notify::Outcome;

use super::url;
use crate::Service;

/// Tells a bot, if there is still something to tell. A bot that does not take it is not told again: the repetitions
/// that the protocol has are over when this comes back.
///
/// # Errors
/// Unavailable; Internal for a notice that cannot be read.
pub(crate) async fn tell(service: &Service, payload: &str) -> Result<()> {
    let notice = Notice::from_json(payload)?;
    let Some(bot) = service.catalog().told_bot(&notice.bot_id, &notice.room_id).await? else { return Ok(()) };
    let Some(endpoint) = bot.endpoint.as_ref().filter(|_| !bot.disabled) else { return Ok(()) };
    let Some(happening) = happening(service, &notice, &bot).await? else { return Ok(()) };
    let event =
        BotEvent { sender: notice.sender, room_id: notice.room_id.clone(), at: Timestamp(notice.at), happening };
    let told = service.bot_events().deliver(endpoint, &bot.security_token, &event.to_json(), service.clock()).await;
    match told {
        Outcome::Taken => tracing::info!(bot = notice.bot_id, room = notice.room_id, "a bot was told"),
        Outcome::Refused(why) => {
            tracing::warn!(bot = notice.bot_id, room = notice.room_id, why, "a bot could not be told");
        }
    }
    Ok(())
}

/// What is to be told now; `None` when that is over.
async fn happening(service: &Service, notice: &Notice, bot: &Told) -> Result<Option<Happening>> {
    let now = service.now();
    let url = async |joined_at, until| {
        let token = BotToken { joined_at, until };
        url::of_bot(service, &notice.room_id, &notice.bot_id, &token).await
    };
    Ok(match (&notice.what, bot.joined_at) {
        (What::Remove, _) => Some(Happening::Remove),
        (What::Invite | What::Mention(_), None) => None,
        (What::Invite, Some(joined_at)) => Some(Happening::Invite { url: url(joined_at, None).await? }),
        (What::Mention(id), Some(joined_at)) => {
            let late = now.0.saturating_sub(notice.at) > MENTION_SECONDS.saturating_mul(1_000_000);
            let found = if late { None } else { service.catalog().told_message(&notice.room_id, id).await? };
            let name = BotName { display_name: &bot.display_name, email: &bot.email };
            let part = found.as_ref().and_then(|message| mention(&message.content, name));
            match part {
                Some(message) => {
                    let url = url(joined_at, Some(now.plus(ANSWER_TIME))).await?;
                    Some(Happening::Mention { url, message: message.to_owned() })
                }
                None => None,
            }
        }
    })
}
