//! A minimum rate for peers: time spent waiting for the peer is measured in windows, and each window needs some bytes.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// Watches one direction of one connection.
pub(crate) struct Pace {
    window: Duration,
    least: u64,
    moved: u64,
    waited: Duration,
    since: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    pub(crate) const fn new(window: Duration, least: u64) -> Self {
        Self { window, least, moved: 0, waited: Duration::ZERO, since: None, sleep: None }
    }

    /// The peer moved `bytes`.
    pub(crate) fn moved(&mut self, bytes: usize) {
        self.moved = self.moved.saturating_add(bytes as u64);
        if let Some(since) = self.since.take() {
            self.waited = self.waited.saturating_add(since.elapsed());
        }
        // A peer that did enough starts a new window; one that did not keeps the time it has used up.
        if self.moved >= self.least {
            self.moved = 0;
            self.waited = Duration::ZERO;
        }
    }

    /// To be polled whenever the peer makes us wait; ready when it has used up its window.
    pub(crate) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let deadline = since + self.window.saturating_sub(self.waited);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        loop {
            match sleep.as_mut().poll(cx) {
                // The timer may still stand at an earlier window's end: moving it only when it fires keeps it cheap.
                Poll::Ready(()) if sleep.deadline() < deadline => sleep.as_mut().reset(deadline),
                Poll::Pending if sleep.deadline() > deadline => sleep.as_mut().reset(deadline),
                other => return other,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn expired(pace: &mut Pace) -> bool {
        std::future::poll_fn(|cx| Poll::Ready(pace.poll_expired(cx).is_ready())).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_dripping_peer_runs_out_of_time_and_a_fair_one_does_not() {
        let mut drip = Pace::new(Duration::from_secs(60), 100);
        for _ in 0..6 {
            assert!(!expired(&mut drip).await);
            tokio::time::advance(Duration::from_secs(10)).await;
            drip.moved(1);
        }
        assert!(expired(&mut drip).await);

        let mut fair = Pace::new(Duration::from_secs(60), 100);
        for _ in 0..60 {
            assert!(!expired(&mut fair).await);
            tokio::time::advance(Duration::from_secs(59)).await;
            fair.moved(100);
        }
        assert!(!expired(&mut fair).await);
    }

    #[tokio::test(start_paused = true)]
    async fn our_own_time_does_not_count() {
        let mut pace = Pace::new(Duration::from_secs(60), 100);
        assert!(!expired(&mut pace).await);
        pace.moved(1);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert!(!expired(&mut pace).await);
    }
}
