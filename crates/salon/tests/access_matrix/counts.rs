//! Which cells a run has, and what is counted of them.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

/// A name that nothing else has.
pub(crate) fn unique(name: &str) -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    format!("{name}-{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// All cells, or always the same sample for a seed.
pub(crate) struct Choice {
    seed: u64,
    of_thousand: u64,
}

impl Choice {
    /// What the environment asks for; `of_thousand` cells of a thousand make the short form.
    pub(crate) fn of(of_thousand: u64) -> Self {
        let seed = std::env::var("SALON_SEED").ok().map_or(1, |text| text.parse().unwrap());
        Self { seed, of_thousand: if super::common::long() { 1000 } else { of_thousand } }
    }

    /// As many of a thousand cells.
    pub(crate) fn of_thousand(&self) -> u64 {
        self.of_thousand
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.of_thousand == 1000
    }

    /// Whether the cell of this name is one of the run's, which has `times` as many of its kind as of others.
    pub(crate) fn has_times(&self, name: &str, times: u64) -> bool {
        let hash = name.bytes().fold(self.seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        self.is_whole() || (hash >> 17) % 1000 < self.of_thousand * times
    }
}

/// What came out of some cells.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) cells: usize,
    /// Those that were compared with what is not there.
    pub(crate) hidden: usize,
    pub(crate) refused: usize,
    pub(crate) requests: usize,
    pub(crate) wrong: Vec<String>,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.cells += other.cells;
        self.hidden += other.hidden;
        self.refused += other.refused;
        self.requests += other.requests;
        self.wrong.extend(other.wrong);
    }

    /// One line about a run of `what`.
    pub(crate) fn line(&self, what: &str, choice: &Choice, began: Instant) -> String {
        format!(
            "access matrix, {what}: {} cells, {} of them hidden and compared with what is absent, {} refused; {} requests, {} \
             wrong; seed {}, {:.0} s",
            self.cells,
            self.hidden,
            self.refused,
            self.requests,
            self.wrong.len(),
            choice.seed,
            began.elapsed().as_secs_f64(),
        )
    }
}
