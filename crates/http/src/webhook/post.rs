//! Posting a message.

use http::StatusCode;
use salon_core::{Error, Result};
use salon_service::{Service, messages};
use serde_json::{Value, json};

use crate::kit::{Request, RequestBody, Response, answer};

/// Largest body that is read. The longest text fits even if every character of it is escaped.
const MAX_BODY: usize = 32_768;

/// Reads `{"Content": "…"}`, whatever the content type says (scripts over Python's urllib send JSON as a form), and
/// posts it.
pub(super) async fn post(service: &Service, id: &str, mut request: Request) -> Result<Response> {
    let token = request.query_pairs().into_iter().find(|(name, _)| name == "token").map(|(_, value)| value);
    let text = content(request.take_body()).await;
    let token = token.unwrap_or_default();
    let message = messages::post(service, id, &token, text, &request.request_id).await?;
    Ok(answer::json(StatusCode::OK, &json!({"MessageId": message.id})))
}

async fn content(body: RequestBody) -> Result<String> {
    let bytes = body.read_all(MAX_BODY).await?;
    let wrong = || Error::invalid("The body must be a JSON object with a text called Content.");
    // Not the parser's words: they may quote the text.
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    value.get("Content").and_then(Value::as_str).map(str::to_owned).ok_or_else(wrong)
}
