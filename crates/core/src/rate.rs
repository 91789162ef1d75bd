//! Requests per minute, for each of many callers, as plain values: the clock is an argument.

use std::{collections::HashMap, time::Duration};

use crate::Timestamp;

/// The time in which a full allowance comes back, in microseconds.
const WINDOW: i64 = 60_000_000;

/// What one caller has left: as many requests as the rate, filled up evenly over a minute.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Millionths of a request.
    left: i64,
    /// When that was so.
    at: Timestamp,
}

/// One request, in the unit of [`Bucket::left`].
const ONE: i64 = 1_000_000;

impl Bucket {
    /// What is left at `now`.
    fn filled(self, rate: u32, now: Timestamp) -> i64 {
        let full = i64::from(rate) * ONE;
        // A clock that goes back fills nothing.
        let passed = now.0.saturating_sub(self.at.0).clamp(0, WINDOW);
        self.left.saturating_add(i64::from(rate).saturating_mul(passed) / (WINDOW / ONE)).min(full)
    }
}

/// What is left of an allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Whole requests.
    pub remaining: u32,
    /// When there is another one; zero while there is one.
    pub next: Duration,
}

/// Allowances of at most a fixed number of callers. Beyond it, those that have used least of theirs are forgotten, which
/// gives them back what they had used.
#[derive(Debug)]
pub struct Limiter {
    rate: u32,
    most: usize,
    buckets: HashMap<String, Bucket>,
}

impl Limiter {
    /// `rate` requests a minute, for at most `most` callers at a time. A rate of 0 is no limit.
    pub fn new(rate: u32, most: usize) -> Self {
        Self { rate, most: most.max(1), buckets: HashMap::new() }
    }

    /// Requests a minute; 0 is no limit.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Takes one request of `caller`'s allowance.
    ///
    /// # Errors
    /// How long it takes until there is another one.
    pub fn take(&mut self, caller: &str, now: Timestamp) -> Result<(), Duration> {
        if self.rate == 0 {
            return Ok(());
        }
        let left = self.left(caller, now);
        if left < ONE {
            return Err(self.wait(left));
        }
        if !self.buckets.contains_key(caller) && self.buckets.len() >= self.most {
            self.make_room(now);
        }
        self.buckets.insert(caller.to_owned(), Bucket { left: left - ONE, at: now });
        Ok(())
    }

    /// What `caller` has left, without taking of it.
    pub fn look(&self, caller: &str, now: Timestamp) -> Allowance {
        let left = self.left(caller, now);
        let next = if left < ONE && self.rate > 0 { self.wait(left) } else { Duration::ZERO };
        Allowance { remaining: u32::try_from(left / ONE).unwrap_or(u32::MAX), next }
    }

    fn left(&self, caller: &str, now: Timestamp) -> i64 {
        let full = i64::from(self.rate) * ONE;
        self.buckets.get(caller).map_or(full, |bucket| bucket.filled(self.rate, now))
    }

    /// Until a whole request is left.
    fn wait(&self, left: i64) -> Duration {
        let missing = u64::try_from(ONE.saturating_sub(left)).unwrap_or(0).max(1);
        let micros = missing.saturating_mul(u64::try_from(WINDOW / ONE).unwrap_or(1));
        Duration::from_micros(micros.div_ceil(u64::from(self.rate.max(1))))
    }

    /// Forgets those that have everything again; if nobody has, the half that has most.
    fn make_room(&mut self, now: Timestamp) {
        let (rate, full) = (self.rate, i64::from(self.rate) * ONE);
        self.buckets.retain(|_, bucket| bucket.filled(rate, now) < full);
        if self.buckets.len() < self.most {
            return;
        }
        let mut lefts: Vec<i64> = self.buckets.values().map(|bucket| bucket.filled(rate, now)).collect();
        lefts.sort_unstable();
        let middle = lefts.get(lefts.len() / 2).copied().unwrap_or(0);
        self.buckets.retain(|_, bucket| bucket.filled(rate, now) < middle);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_700_000_000_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn an_allowance_comes_back_evenly() {
        let mut limiter = Limiter::new(6, 10);
        for remaining in (0..6).rev() {
            assert_eq!(limiter.take("a", at(0)), Ok(()));
            assert_eq!(limiter.look("a", at(0)).remaining, remaining);
        }
        assert_eq!(limiter.take("a", at(0)), Err(Duration::from_secs(10)));
        assert_eq!(limiter.take("a", at(9)), Err(Duration::from_secs(1)));
        assert_eq!(limiter.take("b", at(9)), Ok(()));
        assert_eq!(limiter.take("a", at(10)), Ok(()));
        assert_eq!(limiter.look("a", at(10)), Allowance { remaining: 0, next: Duration::from_secs(10) });
        assert_eq!(limiter.look("a", at(1000)), Allowance { remaining: 6, next: Duration::ZERO });
        // A clock that went back gives nothing and takes nothing.
        assert_eq!(limiter.take("a", at(-100)), Err(Duration::from_secs(10)));
    }

    #[test]
    fn zero_is_no_limit() {
        let mut limiter = Limiter::new(0, 1);
        assert!((0..10_000).all(|_| limiter.take("a", at(0)).is_ok()));
    }

    #[test]
    fn callers_are_bounded() {
        let mut limiter = Limiter::new(2, 100);
        for caller in 0..10_000 {
            limiter.take(&caller.to_string(), at(0)).unwrap();
            assert!(limiter.buckets.len() <= 100);
        }
        // Whoever has nothing left is not forgotten for others who have.
        let mut limiter = Limiter::new(2, 100);
        limiter.take("a", at(0)).unwrap();
        limiter.take("a", at(0)).unwrap();
        for caller in 0..1000 {
            limiter.take(&caller.to_string(), at(0)).unwrap();
        }
        assert!(limiter.take("a", at(0)).is_err());
    }

    proptest! {
        #[test]
        fn never_more_than_the_rate_in_a_minute(rate in 1_u32..50, steps in prop::collection::vec(0_i64..3_000_000, 1..300)) {
            let mut limiter = Limiter::new(rate, 4);
            let (mut now, mut taken) = (0_i64, Vec::new());
            for step in steps {
                now += step;
                if limiter.take("a", Timestamp(now)).is_ok() {
                    taken.push(now);
                }
            }
            // A full allowance and what comes back in a minute.
            for (at, begin) in taken.iter().enumerate() {
                let within = taken[at..].iter().take_while(|time| **time - begin < WINDOW).count();
                prop_assert!(within <= 2 * rate as usize);
            }
        }

        #[test]
        fn what_it_says_is_enough(rate in 1_u32..5000, used in 0_u32..6000) {
            let mut limiter = Limiter::new(rate, 4);
            let now = at(0);
            let mut wait = None;
            for _ in 0..=used {
                wait = limiter.take("a", now).err();
            }
            if let Some(wait) = wait {
                prop_assert!(limiter.take("a", now.plus(wait)).is_ok());
            }
        }
    }
}
