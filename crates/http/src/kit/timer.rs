//! A timer for the waits of one connection, whose deadline moves with every wait.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use salon_core::pace::Pace;
use tokio::time::{Instant, Sleep, sleep_until};

/// Made at the first wait; most connections need none.
#[derive(Default)]
pub(crate) struct Timer(Option<Pin<Box<Sleep>>>);

impl Timer {
    /// Ready at `deadline`, which may be another one each time.
    pub(crate) fn poll(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        loop {
            match sleep.as_mut().poll(cx) {
                // A timer that stands too early is moved when it fires, not at every wait: that keeps it cheap.
                Poll::Ready(()) if sleep.deadline() < deadline => sleep.as_mut().reset(deadline),
                Poll::Pending if sleep.deadline() > deadline => sleep.as_mut().reset(deadline),
                other => return other,
            }
        }
    }
}

/// A peer held to a minimum rate.
pub(crate) struct Paced {
    pace: Pace,
    timer: Timer,
}

impl Paced {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, timer: Timer::default() }
    }

    /// The peer moved `bytes`.
    pub(crate) fn moved(&mut self, bytes: usize) {
        self.pace.moved(bytes, || Instant::now().into_std());
    }

    /// To be polled whenever the peer makes us wait; ready when it has used up its window.
    pub(crate) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadline = self.pace.patience(|| Instant::now().into_std());
        self.timer.poll(Instant::from_std(deadline), cx)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn expired(paced: &mut Paced) -> bool {
        std::future::poll_fn(|cx| Poll::Ready(paced.poll_expired(cx).is_ready())).await
    }

    #[tokio::test(start_paused = true)]
    async fn the_timer_moves_with_its_deadline() {
        let mut paced = Paced::new(Pace::new(Duration::from_secs(60), 100));
        for _ in 0..6 {
            assert!(!expired(&mut paced).await);
            tokio::time::advance(Duration::from_secs(10)).await;
            paced.moved(1);
        }
        assert!(expired(&mut paced).await);
        paced.moved(100);
        assert!(!expired(&mut paced).await, "a new window");
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(!expired(&mut paced).await);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(expired(&mut paced).await);

        let (mut timer, now) = (Timer::default(), Instant::now());
        for (seconds, ready) in [(60, false), (0, true)] {
            let deadline = now + Duration::from_secs(seconds);
            let polled = std::future::poll_fn(|cx| Poll::Ready(timer.poll(deadline, cx))).await;
            assert_eq!(polled.is_ready(), ready, "an earlier deadline counts");
        }
    }
}
