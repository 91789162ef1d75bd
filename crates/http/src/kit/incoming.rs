//! A request's body as it comes from hyper, with the peer's time limited and the bytes counted; and what is left of it.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::Stream;
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::kit::{limits::Limits, metrics::Metrics, timer::Paced};

/// Bytes that are read of a body that nobody wanted, so that the connection can go on: a refusal is often made before the
/// body is looked at, and a client that sends its next request where the server has ended the connection is told nothing.
const UNREAD_BYTES: u64 = 64 * 1024;

/// How long the answer waits for them. Who sends head and body apart has sent both by then.
const UNREAD_TIME: Duration = Duration::from_millis(200);

/// Ends with an error item when the peer is too slow, goes away, or breaks the framing.
pub(crate) struct Arriving {
    /// None when there is nothing more to come.
    body: Option<Incoming>,
    pace: Paced,
    metrics: Arc<Metrics>,
    unread: Arc<Unread>,
}

impl Arriving {
    /// What is not taken is left in `unread`.
    pub(crate) fn new(body: Incoming, limits: &Limits, metrics: Arc<Metrics>, unread: Arc<Unread>) -> Self {
        Self { body: Some(body), pace: Paced::new(limits.body_pace()), metrics, unread }
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            *self.unread.body.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
        }
    }
}

/// What is left of a request's body when there is an answer.
pub(crate) struct Unread {
    /// The client sends the body when it is asked to, which it was not.
    awaits_word: bool,
    body: Mutex<Option<Incoming>>,
}

impl Unread {
    /// Of a request with this head.
    pub(crate) fn of(head: &http::request::Parts) -> Arc<Self> {
        Arc::new(Self { awaits_word: head.headers.contains_key(http::header::EXPECT), body: Mutex::new(None) })
    }

    /// Reads what is left of a small body; false when the connection has to end with the answer.
    pub(crate) async fn read(&self) -> bool {
        let left = self.body.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut body) = left else { return true };
        if self.awaits_word || body.size_hint().lower() > UNREAD_BYTES {
            return false;
        }
        let rest = async {
            let mut read = 0_u64;
            while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
                let bytes = frame.ok().map(|frame| frame.data_ref().map_or(0, Bytes::len) as u64);
                match bytes.and_then(|bytes| read.checked_add(bytes)).filter(|read| *read <= UNREAD_BYTES) {
                    Some(more) => read = more,
                    None => return false,
                }
            }
            true
        };
        timeout(UNREAD_TIME, rest).await.unwrap_or(false)
    }
}

impl Stream for Arriving {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            let Some(body) = &mut this.body else { return Poll::Ready(None) };
            match Pin::new(body).poll_frame(cx) {
                Poll::Pending => {
                    ready!(this.pace.poll_expired(cx));
                    return Poll::Ready(Some(Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "the client sends the body too slowly",
                    ))));
                }
                Poll::Ready(None) => {
                    this.body = None;
                    return Poll::Ready(None);
                }
                Poll::Ready(Some(Err(error))) => {
                    this.body = None;
                    return Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::UnexpectedEof, error))));
                }
                // Trailers are dropped: nothing here reads them.
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(bytes) = frame.into_data() {
                        this.pace.moved(bytes.len());
                        this.metrics.bytes_received.inc_by(bytes.len() as u64);
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
            }
        }
    }
}
