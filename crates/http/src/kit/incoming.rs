//! A request's body as it comes from hyper, with the peer's time limited and the bytes counted.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::Stream;
use http_body::Body as _;
use hyper::body::Incoming;

use crate::kit::{limits::Limits, metrics::Metrics, timer::Paced};

/// Ends with an error item when the peer is too slow, goes away, or breaks the framing.
pub(crate) struct Arriving {
    body: Incoming,
    pace: Paced,
    metrics: Arc<Metrics>,
}

impl Arriving {
    pub(crate) fn new(body: Incoming, limits: &Limits, metrics: Arc<Metrics>) -> Self {
        Self { body, pace: Paced::new(limits.body_pace()), metrics }
    }
}

impl Stream for Arriving {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            match Pin::new(&mut this.body).poll_frame(cx) {
                Poll::Pending => {
                    ready!(this.pace.poll_expired(cx));
                    return Poll::Ready(Some(Err(io::Error::new(
                        io::ErrorKind::TimedOut,
                        "the client sends the body too slowly",
                    ))));
                }
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => {
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
