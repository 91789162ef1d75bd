//! Whether anything was written that a session is made of.
//!
//! A commit of another process may have been about anything. Of its own commits the server knows which tables they wrote: those
//! that concern images, rooms and their guests leave sessions alone, so that a busy server need not read every
//! token again after each of them.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use super::wal_index::{Header, WalIndex};

/// Tables of which no session is made. Writing any other begins a new epoch, also one that is not known here.
const THINGS: [&str; 16] = [
    "memberships",
    "membership_history",
    "outbox",
    "images",
    "image_tags",
    "image_properties",
    "used_ids",
    "uploads",
    "jobs",
    "storage_locks",
    "tasks",
    "rooms",
    "room_requests",
    "room_numbers",
    "messages",
    "webhooks",
];

/// Whether a statement may write something that a session is made of.
pub(super) fn concerns_sessions(statement: &str) -> bool {
    let mut words = statement.split([' ', '\n', '(']).filter(|word| !word.is_empty());
    let table = match words.next() {
        Some("SELECT") => return false,
        Some("UPDATE") => words.next(),
        Some("INSERT" | "DELETE") if matches!(words.next(), Some("INTO" | "FROM")) => words.next(),
        _ => None,
    };
    !table.is_some_and(|table| THINGS.contains(&table))
}

/// A time in which nothing was written that a session is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

/// What tells one epoch from the next.
#[derive(Default)]
pub(super) struct Epochs {
    /// None when it is closed.
    index: RwLock<Option<WalIndex>>,
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    number: u64,
    /// The header of the log's index, as far as this epoch is known to go.
    header: Option<Header>,
    /// Whether a commit is under way that may leave the epoch as it is.
    committing: bool,
}

impl Epochs {
    pub(super) fn new(index: WalIndex) -> Self {
        Self { index: RwLock::new(Some(index)), last: Mutex::default() }
    }

    /// The epoch as it is now; none when it cannot be told just now, or is not told any more.
    pub(super) fn now(&self) -> Option<Epoch> {
        let mut last = self.last();
        let header = self.header()?;
        if last.header != Some(header) {
            if last.committing {
                return None;
            }
            last.number += 1;
            last.header = Some(header);
        }
        Some(Epoch(last.number))
    }

    /// Runs a commit which writes something, but nothing that a session is made of.
    pub(super) fn within<T, E>(&self, commit: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let before = self.header();
        self.last().committing = true;
        let outcome = commit();
        let mut last = self.last();
        last.committing = false;
        if let (Ok(_), Some(before), Some(after)) = (&outcome, before, self.header())
            && last.header == Some(before)
            // One commit further, and that was this one.
            && after.is_next_of(&before)
        {
            last.header = Some(after);
        }
        outcome
    }

    /// Lets go of the database.
    pub(super) fn close(&self) {
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The header of the log's index as it is now; none while somebody is changing it, or when it is closed.
    pub(super) fn header(&self) -> Option<Header> {
        self.index.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.header()
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn statements_that_concern_sessions() {
        for statement in [
            "INSERT INTO tokens (hash) VALUES (?)",
            "DELETE FROM tokens WHERE hash = ?",
            "UPDATE users SET enabled = ? WHERE id = ?",
            "UPDATE projects SET enabled = ?",
            "DELETE FROM domains",
            "INSERT OR REPLACE INTO memberships VALUES (?)",
            "REPLACE INTO users VALUES (?)",
            "WITH gone AS (SELECT 1) DELETE FROM tokens",
            "DROP TABLE outbox",
            "",
        ] {
            assert!(concerns_sessions(statement), "{statement}");
        }
        for statement in [
            "SELECT hash FROM tokens",
            "INSERT INTO memberships (kind) VALUES (?)",
            "INSERT INTO outbox(topic) VALUES (?) RETURNING seq",
            "UPDATE images SET name = ?",
            "DELETE FROM image_tags\nWHERE image_id = ?",
        ] {
            assert!(!concerns_sessions(statement), "{statement}");
        }
    }

    #[test]
    fn t_k1_no_commit_of_others_passes_for_an_own_one() {
        let home = tempfile::tempdir().unwrap();
        let open = || Connection::open(home.path().join("salon.db")).unwrap();
        let (own, other) = (open(), open());
        own.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER)").unwrap();
        let write = |connection: &Connection| connection.execute("INSERT INTO numbers VALUES (1)", []);
        let epochs = Epochs::new(WalIndex::of(open()).unwrap());

        let mut last = epochs.now().unwrap();
        for _ in 0..100 {
            epochs.within(|| write(&own)).unwrap();
            assert_eq!(epochs.now(), Some(last));
        }
        // Also where the log begins anew.
        own.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
        epochs.within(|| write(&own)).unwrap();
        assert_eq!(epochs.now(), Some(last));

        let mut begins = |epochs: &Epochs, what: &str| {
            let now = epochs.now().unwrap();
            assert_ne!(now, last, "{what}");
            last = now;
        };
        write(&other).unwrap();
        begins(&epochs, "after a commit of another");
        epochs.within(|| write(&own).and_then(|_| write(&other))).unwrap();
        begins(&epochs, "between the commit and the look after it");
        epochs.within(|| write(&other).and_then(|_| write(&own))).unwrap();
        begins(&epochs, "between the look before the commit and the commit");
        write(&other).unwrap();
        epochs.within(|| write(&own)).unwrap();
        begins(&epochs, "before the look, and nobody had asked since");
        write(&own).unwrap();
        begins(&epochs, "an own commit that concerns sessions");

        let last = epochs.now();
        epochs
            .within(|| {
                assert_eq!(epochs.now(), last, "not written yet");
                let written = write(&own);
                assert_eq!(epochs.now(), None, "whose commit it was is not known yet");
                written
            })
            .unwrap();
        assert_eq!(epochs.now(), last);
        epochs.within(|| own.execute("INSERT INTO nothing VALUES (1)", [])).unwrap_err();
        assert_eq!(epochs.now(), last);
        epochs.close();
        assert_eq!(epochs.now(), None);
    }
}
