//! What a source sends, held to the limits while it comes.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;
use http::header::TRANSFER_ENCODING;
use http_body_util::BodyDataStream;
use salon_core::pace::Pace;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{Failure, Options, Reason};

/// The bytes of an answer. An error item means that they are not complete, or too many, or too slow; nothing follows it.
pub struct Body {
    inner: BodyDataStream<reqwest::Body>,
    length: Option<u64>,
    delimited: bool,
    left: u64,
    pace: Pace,
    /// Until the source has used up its window; made at its first wait.
    stall: Option<Pin<Box<Sleep>>>,
    /// Until the whole transfer has to be over.
    end: Option<Pin<Box<Sleep>>>,
    over: bool,
}

impl Body {
    /// The body of an answer; `end` is when the whole transfer has to be over.
    pub(crate) fn new(response: reqwest::Response, options: &Options, end: Option<Instant>) -> Self {
        let length = response.content_length();
        Self {
            length,
            delimited: length.is_some() || response.headers().contains_key(TRANSFER_ENCODING),
            inner: BodyDataStream::new(response.into()),
            left: options.max_bytes,
            pace: Pace::new(options.stall_timeout, options.min_bytes),
            stall: None,
            end: end.map(|end| Box::pin(sleep_until(end))),
            over: false,
        }
    }

    /// The length the source declared. Exactly so many bytes come, or an error.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Whether the source marks the end of what it sends. If it does not, a broken connection looks like the end.
    pub fn is_delimited(&self) -> bool {
        self.delimited
    }

    /// To be polled whenever the source makes us wait; ready when it has used up its window.
    fn poll_stalled(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let deadline = Instant::from_std(self.pace.patience(|| Instant::now().into_std()));
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if stall.deadline() != deadline {
            stall.as_mut().reset(deadline);
        }
        stall.as_mut().poll(context)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Failure>>> {
        if let Some(end) = &mut self.end
            && end.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Some(Err(Failure::new(Reason::TooSlow, "the transfer took too long"))));
        }
        match Pin::new(&mut self.inner).poll_next(context) {
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(Failure::of_client(&error, Reason::Body)))),
            Poll::Ready(Some(Ok(piece))) => {
                self.pace.moved(piece.len(), || Instant::now().into_std());
                match self.left.checked_sub(piece.len() as u64) {
                    Some(left) => {
                        self.left = left;
                        Poll::Ready(Some(Ok(piece)))
                    }
                    None => Poll::Ready(Some(Err(too_large()))),
                }
            }
            Poll::Pending => self
                .poll_stalled(context)
                .map(|()| Some(Err(Failure::new(Reason::TooSlow, "the source sends too slowly")))),
        }
    }
}

pub(crate) fn too_large() -> Failure {
    Failure::new(Reason::TooLarge, "the body is larger than allowed")
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length).field("left", &self.left).finish_non_exhaustive()
    }
}

impl Stream for Body {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        let next = self.poll(context);
        if matches!(next, Poll::Ready(None | Some(Err(_)))) {
            self.over = true;
        }
        next.map(|item| item.map(|piece| piece.map_err(io::Error::from)))
    }
}
