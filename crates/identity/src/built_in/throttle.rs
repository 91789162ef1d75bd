//! Slows down guessing of passwords: a token bucket per (user, peer) and one per peer, in bounded memory.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use moka::{policy::EvictionPolicy, sync::Cache};
use salon_core::{Error, Result};
use tokio::time::Instant;

/// Wrong passwords for one user from one peer: so many at once, then one in each period.
const USER: Rate = Rate { burst: 10, period: Duration::from_secs(6) };
/// Wrong passwords from one peer, which may be a gateway with many people behind it.
const PEER: Rate = Rate { burst: 200, period: Duration::from_millis(500) };
/// Buckets that are kept of each kind; those not used for the longest time go first, and a bucket that is gone is full.
const BUCKETS: u64 = 10_000;
const FORGET_AFTER: Duration = Duration::from_secs(600);

#[derive(Clone, Copy)]
struct Rate {
    burst: u32,
    period: Duration,
}

/// When the bucket will be full again says all about it.
struct Bucket {
    full_at: Instant,
}

impl Bucket {
    /// Takes one out, or says how long until there is one.
    fn take(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let full_at = self.full_at.max(now) + rate.period;
        let room = now + rate.period * rate.burst;
        if full_at > room {
            return Err(full_at - room);
        }
        self.full_at = full_at;
        Ok(())
    }

    fn give_back(&mut self, rate: Rate) {
        self.full_at = self.full_at.checked_sub(rate.period).unwrap_or(self.full_at);
    }
}

type Shared = Arc<Mutex<Bucket>>;

/// The buckets. Only wrong passwords cost: a right one gives back what it took.
pub(super) struct Throttle {
    users: Cache<([u8; 32], IpAddr), Shared>,
    peers: Cache<IpAddr, Shared>,
}

/// One try at a password, paid for until it is [`Attempt::forgiven`].
pub(super) struct Attempt {
    user: Shared,
    peer: Shared,
}

impl Throttle {
    pub(super) fn new() -> Self {
        // Least recently used, since by frequency a new guesser might never be remembered in a full cache.
        Self {
            users: Cache::builder()
                .max_capacity(BUCKETS)
                .time_to_idle(FORGET_AFTER)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            peers: Cache::builder()
                .max_capacity(BUCKETS)
                .time_to_idle(FORGET_AFTER)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        }
    }

    /// Pays for a try at the password of `user` (a digest of how the request names it).
    pub(super) fn attempt(&self, user: [u8; 32], peer: IpAddr) -> Result<Attempt> {
        let now = Instant::now();
        let fresh = || Arc::new(Mutex::new(Bucket { full_at: now }));
        let attempt =
            Attempt { user: self.users.get_with((user, peer), fresh), peer: self.peers.get_with(peer, fresh) };
        take(&attempt.peer, PEER, now)?;
        if let Err(error) = take(&attempt.user, USER, now) {
            lock(&attempt.peer).give_back(PEER);
            return Err(error);
        }
        Ok(attempt)
    }
}

impl Attempt {
    /// The password was right, or was never looked at.
    pub(super) fn forgiven(self) {
        lock(&self.user).give_back(USER);
        lock(&self.peer).give_back(PEER);
    }
}

fn lock(bucket: &Shared) -> std::sync::MutexGuard<'_, Bucket> {
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take(bucket: &Shared, rate: Rate, now: Instant) -> Result<()> {
    lock(bucket).take(rate, now).map_err(|wait| {
        // Rounded up: Retry-After has whole seconds.
        Error::throttled("Too many failed logins; try again later.")
            .with_retry_after(Duration::from_secs(wait.as_secs() + 1))
    })
}

#[cfg(test)]
mod tests {
    use salon_core::Kind;

    use super::*;

    const ALICE: [u8; 32] = [1; 32];
    const BOB: [u8; 32] = [2; 32];

    fn peer(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[tokio::test(start_paused = true)]
    async fn a_guesser_is_slowed_and_nobody_else() {
        let throttle = Throttle::new();
        for _ in 0..USER.burst {
            throttle.attempt(ALICE, peer(1)).unwrap();
        }
        let refused = throttle.attempt(ALICE, peer(1)).err().unwrap();
        assert_eq!(refused.kind(), Kind::Throttled);
        assert!(refused.retry_after().unwrap() <= USER.period + Duration::from_secs(1));
        throttle.attempt(ALICE, peer(2)).unwrap();
        throttle.attempt(BOB, peer(1)).unwrap();
        tokio::time::advance(USER.period).await;
        throttle.attempt(ALICE, peer(1)).unwrap();
        assert!(throttle.attempt(ALICE, peer(1)).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn right_passwords_cost_nothing() {
        let throttle = Throttle::new();
        for _ in 0..1000 {
            throttle.attempt(ALICE, peer(1)).unwrap().forgiven();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_names_from_one_peer_are_bounded() {
        let throttle = Throttle::new();
        let good = (0..1000_u32)
            .filter(|number| {
                let mut user = [0; 32];
                user[..4].copy_from_slice(&number.to_be_bytes());
                throttle.attempt(user, peer(1)).is_ok()
            })
            .count();
        assert_eq!(good, PEER.burst as usize);
    }
}
