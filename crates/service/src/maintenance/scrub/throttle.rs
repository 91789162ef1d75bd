//! Reading no faster than allowed.

use std::{
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, sleep_until};

/// What may be caught up with after a pause.
const SLACK: Duration = Duration::from_millis(500);

/// A rate of bytes.
#[derive(Debug)]
pub(in crate::maintenance) struct Throttle {
    bytes_per_second: u64,
    /// When the bytes so far are paid for.
    paid: Mutex<Option<Instant>>,
}

impl Throttle {
    /// So many bytes per second; 0 is no limit.
    pub(in crate::maintenance) fn new(bytes_per_second: u64) -> Self {
        Self { bytes_per_second, paid: Mutex::default() }
    }

    /// Passes a stream on at this rate; `read` is told the bytes of each piece.
    pub(super) fn keep<S>(
        &self,
        stream: S,
        read: &(dyn Fn(u64) + Send + Sync),
    ) -> impl Stream<Item = io::Result<Bytes>> + Send
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        stream.then(move |piece| async move {
            if let Ok(piece) = &piece {
                self.take(piece.len() as u64).await;
                read(piece.len() as u64);
            }
            piece
        })
    }

    async fn take(&self, bytes: u64) {
        if self.bytes_per_second == 0 {
            return;
        }
        let paid = {
            let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let from = paid.unwrap_or(now).max(now.checked_sub(SLACK).unwrap_or(now));
            let next = from + Duration::from_secs_f64(bytes as f64 / self.bytes_per_second as f64);
            *paid = Some(next);
            next
        };
        sleep_until(paid).await;
    }
}
