//! How requests fail, as far as the dialects agree on it: every error gets one line in the log, and its headers follow
//! from its kind. Statuses and bodies are each dialect's own.

use std::time::Duration;

use http::{
    HeaderName, HeaderValue,
    header::{RETRY_AFTER, WWW_AUTHENTICATE},
};
use salon_core::{Error, Kind};

/// How a handler fails: with an error of the house, or with a fault that only its protocol has.
#[derive(Debug)]
pub(crate) enum Failure<F> {
    /// From below.
    House(Error),
    /// From the protocol itself.
    Protocol(F),
}

impl<F> From<Error> for Failure<F> {
    fn from(error: Error) -> Self {
        Self::House(error)
    }
}

impl<F> Failure<F> {
    /// The fault to render; `of` makes the one of an error.
    pub(crate) fn into_fault(self, of: impl FnOnce(&Error) -> F) -> F {
        match self {
            Self::House(error) => of(&error),
            Self::Protocol(fault) => fault,
        }
    }
}

/// Writes the one log line that an error gets where it is answered: what the operator has to know is not in the answer.
pub(crate) fn log(error: &Error) {
    match error.kind() {
        Kind::Internal => tracing::error!(error = %error.report(), "the request failed"),
        Kind::Unavailable => tracing::warn!(error = %error.report(), "the request could not be served"),
        _ => tracing::debug!(error = %error.report(), "the request was refused"),
    }
}

/// As [`log`], with the request's id, for dialects whose answers of 500 and above are all the operator's business; what
/// a client did wrong is only in the access log.
pub(crate) fn log_ours(request_id: &str, error: &Error) {
    tracing::error!(request_id, error = error.report(), "a request failed");
}

/// The header that goes with an error: the challenge of a 401, or the seconds of `Retry-After`. Only what a client can
/// wait for has the latter: with another 413, clients take it for throttling.
pub(crate) fn header(error: &Error, challenge: impl FnOnce() -> String) -> Option<(HeaderName, HeaderValue)> {
    let wait = error.retry_after().unwrap_or_default();
    match error.kind() {
        Kind::Unauthenticated => {
            HeaderValue::from_str(&challenge()).ok().map(|challenge| (WWW_AUTHENTICATE, challenge))
        }
        Kind::Unavailable | Kind::Throttled => Some((RETRY_AFTER, whole_seconds(wait).into())),
        _ => None,
    }
}

/// A wait for `Retry-After`: rounded up, so that nobody comes too early, and at least one second.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_follows_from_the_kind() {
        for (error, expected) in [
            (Error::invalid("m"), None),
            (Error::over_limit("m"), None),
            (Error::unauthenticated("m"), Some(("www-authenticate", "Keystone uri=\"http://id\""))),
            (Error::throttled("m"), Some(("retry-after", "1"))),
            (Error::throttled("m").with_retry_after(Duration::from_millis(1200)), Some(("retry-after", "2"))),
            (Error::unavailable("m"), Some(("retry-after", "2"))),
            (Error::internal("m"), None),
        ] {
            let found = header(&error, || "Keystone uri=\"http://id\"".to_owned());
            let found = found.as_ref().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
            assert_eq!(found, expected, "{error}");
        }
    }

    #[test]
    fn a_text_that_is_no_header_is_no_challenge() {
        assert_eq!(header(&Error::unauthenticated("m"), || "a\nb".to_owned()), None);
    }
}
