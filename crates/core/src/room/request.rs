//! CreateRoom may be repeated: the token that makes it the same request.

use std::time::Duration;

use crate::{Error, Result};

/// How long a token is remembered: a client that repeats a request does so within seconds.
pub const MEMORY: Duration = Duration::from_secs(86_400);

/// A `ClientRequestToken`: 2 to 64 of `-_a-zA-Z0-9`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestToken(String);

impl RequestToken {
    /// Reads a token from the wire.
    ///
    /// # Errors
    /// Invalid.
    pub fn parse(text: &str) -> Result<Self> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(2..=64).contains(&text.len()) || !text.bytes().all(good) {
            return Err(Error::invalid("ClientRequestToken must be 2 to 64 letters, digits, hyphens or underscores."));
        }
        Ok(Self(text.to_owned()))
    }

    /// The token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The token was used for a room of another name. (CreateRoom declares no conflict.)
pub fn reused() -> Error {
    Error::invalid("ClientRequestToken was used to create a room with another name.")
}
