//! The one place where an error of the house becomes a fault: one key that names it, and an object below it.

use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE},
};
use salon_core::{Error, Kind};
use serde_json::json;

use super::call::json_response;
use crate::kit::Response;

/// Status and key of each kind. Too many requests are 413 here, too: 429 is younger than these clients.
const fn fault(kind: Kind) -> (StatusCode, &'static str) {
    match kind {
        Kind::Invalid | Kind::Range => (StatusCode::BAD_REQUEST, "badRequest"),
        Kind::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthorized"),
        Kind::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
        Kind::NotFound | Kind::Gone => (StatusCode::NOT_FOUND, "itemNotFound"),
        Kind::Conflict | Kind::Stale => (StatusCode::CONFLICT, "conflict"),
        Kind::OverLimit | Kind::Throttled => (StatusCode::PAYLOAD_TOO_LARGE, "overLimit"),
        Kind::UnsupportedMedia => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "badMediaType"),
        Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "serviceUnavailable"),
        Kind::Unsupported | Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "fault"),
    }
}

/// The fault, with the challenge on a 401; writes the error's one log line.
pub(super) fn render(error: &Error, challenge: &str) -> Response {
    match error.kind() {
        Kind::Internal => tracing::error!(error = %error.report(), "the request failed"),
        Kind::Unavailable => tracing::warn!(error = %error.report(), "the request could not be served"),
        _ => tracing::debug!(error = %error.report(), "the request was refused"),
    }
    let (status, key) = fault(error.kind());
    let mut response = envelope(status, key, error.message());
    let headers = response.headers_mut();
    if error.kind() == Kind::Unauthenticated
        && let Ok(challenge) = HeaderValue::from_str(challenge)
    {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let (Kind::Unavailable | Kind::Throttled, Some(after)) = (error.kind(), error.retry_after()) {
        headers.insert(RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
    }
    response
}

/// 405 with the methods there are.
pub(super) fn wrong_method(allow: &str) -> Response {
    let mut response = envelope(StatusCode::METHOD_NOT_ALLOWED, "badMethod", "The method is not allowed here.");
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// 404 for a path that is no route.
pub(super) fn unknown_path() -> Response {
    envelope(StatusCode::NOT_FOUND, "itemNotFound", "Resource Not Found")
}

fn envelope(status: StatusCode, key: &str, message: &str) -> Response {
    json_response(status, &json!({key: {"code": status.as_u16(), "message": message}}))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn statuses_and_headers() {
        for (error, code, header) in [
            (Error::invalid("m"), 400, None),
            (Error::unauthenticated("m"), 401, Some("www-authenticate")),
            (Error::forbidden("m"), 403, None),
            (Error::not_found("m"), 404, None),
            (Error::stale(), 409, None),
            (Error::over_limit("m"), 413, None),
            (Error::throttled("m").with_retry_after(Duration::from_millis(1)), 413, Some("retry-after")),
            (Error::unsupported_media("m"), 415, None),
            (Error::internal("m"), 500, None),
            (Error::unavailable("m"), 503, Some("retry-after")),
        ] {
            let response = render(&error, "Keystone uri=\"http://id\"");
            assert_eq!(response.status().as_u16(), code);
            assert_eq!(response.headers().len(), 1 + usize::from(header.is_some()), "{code}");
            assert!(header.is_none_or(|name| response.headers().contains_key(name)));
        }
    }
}
