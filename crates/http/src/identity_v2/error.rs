//! The one place where an error of the house becomes a fault: one key that names it, and an object below it.

use http::{StatusCode, header::ALLOW};
use salon_core::{Error, Kind};
use serde_json::json;

use crate::kit::{
    Front, Response, Route,
    answer::{json as answer, set_header},
    failure,
};

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

/// The way through a dialect that speaks of errors so.
pub(super) const fn front<Op>(routes: &'static [Route<Op>], name: fn(Op) -> &'static str) -> Front<Op> {
    Front { routes, name, failed: render, wrong_method, unknown_path }
}

/// The fault, with the challenge on a 401; writes the error's one log line.
fn render(error: &Error, challenge: &str) -> Response {
    failure::log(error);
    let (status, key) = fault(error.kind());
    let mut response = envelope(status, key, error.message());
    response.headers_mut().extend(failure::header(error, || challenge.to_owned()));
    response
}

/// 405 with the methods there are.
fn wrong_method(allow: &str) -> Response {
    let mut response = envelope(StatusCode::METHOD_NOT_ALLOWED, "badMethod", "The method is not allowed here.");
    set_header(&mut response, ALLOW, allow);
    response
}

/// 404 for a path that is no route.
fn unknown_path() -> Response {
    envelope(StatusCode::NOT_FOUND, "itemNotFound", "Resource Not Found")
}

fn envelope(status: StatusCode, key: &str, message: &str) -> Response {
    answer(status, &json!({key: {"code": status.as_u16(), "message": message}}))
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
