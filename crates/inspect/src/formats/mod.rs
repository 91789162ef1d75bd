//! The formats. Each function looks at the regions kept for it and answers a [`Finding`] when they match.

pub(crate) mod disks;
pub(crate) mod iso;
pub(crate) mod mbr;
pub(crate) mod vhdx;
pub(crate) mod vmdk;

use crate::{Failure, Finding, Format};

/// Largest virtual size that can be real: what a signed 64-bit offset reaches.
const MAX_VIRTUAL_SIZE: u64 = i64::MAX as u64;

/// A finding being put together.
pub(crate) struct Found {
    finding: Finding,
}

impl Found {
    pub(crate) fn new(format: Format) -> Self {
        Self { finding: Finding { format, virtual_size: None, failures: Vec::new() } }
    }

    /// Records the size of the disk inside; an impossible one is a failure, zero is no size.
    pub(crate) fn size(mut self, size: Option<u64>) -> Self {
        match size {
            Some(size) if size > MAX_VIRTUAL_SIZE => self.fail("virtual_size", "the virtual size is impossible"),
            Some(0) | None => {}
            Some(size) => self.finding.virtual_size = Some(size),
        }
        self
    }

    pub(crate) fn fail(&mut self, check: &'static str, reason: impl Into<String>) {
        self.finding.failures.push(Failure { check, reason: reason.into() });
    }

    pub(crate) fn check(mut self, check: &'static str, passed: Result<(), String>) -> Self {
        if let Err(reason) = passed {
            self.fail(check, reason);
        }
        self
    }

    pub(crate) fn done(self) -> Finding {
        self.finding
    }
}

/// Names are for the operator's log: never more than a little of the data in them.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_default).collect()
}
