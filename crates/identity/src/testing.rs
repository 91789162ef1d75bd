//! A clock and a source of randomness for tests of this crate.

use std::{
    sync::atomic::{AtomicI64, AtomicU64, Ordering},
    time::Duration,
};

use salon_core::{Clock, Entropy, Timestamp};

/// A clock that is moved by hand.
#[derive(Debug)]
pub(crate) struct Manual(AtomicI64);

impl Default for Manual {
    fn default() -> Self {
        Self(AtomicI64::new(1_800_000_000_000_000))
    }
}

impl Manual {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) fn back(&self, by: Duration) {
        self.0.fetch_sub(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for Manual {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Different bytes at every call, the same in every run.
#[derive(Debug, Default)]
pub(crate) struct Counting(AtomicU64);

impl Counting {
    pub(crate) fn skip(&self, by: u64) {
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let seed = self.0.fetch_add(1, Ordering::SeqCst);
        for (at, chunk) in bytes.chunks_mut(32).enumerate() {
            let block = aws_lc_rs::digest::digest(
                &aws_lc_rs::digest::SHA256,
                &[seed.to_le_bytes(), (at as u64).to_le_bytes()].concat(),
            );
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}
