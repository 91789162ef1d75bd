//! Fair queues for writers of one image on this node.
//!
//! Every write is optimistic (it names the revision it was computed from) and repeats when somebody else was
//! faster. With many writers on one image that would turn into a race which slow ones lose for ever; so writers of
//! one node queue up first, and only writers of different nodes race. The number of locks is fixed: ids share them.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use salon_core::{Error, Result};
use tokio::sync::{Mutex, MutexGuard};

/// Locks in one set. More than the writes that can make progress at once is of no use.
const STRIPES: usize = 256;

/// Longest wait in one queue; a queue that long means that the database does not keep up.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A fixed set of async locks, chosen by key.
#[derive(Debug)]
pub(crate) struct Stripes {
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Stripes {
    /// A fresh set.
    pub(crate) fn new() -> Self {
        Self { locks: (0..STRIPES).map(|_| Mutex::new(())).collect(), hasher: RandomState::new() }
    }

    /// Waits for the turn of the writer of `key`. Unavailable after a bounded wait.
    pub(crate) async fn turn(&self, key: &str) -> Result<MutexGuard<'_, ()>> {
        let hash = usize::try_from(self.hasher.hash_one(key) % STRIPES as u64).unwrap_or(0);
        let lock = self.locks.get(hash).ok_or_else(|| Error::internal("a lock stripe is missing"))?;
        tokio::time::timeout(LONGEST_WAIT, lock.lock())
            .await
            .map_err(|_| Error::unavailable(format!("writers of {key} queued for more than {LONGEST_WAIT:?}")))
    }
}
