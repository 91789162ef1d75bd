//! The one place where an error of the house becomes an error of this dialect. The bodies are v2's: the toolkit was the
//! same.

use http::StatusCode;
use salon_core::{Error, Kind};

use crate::image_v2::{error, fault::Fault};

/// The fault of an error; `challenge` makes the `WWW-Authenticate` value of a 401.
pub(super) fn fault(error: &Error, challenge: impl FnOnce() -> String) -> Fault {
    match error.kind() {
        // Deleted while its data came in.
        Kind::Gone => Fault::new(StatusCode::PRECONDITION_FAILED, error.message().to_owned()),
        // v1 knows no 415: data that is not what it says it is, is bad data.
        Kind::UnsupportedMedia => Fault::new(StatusCode::BAD_REQUEST, error.message().to_owned()),
        Kind::Invalid
        | Kind::Unauthenticated
        | Kind::Forbidden
        | Kind::NotFound
        | Kind::Conflict
        | Kind::OverLimit
        | Kind::Throttled
        | Kind::Range
        | Kind::Unsupported
        | Kind::Stale
        | Kind::Unavailable
        | Kind::Internal => error::fault(error, challenge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_v1s() {
        for (error, status) in [
            (Error::invalid("m"), 400),
            (Error::unauthenticated("m"), 401),
            (Error::forbidden("m"), 403),
            (Error::not_found("m"), 404),
            (Error::conflict("m"), 409),
            (Error::gone("m"), 412),
            (Error::over_limit("m"), 413),
            (Error::unsupported_media("m"), 400),
            (Error::unavailable("m"), 503),
            (Error::internal("m"), 500),
        ] {
            assert_eq!(fault(&error, String::new).status.as_u16(), status);
        }
    }
}
