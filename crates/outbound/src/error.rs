//! Why a request to somebody's URL came to nothing.

use std::{error::Error as StdError, fmt, io};

use salon_core::Error;

/// What went wrong, for whoever decides what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The URL itself is not acceptable: its form, scheme, port or host.
    Url,
    /// An address that may not be reached.
    Address,
    /// No connection: name, network, TLS, or no answer in time.
    Connection,
    /// The answer has another status than the one that was hoped for.
    Status(u16),
    /// Too many redirects, or one that leads nowhere.
    Redirect,
    /// The body is larger than allowed.
    TooLarge,
    /// The body comes too slowly.
    TooSlow,
    /// The body broke off, or is encoded.
    Body,
}

/// A request that failed. `Display` is for the operator; [`Failure::into_error`] has the client's words.
#[derive(Debug)]
pub struct Failure {
    reason: Reason,
    detail: String,
}

/// One text for everything that can happen on the network: which of it did tells what is behind a firewall.
const UNREADABLE: &str = "The URL could not be read.";

impl Failure {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    /// A failure of the HTTP client. Its chain of causes may hold one of ours, from the resolver.
    pub(crate) fn of_client(error: &reqwest::Error, reason: Reason) -> Self {
        let mut detail = "the request failed".to_owned();
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(own) = error.downcast_ref::<Self>() {
                return Self::new(own.reason, own.detail.clone());
            }
            detail.push_str(": ");
            detail.push_str(&error.to_string());
            cause = error.source();
        }
        Self::new(reason, detail)
    }

    /// What went wrong.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// As an error of the house: Invalid, with words for the client that tell nothing but what it said itself.
    pub fn into_error(self) -> Error {
        let words = match self.reason {
            // Only what stands in the URL.
            Reason::Url => format!("The URL is not acceptable: {}.", self.detail),
            Reason::Address
            | Reason::Connection
            | Reason::Status(_)
            | Reason::Redirect
            | Reason::TooLarge
            | Reason::TooSlow
            | Reason::Body => UNREADABLE.to_owned(),
        };
        Error::invalid(words).with_source(self)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl StdError for Failure {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.into_error()
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        Self::other(failure)
    }
}
