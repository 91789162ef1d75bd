//! Durable jobs: work that outlives a request, taken by one node at a time under a lease with a fencing number.

use std::time::Duration;

use salon_core::{Entropy, Result, Timestamp};

use crate::Catalog;

/// Kind of the job that removes the bytes of a deleted image. Its payload is JSON: `{"image_id","store","key"}`.
pub const REMOVE_BYTES: &str = "remove-bytes";

/// A job to be queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// What to do.
    pub kind: String,
    /// With what, as JSON.
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
}

/// A job that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// What to do.
    pub kind: String,
    /// With what, as JSON.
    pub payload: String,
    /// Counts the claims; a write on behalf of the job names it, and a late node's write is refused.
    pub fence: i64,
    /// How often it was claimed before.
    pub attempts: i64,
}

impl Catalog {
    /// Queues a job; answers its id.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn enqueue(&self, job: &NewJob, now: Timestamp, entropy: &dyn Entropy) -> Result<String> {
        let _ = (job, now, entropy);
        todo!()
    }

    /// Takes the oldest job of `kind` that is due and that nobody works on.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn claim_job(&self, kind: &str, now: Timestamp, lease: Duration) -> Result<Option<Job>> {
        let _ = (kind, now, lease);
        todo!()
    }

    /// Extends the lease; false when the job went to somebody else.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn renew_job(&self, id: &str, fence: i64, lease_until: Timestamp) -> Result<bool> {
        let _ = (id, fence, lease_until);
        todo!()
    }

    /// Removes a job that is done; false when it went to somebody else.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn complete_job(&self, id: &str, fence: i64) -> Result<bool> {
        let _ = (id, fence);
        todo!()
    }

    /// Gives a job back to be tried at `run_at`; false when it went to somebody else.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn retry_job(&self, id: &str, fence: i64, run_at: Timestamp) -> Result<bool> {
        let _ = (id, fence, run_at);
        todo!()
    }

    /// Jobs of `kind` that wait or run, at most `limit` counted.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn count_jobs(&self, kind: &str, limit: u32) -> Result<u64> {
        let _ = (kind, limit);
        todo!()
    }
}
