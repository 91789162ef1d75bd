//! The one question every identity answers.

use std::net::IpAddr;

use futures_util::future::BoxFuture;
use http::{HeaderMap, Method};
use salon_core::{Caller, Error, Result};

/// What a request brings to say who is calling.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// All headers of the request. They pass [`strip_identity_headers`](crate::strip_identity_headers) first unless
    /// the peer [is trusted](Authenticator::trusts).
    pub headers: &'a HeaderMap,
    /// Where the connection comes from.
    pub peer: IpAddr,
    /// The method, for credentials that are limited to some requests.
    pub method: &'a Method,
    /// The path as sent, without the query, for credentials that are limited to some requests.
    pub path: &'a str,
}

impl<'a> Credentials<'a> {
    /// The token of `X-Auth-Token`, or of `X-Storage-Token`, which old clients send.
    pub fn token(&self) -> Option<&'a str> {
        self.text("x-auth-token").or_else(|| self.text("x-storage-token"))
    }

    /// The token of the service that calls on the user's behalf.
    pub fn service_token(&self) -> Option<&'a str> {
        self.text("x-service-token")
    }

    /// A header that is there, not empty, and visible ASCII; the first one when there are several.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// Turns credentials into a caller.
pub trait Authenticator: Send + Sync + 'static {
    /// Who is calling.
    ///
    /// # Errors
    /// `Unauthenticated` when the credentials are missing or not valid; `Unavailable` when it cannot be decided
    /// now, which must never be answered as 401: a client would throw a good token away.
    fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Caller>>;

    /// The value of `WWW-Authenticate` on a 401. `base` is this server's own address as the client sees it.
    fn challenge(&self, base: &str) -> String;

    /// Drops whatever is remembered of earlier answers, so that the next request of everybody is decided anew.
    fn forget(&self) {}

    /// Whether identity headers from this peer may be believed. Everyone else's are stripped.
    fn trusts(&self, _peer: IpAddr) -> bool {
        false
    }
}

/// The 401 that does not say which part of the credentials was wrong.
pub(crate) fn refused() -> Error {
    Error::unauthenticated("The request you have made requires authentication.")
}
