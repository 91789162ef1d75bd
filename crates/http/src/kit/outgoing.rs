//! The answer's body as hyper takes it.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::kit::{
    Body,
    body::{ByteStream, Content},
    sendfile::FileBody,
    ticket::Ticket,
};

/// A body with the account of its request.
pub(crate) struct Outgoing {
    source: Source,
    ticket: Ticket,
}

enum Source {
    Full(Bytes),
    Stream {
        stream: ByteStream,
        left: Option<u64>,
        /// The bytes are a blob's, which must be whole.
        blob: bool,
    },
    File(FileBody),
    Done,
}

impl Outgoing {
    /// `kernel` says whether blobs may leave by `sendfile` on this connection.
    pub(crate) fn new(body: Body, mut ticket: Ticket, kernel: bool) -> Self {
        let source = match body.0 {
            Content::Empty => Source::Done,
            Content::Full(bytes) if bytes.is_empty() => Source::Done,
            Content::Full(bytes) => Source::Full(bytes),
            Content::Stream { stream, length } => Source::Stream { stream, left: length, blob: false },
            Content::Blob { range, .. } if range.is_empty() => Source::Done,
            Content::Blob { blob, range, good } => match blob.file().filter(|_| kernel) {
                Some(file) => {
                    let (file, parts) = (Arc::clone(file), Arc::clone(&ticket.link.parts));
                    Source::File(FileBody::new(blob, file, range, good, parts))
                }
                None => {
                    let length = range.end - range.start;
                    Source::Stream { stream: Box::pin(blob.stream(range)), left: Some(length), blob: true }
                }
            },
        };
        if matches!(source, Source::Done) {
            ticket.complete = true;
        }
        Self { source, ticket }
    }

    /// The answer to HEAD carries the length but none of the bytes, and is complete with its head.
    pub(crate) fn head_only(&mut self) {
        self.ticket.complete = true;
    }

    fn fail(&mut self, error: io::Error, blob: bool) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.source = Source::Done;
        self.ticket.problem = Some(error.to_string());
        if blob {
            self.ticket.metrics.blobs_cut.inc();
        }
        tracing::error!(
            request_id = self.ticket.request_id,
            route = self.ticket.trail.template(),
            sent_bytes = self.ticket.sent,
            %error,
            "an answer was cut: its bytes are missing, damaged, or cannot be read"
        );
        Poll::Ready(Some(Err(error)))
    }
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        let (next, blob) = match &mut this.source {
            Source::Done => return Poll::Ready(None),
            Source::Full(bytes) => (Poll::Ready(Some(Ok(std::mem::take(bytes)))), false),
            Source::Stream { stream, blob, .. } => (stream.as_mut().poll_next(cx), *blob),
            Source::File(file) => (file.poll_next(cx), true),
        };
        match next {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Ok(bytes))) => {
                let length = bytes.len() as u64;
                this.ticket.sent += length;
                let done = match &mut this.source {
                    Source::Full(_) | Source::Done => true,
                    Source::File(file) => file.left() == 0,
                    Source::Stream { left: None, .. } => false,
                    Source::Stream { left: Some(left), .. } => match left.checked_sub(length) {
                        Some(rest) => {
                            *left = rest;
                            rest == 0
                        }
                        None => return this.fail(io::Error::other("a body is longer than it was said to be"), false),
                    },
                };
                if done {
                    this.source = Source::Done;
                    this.ticket.complete = true;
                }
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Poll::Ready(None) => {
                if let Source::Stream { left: Some(1..), blob, .. } = this.source {
                    return this.fail(io::Error::new(io::ErrorKind::UnexpectedEof, "a body ended early"), blob);
                }
                this.source = Source::Done;
                this.ticket.complete = true;
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => this.fail(error, blob),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.source, Source::Done)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Done => SizeHint::with_exact(0),
            Source::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::File(file) => SizeHint::with_exact(file.left()),
            Source::Stream { left: Some(left), .. } => SizeHint::with_exact(*left),
            Source::Stream { left: None, .. } => SizeHint::default(),
        }
    }
}
