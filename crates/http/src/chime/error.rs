//! The one place where an error of the house, or of a signature, becomes an error of this dialect.
//!
//! The header names the exception and the body's `Code` its short name: clients read both, and need both on everything,
//! whatever the status.

use std::time::Duration;

use http::{
    HeaderValue, StatusCode,
    header::{ALLOW, RETRY_AFTER},
};
use salon_core::{Error, Kind};
use salon_identity::sigv4::{Reason, Refusal};
use serde_json::json;

use super::model::{Exception, Spec};
use crate::kit::{self, Response, answer};

/// A refusal as it goes out.
#[derive(Debug)]
pub(super) struct Fault {
    status: StatusCode,
    /// For `x-amzn-ErrorType`.
    exception: &'static str,
    /// The `Code` in the body.
    code: &'static str,
    message: String,
    retry_after: Option<Duration>,
    allow: Option<String>,
}

/// How a handler fails.
pub(super) type Failure = kit::Failure<Fault>;

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Protocol(fault)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Protocol(Fault::refused(&refusal))
    }
}

impl Fault {
    fn named(status: u16, exception: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, exception, code, message: message.into(), retry_after: None, allow: None }
    }

    fn modelled(exception: Exception, message: impl Into<String>) -> Self {
        let (name, status) = exception.wire();
        Self::named(status, name, code(exception), message)
    }

    /// The request is wrong.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::modelled(Exception::BadRequest, message)
    }

    /// A path that this dialect does not have.
    pub(super) fn unknown_operation() -> Self {
        Self::named(404, "UnknownOperationException", "UnknownOperation", "There is no such operation here.")
    }

    /// A path that has other methods.
    pub(super) fn wrong_method(allow: String) -> Self {
        let fault =
            Self::named(405, "UnknownOperationException", "UnknownOperation", "The path has no such operation.");
        Self { allow: Some(allow), ..fault }
    }

    /// A body that is too large.
    pub(super) fn too_large(message: impl Into<String>) -> Self {
        Self::named(413, "RequestTooLargeException", "RequestTooLarge", message)
    }

    /// Too many requests with one key.
    pub(super) fn throttled(retry_after: Duration) -> Self {
        let fault = Self::modelled(Exception::ThrottledClient, "Too many requests. Try again later.");
        Self { retry_after: Some(retry_after), ..fault }
    }

    /// A defect.
    pub(super) fn defect() -> Self {
        Self::modelled(
            Exception::ServiceFailure,
            "The server could not complete the request because of an internal error.",
        )
    }

    /// A connection too many.
    pub(super) fn crowded() -> Self {
        Self::modelled(Exception::ServiceUnavailable, "The server has too many connections open.")
    }

    fn refused(refusal: &Refusal) -> Self {
        let (exception, code) = match refusal.reason {
            Reason::Missing => ("MissingAuthenticationTokenException", "MissingAuthenticationToken"),
            Reason::Incomplete => ("IncompleteSignatureException", "IncompleteSignature"),
            Reason::UnknownKey => ("UnrecognizedClientException", "UnrecognizedClient"),
            // Clients that read this name set their clock by the answer's date and try again.
            Reason::Mismatch => ("InvalidSignatureException", "InvalidSignature"),
        };
        Self::named(403, exception, code, refusal.message.as_ref())
    }

    /// An error of the house, as an answer to `spec` if the operation is known.
    pub(super) fn of(error: &Error, spec: Option<&Spec>) -> Self {
        let exception = match error.kind() {
            Kind::Invalid | Kind::UnsupportedMedia | Kind::Range | Kind::Unsupported => Exception::BadRequest,
            Kind::Unauthenticated => Exception::UnauthorizedClient,
            Kind::Forbidden => Exception::Forbidden,
            Kind::NotFound | Kind::Gone => Exception::NotFound,
            // An operation without the one has the other for what stands in its way; one without both has bad requests.
            Kind::Conflict => first_declared(spec, [Exception::Conflict, Exception::UnprocessableEntity]),
            // Named even where the operation does not declare it: it says more than a bad request, with the same status.
            Kind::OverLimit => Exception::ResourceLimitExceeded,
            Kind::Throttled => Exception::ThrottledClient,
            Kind::Stale | Kind::Unavailable => Exception::ServiceUnavailable,
            Kind::Internal => Exception::ServiceFailure,
        };
        Self { retry_after: error.retry_after(), ..Self::modelled(exception, error.message()) }
    }

    /// The status.
    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// The exception's name, for the log.
    pub(super) fn exception(&self) -> &'static str {
        self.exception
    }

    /// The answer.
    pub(super) fn render(&self) -> Response {
        let mut response = answer::json(self.status, &json!({"Code": self.code, "Message": self.message}));
        let headers = response.headers_mut();
        headers.insert("x-amzn-errortype", HeaderValue::from_static(self.exception));
        if let Some(after) = self.retry_after {
            // Whole seconds for HTTP, milliseconds for SDKs; never zero.
            let millis = u64::try_from(after.as_millis()).unwrap_or(u64::MAX).max(1);
            headers.insert(RETRY_AFTER, HeaderValue::from(millis.div_ceil(1000)));
            headers.insert("x-amz-retry-after", HeaderValue::from(millis));
        }
        if let Some(allow) = self.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
            headers.insert(ALLOW, allow);
        }
        response
    }
}

/// The first of these that clients know for the operation.
fn first_declared(spec: Option<&Spec>, wanted: [Exception; 2]) -> Exception {
    let Some(spec) = spec else { return wanted[0] };
    wanted.into_iter().find(|one| spec.errors.contains(one)).unwrap_or(Exception::BadRequest)
}

/// The short name in the body. The model does not tie the two; they go by their names.
const fn code(exception: Exception) -> &'static str {
    match exception {
        Exception::BadRequest => "BadRequest",
        Exception::Conflict => "Conflict",
        Exception::Forbidden => "Forbidden",
        Exception::NotFound => "NotFound",
        Exception::ResourceLimitExceeded => "ResourceLimitExceeded",
        Exception::ServiceFailure => "ServiceFailure",
        Exception::ServiceUnavailable => "ServiceUnavailable",
        Exception::ThrottledClient => "Throttled",
        Exception::UnauthorizedClient => "Unauthorized",
        Exception::UnprocessableEntity => "Unprocessable",
    }
}

/// What became of one item of a batch, as `ErrorCode` and `ErrorMessage`.
pub(super) fn item(error: &Error) -> (String, String) {
    let code = match error.kind() {
        Kind::Invalid | Kind::UnsupportedMedia | Kind::Range | Kind::Unsupported => "BadRequest",
        Kind::Unauthenticated => "Unauthorized",
        Kind::Forbidden => "Forbidden",
        Kind::NotFound | Kind::Gone => "NotFound",
        Kind::Conflict => "Conflict",
        Kind::OverLimit => "ResourceLimitExceeded",
        Kind::Throttled => "Throttled",
        Kind::Stale | Kind::Unavailable => "ServiceUnavailable",
        Kind::Internal => "ServiceFailure",
    };
    (code.to_owned(), error.message().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chime::model::OPERATIONS;

    fn of(error: Error, operation: &str) -> (u16, &'static str, &'static str) {
        let spec = OPERATIONS.iter().find(|spec| spec.name == operation);
        let fault = Fault::of(&error, spec);
        (fault.status.as_u16(), fault.exception, fault.code)
    }

    #[test]
    fn every_kind_has_its_name() {
        for (error, expected) in [
            (Error::invalid("m"), (400, "BadRequestException", "BadRequest")),
            (Error::unauthenticated("m"), (401, "UnauthorizedClientException", "Unauthorized")),
            (Error::forbidden("m"), (403, "ForbiddenException", "Forbidden")),
            (Error::not_found("m"), (404, "NotFoundException", "NotFound")),
            (Error::conflict("m"), (409, "ConflictException", "Conflict")),
            (Error::over_limit("m"), (400, "ResourceLimitExceededException", "ResourceLimitExceeded")),
            (Error::throttled("m"), (429, "ThrottledClientException", "Throttled")),
            (Error::unavailable("m"), (503, "ServiceUnavailableException", "ServiceUnavailable")),
            (Error::internal("m"), (500, "ServiceFailureException", "ServiceFailure")),
        ] {
            assert_eq!(of(error, "CreateRoomMembership"), expected);
        }
    }

    #[test]
    fn operations_answer_with_errors_their_clients_know() {
        assert_eq!(of(Error::conflict("m"), "DeleteAccount"), (422, "UnprocessableEntityException", "Unprocessable"));
        assert_eq!(of(Error::conflict("m"), "CreateRoom"), (400, "BadRequestException", "BadRequest"));
        assert_eq!(of(Error::over_limit("m"), "CreateUser").1, "ResourceLimitExceededException");
        assert_eq!(of(Error::not_found("m"), "DeleteEventsConfiguration").0, 404);
    }

    #[test]
    fn codes_are_those_of_the_model() {
        let model: serde_json::Value = serde_json::from_str(include_str!("model/chime-2018-05-01.json")).unwrap();
        let known = model["shapes"]["ErrorCode"]["enum"].as_array().unwrap();
        for exception in OPERATIONS.iter().flat_map(|spec| spec.errors) {
            assert!(known.iter().any(|value| value == code(*exception)), "{exception:?}");
        }
        let kinds = [Error::invalid("m"), Error::not_found("m"), Error::conflict("m"), Error::over_limit("m")];
        for error in kinds.iter().chain([&Error::unavailable("m"), &Error::internal("m"), &Error::throttled("m")]) {
            assert!(known.iter().any(|value| *value == item(error).0), "{error}");
        }
    }

    #[test]
    fn hints_when_to_come_again_are_never_zero() {
        let response = Fault::throttled(Duration::from_micros(10)).render();
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(response.headers()["x-amz-retry-after"], "1");
        let response = Fault::throttled(Duration::from_millis(1001)).render();
        assert_eq!(
            (&response.headers()["retry-after"], &response.headers()["x-amz-retry-after"]),
            (&HeaderValue::from(2), &HeaderValue::from(1001))
        );
    }
}
