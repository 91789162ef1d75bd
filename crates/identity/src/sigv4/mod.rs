//! AWS Signature Version 4: who signed a request, and whether it arrived as it was signed.
//!
//! Nothing here asks anybody or looks at a clock: [`Presented::read`] takes a request apart, [`Presented::check_time`]
//! and [`Presented::check`] judge it. Who may call comes from [`Keys`].

mod canonical;
mod keys;
mod parse;
mod request;
mod sign;

use std::{borrow::Cow, time::Duration};

use http::{HeaderMap, HeaderName, Method};
use salon_core::Timestamp;

pub(crate) use self::sign::sign_plain;
pub use self::{
    canonical::{path as canonical_path, query as canonical_query},
    keys::{Denied, Key, Keys},
    request::{Unsigned, sign},
    sign::sha256_hex,
};
use crate::{Secret, secret::same};

/// A request as it arrived. Its path is the one on the wire: every prefix a client was given is part of what it signed.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// The raw path, percent-encoded as sent, without the query.
    pub path: &'a str,
    /// The raw query, without `?`.
    pub query: Option<&'a str>,
    /// All headers.
    pub headers: &'a HeaderMap,
}

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There are no credentials at all.
    Missing,
    /// Something that belongs to a signature is missing or malformed.
    Incomplete,
    /// The access key is not known or not good any more.
    UnknownKey,
    /// The signature is not that of the request, or the request's time is too far from this server's.
    Mismatch,
}

/// A refusal with words for the client. They never repeat anything of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which.
    pub reason: Reason,
    /// For the client.
    pub message: Cow<'static, str>,
}

impl Refusal {
    fn new(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, message: message.into() }
    }

    fn missing() -> Self {
        Self::new(Reason::Missing, "The request has no credentials.")
    }

    fn incomplete(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Reason::Incomplete, message)
    }

    fn mismatch(message: &'static str) -> Self {
        Self::new(Reason::Mismatch, message)
    }

    /// The one refusal for keys that are not there, whose user or project is disabled, or that lost their roles.
    pub(crate) fn unknown_key() -> Self {
        Self::new(Reason::UnknownKey, "The access key or the security token is not valid.")
    }
}

/// What a signature is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Scope {
    day: String,
    region: String,
    service: String,
}

impl Scope {
    fn text(&self) -> String {
        format!("{}/{}/{}/{}", self.day, self.region, self.service, sign::TERMINATOR)
    }

    fn parts(&self) -> [&str; 3] {
        [&self.day, &self.region, &self.service]
    }
}

/// Where the signature was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// In `Authorization`.
    Header,
    /// In the query of a presigned address, good for so many seconds.
    Query { expires: u32 },
}

/// A signature taken apart, not yet believed.
#[derive(Clone)]
pub struct Presented {
    access_key: String,
    scope: Scope,
    time: Timestamp,
    stamp: String,
    signed_headers: Vec<HeaderName>,
    signature: String,
    session_token: Option<String>,
    form: Form,
}

impl Presented {
    /// Takes the signature of a request for `service` apart.
    ///
    /// # Errors
    /// `Missing` and `Incomplete`.
    pub fn read(request: &SignedRequest<'_>, service: &str) -> Result<Self, Refusal> {
        parse::read(request, service)
    }

    /// The id of the key it says it was made with.
    pub fn access_key(&self) -> &str {
        &self.access_key
    }

    /// The security token of temporary keys.
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Whether the request is of now: its time may differ from this server's by `skew`; a presigned address is good
    /// from its time on for as long as it says.
    ///
    /// # Errors
    /// `Mismatch`: the name by which clients learn that their clock is wrong.
    pub fn check_time(&self, now: Timestamp, skew: Duration) -> Result<(), Refusal> {
        let late = match self.form {
            Form::Header => skew,
            Form::Query { expires } => Duration::from_secs(u64::from(expires)),
        };
        if self.time > now.plus(skew) || self.time.plus(late) < now {
            return Err(Refusal::mismatch("The signature has expired or is not yet valid: check the clock."));
        }
        Ok(())
    }

    /// Whether `secret` made this signature for this request with this body.
    ///
    /// # Errors
    /// `Mismatch`; `Incomplete` for bodies that were not signed.
    pub fn check(&self, request: &SignedRequest<'_>, body: &[u8], secret: &Secret) -> Result<(), Refusal> {
        let hash = sha256_hex(body);
        if let Some(declared) = request.headers.get("x-amz-content-sha256") {
            let declared = declared.as_bytes();
            if declared.starts_with(b"UNSIGNED-") || declared.starts_with(b"STREAMING-") {
                return Err(Refusal::incomplete("The body is not signed."));
            }
            if declared != hash.as_bytes() {
                return Err(Refusal::mismatch("x-amz-content-sha256 is not the SHA-256 of the body."));
            }
        }
        let is_of = |path: &str| {
            let canonical = self.canonical_request(request, path, &hash);
            let text = sign::string_to_sign(&self.stamp, &self.scope.text(), &canonical);
            let expected = sign::signature(secret.reveal(), self.scope.parts(), &text);
            same(expected.as_bytes(), self.signature.as_bytes())
        };
        if is_of(&canonical::path(request.path)) || canonical::other_path(request.path).is_some_and(|path| is_of(&path))
        {
            return Ok(());
        }
        Err(Refusal::mismatch(
            "The signature is not that of this request: check the secret key, and that nothing on the way changed path, \
             query, headers or body.",
        ))
    }

    fn canonical_request(&self, request: &SignedRequest<'_>, path: &str, body_hash: &str) -> Vec<u8> {
        let without = match self.form {
            Form::Header => None,
            Form::Query { .. } => Some("X-Amz-Signature"),
        };
        let query = canonical::query(request.query.unwrap_or_default(), without);
        let head = format!("{}\n{path}\n{query}\n", request.method);
        let mut out = head.into_bytes();
        for name in &self.signed_headers {
            out.extend_from_slice(name.as_str().as_bytes());
            out.push(b':');
            out.extend_from_slice(&canonical::header(request.headers, name).unwrap_or_default());
            out.push(b'\n');
        }
        out.push(b'\n');
        for (at, name) in self.signed_headers.iter().enumerate() {
            if at > 0 {
                out.push(b';');
            }
            out.extend_from_slice(name.as_str().as_bytes());
        }
        out.push(b'\n');
        out.extend_from_slice(body_hash.as_bytes());
        out
    }
}

impl std::fmt::Debug for Presented {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Presented").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
