//! History of guest lists, and the outbox of everything that happened; both written with the change, both bounded.

use salon_core::{Result, Timestamp, membership::ThingKind};

use crate::Catalog;

/// One row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place; later rows have larger numbers, gaps are normal.
    pub seq: i64,
    /// What happened: `image.create`, `image.member.delete`, …
    pub topic: String,
    /// To what kind of thing.
    pub kind: String,
    /// To which.
    pub thing_id: String,
    /// When.
    pub at: Timestamp,
    /// Details, as JSON.
    pub payload: String,
}

/// One row of a guest list's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Its place.
    pub seq: i64,
    /// Who was concerned.
    pub member: String,
    /// `invite`, `respond`, `amend`, `replace`, `revoke`.
    pub change: String,
    /// The answer after the change.
    pub status: String,
    /// When.
    pub at: Timestamp,
    /// The user who did it.
    pub user_id: String,
    /// The project the user acted for.
    pub project_id: Option<String>,
    /// Under which request.
    pub request_id: String,
}

impl Catalog {
    /// Rows of the outbox after `after`, oldest first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn events(&self, after: i64, limit: u32) -> Result<Vec<Event>> {
        let _ = (after, limit);
        todo!()
    }

    /// Removes rows of the outbox that are older than `before`, and the oldest beyond `keep` rows; at most `limit` rows
    /// per call. Answers how many went.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn trim_events(&self, before: Timestamp, keep: u64, limit: u32) -> Result<u64> {
        let _ = (before, keep, limit);
        todo!()
    }

    /// History of a thing's guest list after `after`, oldest first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn member_history(
        &self,
        kind: ThingKind,
        thing_id: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<HistoryEntry>> {
        let _ = (kind, thing_id, after, limit);
        todo!()
    }

    /// Removes history older than `before`, at most `limit` rows per call. Answers how many went.
    /// (Each write also keeps a thing's own history under a fixed count.)
    ///
    /// # Errors
    /// Unavailable.
    pub async fn trim_history(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let _ = (before, limit);
        todo!()
    }
}
