//! Kept validations: bounded in number and in time, by both clocks.

use std::{sync::Arc, time::Duration};

use salon_core::Timestamp;
use tokio::time::Instant;

use super::{Options, body::Validated};

type Key = [u8; 32];

/// Valid and refused tokens apart, so that a flood of bad tokens does not push out good ones.
pub(super) struct Cache {
    valid: moka::sync::Cache<Key, Kept<Arc<Validated>>>,
    refused: moka::sync::Cache<Key, Kept<()>>,
    valid_for: Duration,
    refused_for: Duration,
}

/// A value and the times between which it may be served.
#[derive(Clone)]
struct Kept<T> {
    value: T,
    from: Timestamp,
    until: Timestamp,
    /// The wall clock may be set back; this one may not.
    deadline: Instant,
}

impl<T> Kept<T> {
    fn new(value: T, now: Timestamp, lifetime: Duration) -> Self {
        Self { value, from: now, until: now.plus(lifetime), deadline: Instant::now() + lifetime }
    }

    fn live(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until && Instant::now() < self.deadline
    }
}

impl Cache {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            valid: moka::sync::Cache::builder()
                .max_capacity(options.cache_capacity)
                .time_to_live(options.token_cache_time)
                .build(),
            refused: moka::sync::Cache::builder()
                .max_capacity(options.cache_capacity)
                .time_to_live(options.refusal_cache_time)
                .build(),
            valid_for: options.token_cache_time,
            refused_for: options.refusal_cache_time,
        }
    }

    /// `Some(None)` is a kept refusal.
    pub(super) fn get(&self, key: &Key, now: Timestamp) -> Option<Option<Arc<Validated>>> {
        if let Some(kept) = self.valid.get(key).filter(|kept| kept.live(now)) {
            return Some(Some(kept.value));
        }
        self.refused.get(key).filter(|kept| kept.live(now)).map(|_| None)
    }

    /// Keeps a validation until its time or the token's is over; an expired token is not kept at all.
    pub(super) fn put_valid(&self, key: Key, validated: &Arc<Validated>, now: Timestamp) {
        let left = u64::try_from(validated.expires_at.0.saturating_sub(now.0)).unwrap_or(0);
        let lifetime = self.valid_for.min(Duration::from_micros(left));
        if !lifetime.is_zero() {
            self.refused.invalidate(&key);
            self.valid.insert(key, Kept::new(Arc::clone(validated), now, lifetime));
        }
    }

    pub(super) fn put_invalid(&self, key: Key, now: Timestamp) {
        self.valid.invalidate(&key);
        if !self.refused_for.is_zero() {
            self.refused.insert(key, Kept::new((), now, self.refused_for));
        }
    }

    pub(super) fn forget(&self) {
        self.valid.invalidate_all();
        self.refused.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use salon_core::{Caller, Scope, UserId};

    use super::*;

    fn validated(expires_at: Timestamp) -> Arc<Validated> {
        let caller = Caller {
            user_id: UserId::new("u"),
            user_name: None,
            user_domain_id: None,
            scope: Scope::Unscoped,
            project_domain_id: None,
            roles: Vec::new(),
            service_roles: Vec::new(),
            is_admin_project: true,
        };
        Arc::new(Validated { caller, expires_at, access_rules: None })
    }

    /// The wall clock stands still: the other one ends what is kept.
    #[tokio::test(start_paused = true)]
    async fn a_wall_clock_that_stands_still_keeps_nothing_alive() {
        let cache = Cache::new(&Options::default());
        let now = Timestamp(1_000_000);
        cache.put_valid([1; 32], &validated(now.plus(Duration::from_secs(10))), now);
        cache.put_valid([2; 32], &validated(now.plus(Duration::from_secs(1000))), now);
        cache.put_valid([3; 32], &validated(now), now);
        cache.put_invalid([4; 32], now);
        let live = |key: u8| cache.get(&[key; 32], now).is_some();
        assert_eq!([live(1), live(2), live(3), live(4)], [true, true, false, true]);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!([live(1), live(2), live(4)], [true, true, false]);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!([live(1), live(2)], [false, true]);
        tokio::time::advance(Duration::from_secs(290)).await;
        assert!(!live(2));
    }
}
