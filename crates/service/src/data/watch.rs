//! Watching that an upload is still this node's to finish, while it runs.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::Stream;
use salon_core::Error;
use tokio::sync::Notify;

use crate::{
    Service,
    data::attempt::{self, Attempt},
};

/// Renews the lease of one attempt, and notices when there is nothing left to renew.
pub(crate) struct Watch<'a> {
    service: &'a Service,
    attempt: &'a Attempt,
    bell: Arc<Notify>,
}

impl<'a> Watch<'a> {
    /// A watch over `attempt`.
    pub(crate) fn new(service: &'a Service, attempt: &'a Attempt) -> Self {
        Self { service, attempt, bell: Arc::new(Notify::new()) }
    }

    /// Rung to have the catalog asked now.
    pub(crate) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }

    /// Renews the lease every third of it and at every ring, for as long as that works. Ends when the upload is lost,
    /// with the error that says why.
    ///
    /// A catalog that does not answer is no loss: the upload goes on, and the last transaction decides.
    pub(crate) async fn lost(self) -> Error {
        let lease = self.service.settings().lease;
        let pause = (lease / 3).max(Duration::from_millis(1));
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.bell.notified() => {}
            }
            let until = self.service.now().plus(lease);
            match self.service.catalog().renew_upload(&self.attempt.token, until).await {
                Ok(true) => {}
                Ok(false) => return attempt::lost(self.service, self.attempt).await,
                Err(error) => tracing::warn!(
                    image = %self.attempt.image.id, error = error.report(), "an upload's lease could not be renewed"
                ),
            }
        }
    }
}

/// A body that rings the bell whenever another so many bytes have come through.
pub(crate) struct Counted<B> {
    body: Pin<Box<B>>,
    every: u64,
    since: u64,
    bell: Arc<Notify>,
}

impl<B> Counted<B> {
    /// Counts the bytes of `body`.
    pub(crate) fn new(body: B, every: u64, bell: Arc<Notify>) -> Self {
        Self { body: Box::pin(body), every: every.max(1), since: 0, bell }
    }
}

impl<B: Stream<Item = io::Result<Bytes>>> Stream for Counted<B> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.body.as_mut().poll_next(context);
        if let Poll::Ready(Some(Ok(piece))) = &next {
            self.since = self.since.saturating_add(piece.len() as u64);
            if self.since >= self.every {
                self.since = 0;
                self.bell.notify_one();
            }
        }
        next
    }
}
