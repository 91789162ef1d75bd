//! Posting through a URL.

use salon_catalog::webhooks::FoundUrl;
use salon_core::{
    Permitted, Result,
    id::uuid_text,
    message::{
        Content, Inbound, Message,
        actions::Post,
        posting::{Poster, no_url, permit_bot, permit_webhook, url_gone},
        webhook::is_word,
    },
};

use super::url;
use crate::{Service, maintenance::JobKind, retry::until_fresh};

/// Posts into a room through the URL with this id and token. `text` is what the request's body says, or what is wrong
/// with it: a bad URL is told first.
///
/// # Errors
/// Forbidden for a URL that never was one; NotFound for one that was; OverLimit for a text that is too long; Invalid for
/// any other text that may not be posted; Throttled when the sender posted a moment ago.
pub async fn post(service: &Service, id: &str, token: &str, text: Result<String>, request_id: &str) -> Result<Message> {
    let inbound = Inbound::parse(id).filter(|_| is_word(token)).ok_or_else(no_url)?;
    let poster = permitted(service, &inbound, token).await?;
    let content = Content::parse(&text?)?;
    let id = uuid_text(service.entropy());
    // The first permission is as good as any, until it turns out to be stale.
    let first = std::sync::Mutex::new(Some(poster));
    let message = until_fresh(service, || async {
        let kept = first.lock().map_or(None, |mut kept| kept.take());
        let poster = match kept {
            Some(poster) => poster,
            None => permitted(service, &inbound, token).await?,
        };
        service.catalog().post_message(&poster, &content, &id, service.now()).await
    })
    .await?;
    service.jobs_waiting(JobKind::BotEvent).notify_one();
    tracing::info!(message_id = message.id, sender = message.sender.id, request = request_id, "message posted");
    Ok(message)
}

/// Whether the URL is good.
async fn permitted(service: &Service, inbound: &Inbound, token: &str) -> Result<Permitted<Poster, Post>> {
    match inbound {
        Inbound::Webhook(id) => {
            let hash = url::hash(token);
            match service.catalog().webhook_url(id, &hash).await? {
                FoundUrl::Webhook(seat) => permit_webhook(seat, &hash),
                FoundUrl::Gone => Err(url_gone()),
                FoundUrl::Nothing => Err(no_url()),
            }
        }
        Inbound::Bot { room_id, bot_id } => {
            let token = url::read_bot(service, room_id, bot_id, token).await?.ok_or_else(no_url)?;
            let seat = service.catalog().bot_seat(room_id, bot_id).await?;
            permit_bot(seat, &token, service.now())
        }
    }
}
