//! A minimum rate: time spent waiting for the peer is measured in windows, and each window needs some bytes.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// Watches one body.
#[derive(Debug)]
pub(crate) struct Pace {
    window: Duration,
    least: u64,
    moved: u64,
    waited: Duration,
    since: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    pub(crate) fn new(window: Duration, least: u64) -> Self {
        Self { window, least, moved: 0, waited: Duration::ZERO, since: None, sleep: None }
    }

    /// The peer sent `bytes`. One that sent enough starts a new window; one that did not keeps the time it has used up.
    pub(crate) fn moved(&mut self, bytes: usize) {
        self.moved = self.moved.saturating_add(bytes as u64);
        if let Some(since) = self.since.take() {
            self.waited = self.waited.saturating_add(since.elapsed());
        }
        if self.moved >= self.least {
            self.moved = 0;
            self.waited = Duration::ZERO;
        }
    }

    /// To be polled whenever the peer makes us wait; ready when it has used up its window. Our own slowness does not
    /// count.
    pub(crate) fn poll_expired(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let deadline = since + self.window.saturating_sub(self.waited);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        sleep.as_mut().poll(context)
    }
}
