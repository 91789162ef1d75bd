//! The one place where an error of the house becomes Keystone's envelope.

use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use salon_core::{Error, Kind};
use serde_json::json;

use crate::kit::{Body, Response};

/// The status of each kind, as Keystone uses them.
const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid | Kind::UnsupportedMedia | Kind::Range => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound | Kind::Gone => StatusCode::NOT_FOUND,
        Kind::Conflict | Kind::Stale => StatusCode::CONFLICT,
        Kind::OverLimit => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// `{"error": {"code", "message", "title"}}`, with the challenge on a 401; writes the error's one log line.
pub(crate) fn render(error: &Error, challenge: &str) -> Response {
    match error.kind() {
        Kind::Internal => tracing::error!(error = %error.report(), "the request failed"),
        Kind::Unavailable => tracing::warn!(error = %error.report(), "the request could not be served"),
        _ => tracing::debug!(error = %error.report(), "the request was refused"),
    }
    let mut response = envelope(status(error.kind()), error.message());
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
pub(crate) fn wrong_method(allow: &str) -> Response {
    let mut response = envelope(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed for the requested URL.");
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// 404 for a path that is no route.
pub(crate) fn unknown_path() -> Response {
    envelope(StatusCode::NOT_FOUND, "The requested URL was not found on the server.")
}

fn envelope(status: StatusCode, message: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let body = json!({"error": {"code": status.as_u16(), "message": message, "title": title}});
    let mut response = Response::new(Body::json(&body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
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
            (Error::throttled("m").with_retry_after(Duration::from_millis(1)), 429, Some("retry-after")),
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
