//! The one place where an error of the house becomes Keystone's envelope.

use http::{StatusCode, header::ALLOW};
use salon_core::{Error, Kind};
use serde_json::json;

use crate::kit::{
    Front, Response, Route,
    answer::{json as answer, set_header},
    failure,
};

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

/// The way through a dialect that speaks of errors so.
pub(crate) const fn front<Op>(routes: &'static [Route<Op>], name: fn(Op) -> &'static str) -> Front<Op> {
    Front { routes, name, failed: render, wrong_method, unknown_path }
}

/// `{"error": {"code", "message", "title"}}`, with the challenge on a 401; writes the error's one log line.
fn render(error: &Error, challenge: &str) -> Response {
    failure::log(error);
    let mut response = envelope(status(error.kind()), error.message());
    response.headers_mut().extend(failure::header(error, || challenge.to_owned()));
    response
}

/// 405 with the methods there are.
fn wrong_method(allow: &str) -> Response {
    let mut response = envelope(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed for the requested URL.");
    set_header(&mut response, ALLOW, allow);
    response
}

/// 404 for a path that is no route.
fn unknown_path() -> Response {
    envelope(StatusCode::NOT_FOUND, "The requested URL was not found on the server.")
}

fn envelope(status: StatusCode, message: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    answer(status, &json!({"error": {"code": status.as_u16(), "message": message, "title": title}}))
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
