//! Reading what was said in a room.

use http::StatusCode;
use salon_core::{Error, Result, account::AccountId, message::Message, room::RoomId};
use salon_service::messages;
use serde_json::{Map, Value, json};

use crate::{
    image_v2::links::link,
    kit::{Request, Response, answer},
    sharing::{Call, Sharing},
};

/// Messages on a page when the request does not say.
const PAGE: u32 = 50;

/// A page of messages, newest first, and the link to the next page if there is one.
pub(in crate::sharing) async fn list(api: &Sharing, call: &Call) -> Result<Response> {
    let (account, room) = (call.params.get("account_id"), call.params.get("room_id"));
    let limit = limit(&call.request)?;
    // What a token is good for: this room, read by this project.
    let project = call.ctx.caller.project().map_or("", |project| project.as_str());
    let list = format!("ListRoomMessages {project:?} {account:?} {room:?}");
    let before = match parameter(&call.request, "marker")? {
        None => None,
        Some(token) => {
            let place = api.pages.open(&list, &token).and_then(|place| place.parse().ok());
            Some(place.ok_or_else(|| Error::invalid("marker is not of this list."))?)
        }
    };
    let (account, room) = (AccountId::new(account), RoomId::new(room));
    let (found, next) = messages::log(&api.service, &call.ctx, &account, &room, before, limit).await?;
    let mut page = Map::from_iter([("messages".to_owned(), found.iter().map(message).collect())]);
    if let Some(next) = next {
        let token = api.pages.seal(&list, &next.to_string())?;
        let next = link(call.request.uri.path(), &[("limit".to_owned(), limit.to_string())], Some(&token));
        page.insert("next".to_owned(), next.into());
    }
    Ok(answer::json(StatusCode::OK, &page))
}

/// How many messages are wanted; more than there can be on a page are as many as there can be.
fn limit(request: &Request) -> Result<u32> {
    let Some(text) = parameter(request, "limit")? else { return Ok(PAGE) };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u64>().ok().filter(|number| digits && *number > 0);
    let number = number.ok_or_else(|| Error::invalid("limit must be a whole number of at least 1."))?;
    Ok(u32::try_from(number).map_or(messages::MAX_PAGE, |number| number.min(messages::MAX_PAGE)))
}

/// A parameter of the query; empty counts as absent, and others than these mean nothing.
fn parameter(request: &Request, name: &str) -> Result<Option<String>> {
    let mut values = request.query_pairs().into_iter().filter(|(own, value)| own == name && !value.is_empty());
    let first = values.next().map(|(_, value)| value);
    match values.next() {
        Some(_) => Err(Error::invalid(format!("{name} is there more than once."))),
        None => Ok(first),
    }
}

/// A message. One that was taken back has no text any more.
fn message(message: &Message) -> Value {
    json!({
        "id": message.id,
        "sender": {
            "type": message.sender.kind.as_str(),
            "id": message.sender.id,
            "name": message.sender.name,
        },
        "content": message.redacted_at.is_none().then_some(&message.content),
        "created_at": message.created_at.to_iso_millis(),
        "redacted_at": message.redacted_at.map(|at| at.to_iso_millis()),
    })
}
