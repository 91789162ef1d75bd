//! How often one access key may call.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Keys that are watched before those at rest are forgotten.
const MAX_WATCHED: usize = 10_000;

/// So many calls at once, and so many a second after that, for each key.
pub(super) struct Rate {
    /// Between two calls at the full rate; zero is no limit.
    interval: Duration,
    /// How far a key may be ahead.
    ahead: Duration,
    /// When each key would be at rest again.
    rests: Mutex<HashMap<String, Instant>>,
}

impl Rate {
    /// `per_second` 0 is no limit; `burst` is 1 at least.
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1).checked_div(per_second).unwrap_or_default();
        Self { interval, ahead: interval.saturating_mul(burst.saturating_sub(1)), rests: Mutex::default() }
    }

    /// Counts a call of `key`.
    ///
    /// # Errors
    /// The time after which a call would be let in.
    pub(super) fn take(&self, key: &str, now: Instant) -> Result<(), Duration> {
        if self.interval.is_zero() {
            return Ok(());
        }
        let mut rests = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        if rests.len() >= MAX_WATCHED && !rests.contains_key(key) {
            // What is left are keys in use, and there are only so many.
            rests.retain(|_, rest| *rest > now);
        }
        let rest = rests.get(key).copied().unwrap_or(now).max(now);
        let early = rest.duration_since(now).saturating_sub(self.ahead);
        if !early.is_zero() {
            return Err(early);
        }
        rests.insert(key.to_owned(), rest + self.interval);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_the_rate_for_each_key() {
        let start = Instant::now();
        let rate = Rate::new(10, 3);
        let at = |key: &str, millis: u64| rate.take(key, start + Duration::from_millis(millis));
        assert_eq!([at("a", 0), at("a", 0), at("a", 0)], [Ok(()); 3]);
        assert_eq!(at("a", 0), Err(Duration::from_millis(100)));
        assert_eq!(at("a", 60), Err(Duration::from_millis(40)));
        assert_eq!(at("b", 60), Ok(()), "a key does not slow another one down");
        assert_eq!([at("a", 100), at("a", 200)], [Ok(()); 2], "refused calls do not count");
        assert_eq!(at("a", 250), Err(Duration::from_millis(50)));
        assert_eq!([at("a", 10_000), at("a", 10_000), at("a", 10_000)], [Ok(()); 3]);
        assert!(at("a", 10_000).is_err(), "rest does not save up more than a burst");
    }

    #[test]
    fn without_a_rate_nothing_is_counted() {
        let rate = Rate::new(0, 0);
        assert!((0..100_000).all(|_| rate.take("a", Instant::now()).is_ok()));
        assert!(rate.rests.lock().unwrap().is_empty());
    }

    #[test]
    fn keys_at_rest_are_forgotten() {
        let (rate, start) = (Rate::new(1, 1), Instant::now());
        for key in 0..3 * MAX_WATCHED {
            let now = start + Duration::from_secs(2) * u32::try_from(key / MAX_WATCHED).unwrap();
            rate.take(&key.to_string(), now).unwrap();
        }
        assert!(rate.rests.lock().unwrap().len() <= MAX_WATCHED + 1);
    }
}
