//! The one place where an error of the house becomes a fault of this dialect: an object under the name of the fault, with
//! code, message and details, whatever the request accepts.

use std::time::Duration;

use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{ALLOW, RETRY_AFTER},
};
use salon_core::{Error, Kind, Timestamp};
use serde_json::{Value, json};

use crate::kit::{self, Response, answer, failure};

/// A fault ready to be rendered.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) status: StatusCode,
    message: String,
    retry_at: Option<Timestamp>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Name and general words of the faults that there are.
const fn named(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::BAD_REQUEST => ("badRequest", "A general error has occurred."),
        StatusCode::UNAUTHORIZED => ("unauthorized", "Unauthorized."),
        StatusCode::FORBIDDEN => ("forbidden", "Forbidden."),
        StatusCode::NOT_FOUND => ("itemNotFound", "Resource not found."),
        StatusCode::METHOD_NOT_ALLOWED => ("badMethod", "Bad method."),
        StatusCode::CONFLICT => ("conflict", "The state of the resource does not allow it."),
        StatusCode::PAYLOAD_TOO_LARGE => ("overLimit", "Over limit."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("badMediaType", "Bad media type."),
        StatusCode::SERVICE_UNAVAILABLE => ("serviceUnavailable", "The requested service is unavailable."),
        _ => ("fault", "API fault."),
    }
}

/// The status of each kind: this API has no others.
const fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid | Kind::Range | Kind::Unsupported => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound | Kind::Gone => StatusCode::NOT_FOUND,
        Kind::Conflict | Kind::Stale => StatusCode::CONFLICT,
        Kind::OverLimit | Kind::Throttled => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Fault {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_at: None, headers: Vec::new() }
    }

    /// 405, with the methods that would do.
    pub(super) fn bad_method(method: &Method, allow: &str) -> Self {
        let mut fault =
            Self::new(StatusCode::METHOD_NOT_ALLOWED, format!("The method {method} is not allowed for this resource."));
        if let Ok(allow) = HeaderValue::from_str(allow) {
            fault.headers.push((ALLOW, allow));
        }
        fault
    }

    /// 415.
    pub(super) fn bad_media_type(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
    }

    /// 413 of the rate limiter: after `wait`, which is at `retry_at`, there is room again.
    pub(super) fn over_rate(words: String, wait: Duration, retry_at: Timestamp) -> Self {
        let mut fault =
            Self::new(StatusCode::PAYLOAD_TOO_LARGE, words).with_header(RETRY_AFTER, failure::whole_seconds(wait));
        fault.retry_at = Some(retry_at);
        fault
    }

    /// With one more header.
    #[must_use]
    pub(super) fn with_header(mut self, name: HeaderName, value: impl Into<HeaderValue>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Of an error; `challenge` makes the `WWW-Authenticate` value of a 401. Writes the one log line the error gets.
    pub(super) fn of(error: &Error, challenge: impl FnOnce() -> String) -> Self {
        failure::log(error);
        let mut fault = Self::new(status(error.kind()), error.message());
        fault.headers.extend(failure::header(error, challenge));
        fault
    }

    /// The answer.
    pub(super) fn render(&self) -> Response {
        let (key, details) = named(self.status);
        let mut inner = json!({"code": self.status.as_u16(), "message": self.message, "details": details});
        if let (Some(at), Some(inner)) = (self.retry_at, inner.as_object_mut()) {
            inner.insert("retryAfter".to_owned(), Value::from(at.to_iso_seconds()));
        }
        let mut response = answer::json(self.status, &json!({key: inner}));
        response.headers_mut().extend(self.headers.iter().cloned());
        response
    }
}

/// How a handler fails.
pub(super) type Failure = kit::Failure<Fault>;

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Protocol(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_fault() {
        for (error, code, key) in [
            (Error::invalid("m"), 400, "badRequest"),
            (Error::unauthenticated("m"), 401, "unauthorized"),
            (Error::forbidden("m"), 403, "forbidden"),
            (Error::not_found("m"), 404, "itemNotFound"),
            (Error::gone("m"), 404, "itemNotFound"),
            (Error::conflict("m"), 409, "conflict"),
            (Error::stale(), 409, "conflict"),
            (Error::over_limit("m"), 413, "overLimit"),
            (Error::throttled("m"), 413, "overLimit"),
            (Error::unsupported_media("m"), 415, "badMediaType"),
            (Error::internal("m"), 500, "fault"),
            (Error::unavailable("m"), 503, "serviceUnavailable"),
        ] {
            let fault = Fault::of(&error, || "Keystone uri=\"u\"".to_owned());
            assert_eq!((fault.status.as_u16(), named(fault.status).0), (code, key));
            let response = fault.render();
            assert_eq!(response.headers().contains_key("www-authenticate"), code == 401);
            assert_eq!(response.headers()["content-type"], "application/json");
        }
        assert_eq!(named(Fault::bad_method(&Method::PUT, "GET").status).0, "badMethod");
    }

    #[test]
    fn what_a_client_can_wait_for_is_said() {
        let fault = Fault::over_rate("m".to_owned(), Duration::from_millis(1200), Timestamp(1_700_000_000_000_000));
        assert_eq!(fault.render().headers()["retry-after"], "2");
        let unavailable = Fault::of(&Error::unavailable("m"), String::new);
        assert_eq!(unavailable.render().headers()["retry-after"], "2");
        let quota = Fault::of(&Error::over_limit("m"), String::new);
        assert!(!quota.render().headers().contains_key("retry-after"));
    }
}
