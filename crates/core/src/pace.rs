//! A minimum rate for whoever sends or takes bytes, as plain values: instants are arguments.
//!
//! Time spent waiting for the peer is measured in windows, and each window needs some bytes. The time that this side
//! takes does not count.

use std::time::{Duration, Instant};

/// Watches one direction of one connection.
#[derive(Debug)]
pub struct Pace {
    window: Duration,
    least: u64,
    moved: u64,
    waited: Duration,
    since: Option<Instant>,
}

impl Pace {
    /// At least `least` bytes in each `window` of waiting.
    pub const fn new(window: Duration, least: u64) -> Self {
        Self { window, least, moved: 0, waited: Duration::ZERO, since: None }
    }

    /// The peer moved `bytes`. One that did enough starts a new window; one that did not keeps the time it has used up.
    /// `now` is asked only after a wait.
    pub fn moved(&mut self, bytes: usize, now: impl FnOnce() -> Instant) {
        self.moved = self.moved.saturating_add(bytes as u64);
        if let Some(since) = self.since.take() {
            self.waited = self.waited.saturating_add(now().saturating_duration_since(since));
        }
        if self.moved >= self.least {
            self.moved = 0;
            self.waited = Duration::ZERO;
        }
    }

    /// To be called whenever the peer makes us wait: answers until when it may. The wait lasts until bytes move.
    pub fn patience(&mut self, now: impl FnOnce() -> Instant) -> Instant {
        *self.since.get_or_insert_with(now) + self.window.saturating_sub(self.waited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(60);

    #[test]
    fn a_dripping_peer_runs_out_of_time_and_a_fair_one_does_not() {
        let start = Instant::now();
        let mut now = start;
        let mut drip = Pace::new(WINDOW, 100);
        for _ in 0..6 {
            assert!(drip.patience(|| now) > now);
            now += Duration::from_secs(10);
            drip.moved(1, || now);
        }
        assert!(drip.patience(|| now) <= now);

        let mut fair = Pace::new(WINDOW, 100);
        for _ in 0..60 {
            assert_eq!(fair.patience(|| now), now + WINDOW);
            now += Duration::from_secs(59);
            fair.moved(100, || now);
        }
        assert_eq!(fair.patience(|| now), now + WINDOW);
    }

    #[test]
    fn a_wait_begins_once() {
        let start = Instant::now();
        let mut pace = Pace::new(WINDOW, 100);
        assert_eq!(pace.patience(|| start), start + WINDOW);
        assert_eq!(pace.patience(|| start + Duration::from_secs(59)), start + WINDOW);
    }

    #[test]
    fn our_own_time_does_not_count() {
        let start = Instant::now();
        let mut pace = Pace::new(WINDOW, 100);
        pace.patience(|| start);
        pace.moved(1, || start);
        let later = start + Duration::from_secs(3600);
        assert_eq!(pace.patience(|| later), later + WINDOW);
    }
}
