//! The one place where an error of the house becomes an error of this dialect.

use std::time::Duration;

use http::{
    HeaderValue, Method, StatusCode,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use salon_core::{Error, Kind};

use crate::image_v2::fault::Fault;

/// Status, words and headers of an error; `challenge` makes the `WWW-Authenticate` value of a 401.
///
/// It also writes the one log line the error gets: what the operator has to know is not in the answer.
pub(crate) fn fault(error: &Error, challenge: impl FnOnce() -> String) -> Fault {
    log(error);
    let message = error.message().to_owned();
    let mut fault = match error.kind() {
        Kind::UnsupportedMedia => Fault::unsupported_media(message),
        Kind::Range => Fault::range(message),
        kind => Fault::new(status(kind), message),
    };
    if error.kind() == Kind::Unauthenticated
        && let Ok(challenge) = HeaderValue::from_str(&challenge())
    {
        fault.headers.push((WWW_AUTHENTICATE, challenge));
    }
    if let Some(after) = retry_after(error) {
        fault.headers.push((RETRY_AFTER, HeaderValue::from(after)));
    }
    fault
}

/// The status of each kind, as the Image API uses them.
pub(crate) const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict | Kind::Stale => StatusCode::CONFLICT,
        Kind::Gone => StatusCode::GONE,
        Kind::OverLimit => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::Throttled => StatusCode::TOO_MANY_REQUESTS,
        Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Range => StatusCode::RANGE_NOT_SATISFIABLE,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Seconds for `Retry-After`, at least one. Only 503 and 429 carry it: with a 413, clients take it for throttling.
fn retry_after(error: &Error) -> Option<u64> {
    let wanted = matches!(error.kind(), Kind::Unavailable | Kind::Throttled);
    wanted.then(|| error.retry_after().map_or(1, round_up))
}

fn round_up(after: Duration) -> u64 {
    (after.as_secs() + u64::from(after.subsec_nanos() > 0)).max(1)
}

fn log(error: &Error) {
    match error.kind() {
        Kind::Internal => tracing::error!(error = %error.report(), "the request failed"),
        Kind::Unavailable => tracing::warn!(error = %error.report(), "the request could not be served"),
        _ => tracing::debug!(error = %error.report(), "the request was refused"),
    }
}

impl Fault {
    /// 501 for methods nobody has ever heard of.
    pub(crate) fn not_implemented(method: &Method) -> Self {
        let message = format!("The request method {method} is not implemented for this server.");
        Self::new(StatusCode::NOT_IMPLEMENTED, message)
    }

    /// 404 for a path that is not a route.
    pub(crate) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "The resource could not be found.")
    }

    /// 431 for a request id that is too long.
    pub(crate) fn request_id_too_long() -> Self {
        Self::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "x-openstack-request-id is too long")
    }
}

/// How a handler fails: with an error of the house, or with one that only this dialect has.
#[derive(Debug)]
pub(crate) enum Failure {
    /// From below.
    House(Error),
    /// From the protocol itself.
    Protocol(Fault),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::House(error)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Protocol(fault)
    }
}

impl Failure {
    /// What to render.
    pub(crate) fn into_fault(self, challenge: impl FnOnce() -> String) -> Fault {
        match self {
            Self::House(error) => fault(&error, challenge),
            Self::Protocol(fault) => fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image_v2::fault::Words;

    fn message(fault: &Fault) -> &str {
        match &fault.words {
            Words::Explained(message) | Words::Detailed(_, message) | Words::MediaType(message) => message,
            Words::Method => "",
        }
    }

    #[test]
    fn every_kind_has_its_status_and_headers() {
        for (error, code, headers) in [
            (Error::invalid("m"), 400, &[][..]),
            (Error::unauthenticated("m"), 401, &[("www-authenticate", "Keystone uri=\"http://id\"")][..]),
            (Error::forbidden("m"), 403, &[]),
            (Error::not_found("m"), 404, &[]),
            (Error::conflict("m"), 409, &[]),
            (Error::stale(), 409, &[]),
            (Error::gone("m"), 410, &[]),
            (Error::over_limit("m").with_retry_after(Duration::from_secs(9)), 413, &[]),
            (Error::unsupported_media("m"), 415, &[]),
            (Error::range("m"), 416, &[]),
            (Error::throttled("m"), 429, &[("retry-after", "1")]),
            (Error::internal("secret"), 500, &[]),
            (Error::unsupported("m"), 501, &[]),
            (Error::unavailable("secret").with_retry_after(Duration::from_millis(2001)), 503, &[("retry-after", "3")]),
        ] {
            let fault = fault(&error, || "Keystone uri=\"http://id\"".to_owned());
            assert_eq!(fault.status.as_u16(), code);
            let written: Vec<(&str, &str)> =
                fault.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
            assert_eq!(written, headers, "{code}");
            assert_eq!(message(&fault), error.message());
            assert!(!message(&fault).contains("secret"));
        }
    }

    #[test]
    fn a_challenge_that_is_no_header_is_left_out() {
        assert!(fault(&Error::unauthenticated("m"), || "a\r\nb".to_owned()).headers.is_empty());
    }
}
