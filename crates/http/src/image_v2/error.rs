//! The one place where an error of the house becomes an error of this dialect.

use http::{Method, StatusCode};
use salon_core::{Error, Kind};

use crate::{
    image_v2::fault::Fault,
    kit::{self, failure},
};

/// How a handler fails.
pub(crate) type Failure = kit::Failure<Fault>;

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Protocol(fault)
    }
}

/// Status, words and headers of an error; `challenge` makes the `WWW-Authenticate` value of a 401.
///
/// It also writes the one log line the error gets: what the operator has to know is not in the answer.
pub(crate) fn fault(error: &Error, challenge: impl FnOnce() -> String) -> Fault {
    failure::log(error);
    let message = error.message().to_owned();
    let mut fault = match error.kind() {
        Kind::UnsupportedMedia => Fault::unsupported_media(message),
        Kind::Range => Fault::range(message),
        kind => Fault::new(status(kind), message),
    };
    fault.headers.extend(failure::header(error, challenge));
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
