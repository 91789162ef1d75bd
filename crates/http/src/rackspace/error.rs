//! The one place where an error of the house becomes a fault of this dialect: an object under the name of the fault, with
//! code, message and details, whatever the request accepts.

use std::time::Duration;

use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use salon_core::{Error, Kind, Timestamp};
use serde_json::{Value, json};

use crate::kit::{Body, Response};

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
        let mut fault = Self::new(StatusCode::PAYLOAD_TOO_LARGE, words).with_header(RETRY_AFTER, round_up(wait));
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
    fn of(error: &Error, challenge: impl FnOnce() -> String) -> Self {
        match error.kind() {
            Kind::Internal => tracing::error!(error = %error.report(), "the request failed"),
            Kind::Unavailable => tracing::warn!(error = %error.report(), "the request could not be served"),
            _ => tracing::debug!(error = %error.report(), "the request was refused"),
        }
        let mut fault = Self::new(status(error.kind()), error.message());
        if error.kind() == Kind::Unauthenticated
            && let Ok(challenge) = HeaderValue::from_str(&challenge())
        {
            fault.headers.push((WWW_AUTHENTICATE, challenge));
        }
        if matches!(error.kind(), Kind::Unavailable | Kind::Throttled) {
            fault = fault.with_header(RETRY_AFTER, round_up(error.retry_after().unwrap_or_default()));
        }
        fault
    }

    /// The answer.
    pub(super) fn render(&self) -> Response {
        let (key, details) = named(self.status);
        let mut inner = json!({"code": self.status.as_u16(), "message": self.message, "details": details});
        if let (Some(at), Some(inner)) = (self.retry_at, inner.as_object_mut()) {
            inner.insert("retryAfter".to_owned(), Value::from(at.to_iso_seconds()));
        }
        let mut response = Response::new(Body::json(&json!({key: inner})));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.extend(self.headers.iter().cloned());
        response
    }
}

/// Whole seconds, at least one.
fn round_up(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// How a handler fails: with an error of the house, or with one that only this dialect has.
#[derive(Debug)]
pub(super) enum Failure {
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
    pub(super) fn into_fault(self, challenge: impl FnOnce() -> String) -> Fault {
        match self {
            Self::House(error) => Fault::of(&error, challenge),
            Self::Protocol(fault) => fault,
        }
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
            let fault = Failure::from(error).into_fault(|| "Keystone uri=\"u\"".to_owned());
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
        let unavailable = Failure::from(Error::unavailable("m")).into_fault(String::new);
        assert_eq!(unavailable.render().headers()["retry-after"], "2");
        let quota = Failure::from(Error::over_limit("m")).into_fault(String::new);
        assert!(!quota.render().headers().contains_key("retry-after"));
    }
}
