//! Bodies: what comes in is bounded in size and time, what goes out is memory, a stream, or a blob sent by the kernel.

use std::{
    io,
    ops::Range,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use salon_core::{Error, Result};
use salon_store::{Blob, Damage};
use serde::Serialize;

/// Bytes that arrive or leave over time.
pub type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// The body of an answer.
pub struct Body(pub(crate) Content);

/// Where an answer's bytes are.
pub(crate) enum Content {
    Empty,
    Full(Bytes),
    Stream {
        stream: ByteStream,
        length: Option<u64>,
    },
    Blob {
        blob: Blob,
        range: Range<u64>,
        /// Up to here the bytes are verified and at hand.
        good: u64,
    },
}

impl Body {
    /// No body.
    pub const fn empty() -> Self {
        Self(Content::Empty)
    }

    /// Bytes at hand.
    pub fn bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Content::Full(bytes.into()))
    }

    /// Text; the content type is the dialect's to set.
    pub fn text(text: impl Into<String>) -> Self {
        Self::bytes(text.into())
    }

    /// A value as JSON. A value that cannot be written is a defect and gives an empty body with a logged error.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(text) => Self::bytes(text),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Self::empty()
            }
        }
    }

    /// A stream; with a length the answer carries `Content-Length` and a stream that ends early cuts the connection.
    pub fn stream(stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static, length: Option<u64>) -> Self {
        Self(Content::Stream { stream: Box::pin(stream), length })
    }

    /// A range of a blob (clamped to its size), sent by the kernel where blob and connection allow it. Bytes that turn
    /// out to be missing cut the connection: the client never takes a part for the whole.
    pub fn blob(blob: Blob, range: Range<u64>) -> Self {
        let end = range.end.min(blob.size());
        let range = range.start.min(end)..end;
        Self(Content::Blob { good: range.start, range, blob })
    }

    /// As [`Body::blob`], when its first bytes have been read and held to their sums: what is damaged there becomes an
    /// answer, and does not cut one.
    ///
    /// # Errors
    /// Internal for damaged or missing bytes, Unavailable for those that cannot be read.
    pub async fn good_blob(blob: Blob, range: Range<u64>) -> Result<Self> {
        let good = blob.begin(&range).await.map_err(|error| {
            if Damage::of(&error).is_some() || error.kind() == io::ErrorKind::UnexpectedEof {
                Error::internal("stored image data is damaged").with_detail(error.to_string())
            } else {
                Error::unavailable("stored image data cannot be read").with_source(error)
            }
        })?;
        Ok(match Self::blob(blob, range).0 {
            Content::Blob { blob, range, .. } => Self(Content::Blob { blob, range, good }),
            other => Self(other),
        })
    }

    /// The length, if it is known.
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            Content::Empty => Some(0),
            Content::Full(bytes) => Some(bytes.len() as u64),
            Content::Stream { length, .. } => *length,
            Content::Blob { range, .. } => Some(range.end.saturating_sub(range.start)),
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}

/// The body of a request, read at most once.
pub struct RequestBody {
    /// Never locked, only taken out: the mutex makes `&Request` fit to be held across an await.
    stream: Mutex<Option<ByteStream>>,
    declared: Option<u64>,
    chunked: bool,
}

impl RequestBody {
    /// A request without a body.
    pub const fn empty() -> Self {
        Self { stream: Mutex::new(None), declared: None, chunked: false }
    }

    /// A body that is at hand already; tests of dialects use it.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let declared = Some(bytes.len() as u64);
        Self::from_stream(Box::pin(futures_util::stream::iter([Ok(bytes)])), declared, false)
    }

    /// A body that arrives over time.
    pub fn from_stream(stream: ByteStream, declared: Option<u64>, chunked: bool) -> Self {
        Self { stream: Mutex::new(Some(stream)), declared, chunked }
    }

    /// `Content-Length`, if the request had one.
    pub fn declared_length(&self) -> Option<u64> {
        self.declared
    }

    /// Whether the request is chunked.
    pub fn is_chunked(&self) -> bool {
        self.chunked
    }

    /// Whether the request says that it has a body: `Content-Length` above zero, or chunked.
    pub fn is_announced(&self) -> bool {
        self.chunked || self.declared.is_some_and(|length| length > 0)
    }

    /// The whole body, if it is at most `limit` bytes.
    ///
    /// # Errors
    /// Over the limit, or the client went away, sent a broken body, or was too slow (invalid).
    pub async fn read_all(self, limit: usize) -> Result<Bytes> {
        let over = || Error::over_limit(format!("The request body is larger than the {limit} bytes allowed here."));
        if self.declared.is_some_and(|length| length > limit as u64) {
            return Err(over());
        }
        let Some(mut stream) = self.stream.into_inner().unwrap_or_else(PoisonError::into_inner) else {
            return Ok(Bytes::new());
        };
        let mut whole = BytesMut::new();
        let mut first = None;
        while let Some(part) = stream.next().await {
            let part = part
                .map_err(|error| Error::invalid("The request body could not be read to its end.").with_source(error))?;
            if whole.len() + first.as_ref().map_or(0, Bytes::len) + part.len() > limit {
                return Err(over());
            }
            match (&mut first, whole.is_empty()) {
                (None, true) => first = Some(part),
                _ => {
                    if let Some(first) = first.take() {
                        whole.extend_from_slice(&first);
                    }
                    whole.extend_from_slice(&part);
                }
            }
        }
        Ok(first.unwrap_or_else(|| whole.freeze()))
    }

    /// The body as it arrives; an error item means that it is not complete.
    pub fn into_stream(self) -> ByteStream {
        let stream = self.stream.into_inner().unwrap_or_else(PoisonError::into_inner);
        stream.unwrap_or_else(|| Box::pin(futures_util::stream::empty()))
    }
}

impl std::fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestBody")
            .field("declared", &self.declared)
            .field("chunked", &self.chunked)
            .finish_non_exhaustive()
    }
}
