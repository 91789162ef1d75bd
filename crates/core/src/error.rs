//! The one error of the house: few kinds, named for what the caller can do about them.

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

/// Result of everything that can be refused or fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the caller can do about an error. Dialects map each kind to a status once, with no wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is wrong; change it.
    Invalid,
    /// No valid credentials; authenticate.
    Unauthenticated,
    /// Not allowed, and the caller may know that the thing exists.
    Forbidden,
    /// Absent, or invisible to the caller: never distinguishable.
    NotFound,
    /// The state of the thing does not allow it, or it exists already.
    Conflict,
    /// The thing went away while the request ran.
    Gone,
    /// A quota or size limit would be exceeded.
    OverLimit,
    /// Too many requests; wait.
    Throttled,
    /// The bytes or the media type are not acceptable.
    UnsupportedMedia,
    /// The range cannot be satisfied.
    Range,
    /// This server cannot do it (read-only store, disabled feature).
    Unsupported,
    /// Somebody else changed the thing between load and write. Services retry; it never reaches a client as such.
    Stale,
    /// A part this server depends on (database, store, identity service) does not answer; retry later.
    Unavailable,
    /// A defect or an impossible state in this server.
    Internal,
}

impl Kind {
    /// Whether the same request may succeed later without being changed.
    pub const fn retryable(self) -> bool {
        match self {
            Self::Stale | Self::Unavailable | Self::Throttled => true,
            Self::Invalid
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::NotFound
            | Self::Conflict
            | Self::Gone
            | Self::OverLimit
            | Self::UnsupportedMedia
            | Self::Range
            | Self::Unsupported
            | Self::Internal => false,
        }
    }
}

/// An error with the client's words and the operator's words apart, and its source kept.
///
/// `Display` prints the client's words only; [`Error::report`] is for logs.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: Kind,
    message: Cow<'static, str>,
    detail: Option<Cow<'static, str>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    retry_after: Option<Duration>,
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(message: impl Into<Cow<'static, str>>) -> Self {
            Self::new(Kind::$kind, message)
        }
    )*};
}

impl Error {
    /// An error of `kind` with the words the client is to read.
    pub fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { inner: Box::new(Inner { kind, message: message.into(), detail: None, source: None, retry_after: None }) }
    }

    constructors! {
        /// See [`Kind::Invalid`].
        invalid => Invalid;
        /// See [`Kind::Unauthenticated`].
        unauthenticated => Unauthenticated;
        /// See [`Kind::Forbidden`].
        forbidden => Forbidden;
        /// See [`Kind::NotFound`].
        not_found => NotFound;
        /// See [`Kind::Conflict`].
        conflict => Conflict;
        /// See [`Kind::Gone`].
        gone => Gone;
        /// See [`Kind::OverLimit`].
        over_limit => OverLimit;
        /// See [`Kind::Throttled`].
        throttled => Throttled;
        /// See [`Kind::UnsupportedMedia`].
        unsupported_media => UnsupportedMedia;
        /// See [`Kind::Range`].
        range => Range;
        /// See [`Kind::Unsupported`].
        unsupported => Unsupported;
    }

    /// See [`Kind::Stale`].
    pub fn stale() -> Self {
        Self::new(Kind::Stale, "The object was changed by another request.")
    }

    /// See [`Kind::Unavailable`]; `what` is for the operator only.
    pub fn unavailable(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Unavailable, "The service is temporarily unavailable.")
            .with_detail(what)
            .with_retry_after(Duration::from_secs(2))
    }

    /// See [`Kind::Internal`]; `what` is for the operator only.
    pub fn internal(what: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Internal, "The server could not complete the request because of an internal error.")
            .with_detail(what)
    }

    /// Adds words for the operator; they never reach a client.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.inner.detail = Some(detail.into());
        self
    }

    /// Keeps the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Says when a retry makes sense.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.inner.retry_after = Some(after);
        self
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// The client's words.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// When a retry makes sense, if known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Kind, both wordings and the chain of causes, for one log line.
    pub fn report(&self) -> String {
        let mut text = format!("{:?}: {}", self.inner.kind, self.inner.message);
        if let Some(detail) = &self.inner.detail {
            text.push_str(": ");
            text.push_str(detail);
        }
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}
