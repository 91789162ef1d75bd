//! The one place where an error of the house becomes an answer of a webhook.

use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, RETRY_AFTER},
};
use salon_core::{Error, Kind};
use serde_json::json;

use crate::kit::{Response, answer, failure};

/// Status and code of each kind.
const fn status(kind: Kind) -> (StatusCode, &'static str) {
    match kind {
        Kind::Invalid | Kind::UnsupportedMedia | Kind::Range => (StatusCode::BAD_REQUEST, "BadRequest"),
        Kind::Unauthenticated | Kind::Forbidden => (StatusCode::FORBIDDEN, "Forbidden"),
        Kind::NotFound | Kind::Gone => (StatusCode::NOT_FOUND, "NotFound"),
        Kind::OverLimit => (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge"),
        Kind::Throttled => (StatusCode::TOO_MANY_REQUESTS, "Throttled"),
        Kind::Unsupported => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        // Conflict: the room was being changed by others every time it was tried.
        Kind::Conflict | Kind::Stale | Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceFailure"),
    }
}

/// The answer; a failure of the server's own is logged here.
pub(super) fn render(request_id: &str, error: &Error) -> Response {
    let (status, code) = status(error.kind());
    if status.is_server_error() {
        failure::log_ours(request_id, error);
    }
    let mut response = envelope(status, code, error.message());
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        let seconds = failure::whole_seconds(error.retry_after().unwrap_or_default());
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// 405 with the method there is. Browsers ask here whether pages of other origins may post: they may not.
pub(super) fn wrong_method(allow: &str) -> Response {
    let mut response = envelope(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "Messages are sent with POST.");
    answer::set_header(&mut response, ALLOW, allow);
    response
}

fn envelope(status: StatusCode, code: &str, message: &str) -> Response {
    answer::json(status, &json!({"Code": code, "Message": message}))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn statuses_and_headers() {
        for (error, code, retry) in [
            (Error::invalid("m"), 400, None),
            (Error::forbidden("m"), 403, None),
            (Error::not_found("m"), 404, None),
            (Error::over_limit("m"), 413, None),
            (Error::throttled("m").with_retry_after(Duration::from_millis(900)), 429, Some("1")),
            (Error::internal("m"), 500, None),
            (Error::conflict("m"), 503, Some("1")),
            (Error::unavailable("m"), 503, Some("2")),
        ] {
            let response = render("req-1", &error);
            assert_eq!(response.status().as_u16(), code);
            assert_eq!(response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap()), retry, "{code}");
        }
    }
}
