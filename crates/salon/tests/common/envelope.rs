//! How each dialect says no.

use serde_json::Value;

use super::http::Answer;

/// A dialect, by the envelope of its errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Image v2 and v1.
    Image,
    Rackspace,
    IdentityV3,
    IdentityV2,
    Chime,
    Webhook,
}

/// What is wrong with an error of this dialect; `None` when nothing is.
pub fn flaw(dialect: Dialect, answer: &Answer) -> Option<String> {
    let media = answer.header("content-type").unwrap_or_default();
    // What clients of images get that do not say what they accept.
    if dialect == Dialect::Image && media.starts_with("text/html") {
        let whole = String::from_utf8_lossy(&answer.body).contains(&format!("<title>{} ", answer.status));
        return (!whole).then(|| format!("its page is not this dialect's: {answer:?}"));
    }
    if !media.starts_with("application/json") {
        return Some(format!("its content type is {media:?}"));
    }
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return Some("its body is not JSON".to_owned());
    };
    let text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let status = u64::from(answer.status);
    let sound = match dialect {
        Dialect::Image => {
            text(&body["message"])
                && text(&body["title"])
                && body["code"].as_str().is_some_and(|code| code.starts_with(&answer.status.to_string()))
        }
        Dialect::Rackspace | Dialect::IdentityV2 => {
            let inner = body.as_object().filter(|faults| faults.len() == 1).and_then(|faults| faults.values().next());
            inner.is_some_and(|inner| inner["code"] == status && text(&inner["message"]))
        }
        Dialect::IdentityV3 => {
            body["error"]["code"] == status && text(&body["error"]["message"]) && text(&body["error"]["title"])
        }
        Dialect::Chime => text(&body["Code"]) && text(&body["Message"]) && answer.header("x-amzn-errortype").is_some(),
        Dialect::Webhook => text(&body["Code"]) && text(&body["Message"]),
    };
    (!sound).then(|| format!("its body is not this dialect's: {body}"))
}
