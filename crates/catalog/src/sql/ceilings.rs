//! How many rows a list can have at most, as far as SQLite's writer knows.
//!
//! A quota asks how many rows there are, and counting them takes the longer the more there are. But the writer sees every row
//! that its process adds: what was counted once, and one more for each that was added since, is never too little, and below the
//! quota nobody has to count again. It is too much once rows were removed, or taken back with their transaction; then
//! the quota seems to be reached, and the rows are counted. What another process commits is noticed by the header of the log's index,
//! and everything is forgotten. On PostgreSQL and MariaDB, where other servers write, nothing is ever known.

use std::collections::HashMap;

use salon_core::membership::ThingRef;

use super::wal_index::Header;

/// Lists that are known at the same time.
const LISTS: usize = 4096;

/// What is known of lists; nothing, unless it is a writer's.
#[derive(Default)]
pub(crate) struct Ceilings {
    writes: bool,
    known: HashMap<ThingRef, u64>,
    /// The header of the log's index when the last transaction had ended, and when this one began; none when what is known may
    /// not hold beyond its end.
    last: Option<Header>,
    before: Option<Header>,
}

impl Ceilings {
    /// Of the one writer of a process.
    pub(super) fn of_writer() -> Self {
        Self { writes: true, ..Self::default() }
    }

    /// What the number of a list's rows does not exceed.
    pub(crate) fn of(&self, list: &ThingRef) -> Option<u64> {
        self.known.get(list).copied()
    }

    /// Takes note of rows that were counted.
    pub(crate) fn counted(&mut self, list: &ThingRef, rows: u64) {
        if !self.writes {
            return;
        }
        if self.known.len() >= LISTS {
            self.known.clear();
        }
        self.known.insert(list.clone(), rows);
    }

    /// Takes note of a row that was added.
    pub(crate) fn added(&mut self, list: &ThingRef) {
        if let Some(rows) = self.known.get_mut(list) {
            *rows = rows.saturating_add(1);
        }
    }

    /// A transaction has begun, beside which nobody else can write. Nothing holds on unless the last one was committed, and
    /// nobody has written since.
    pub(super) fn begun(&mut self, header: Option<Header>) {
        if self.last.take().is_none_or(|last| header != Some(last)) {
            self.known.clear();
        }
        self.before = header;
    }

    /// Something was undone: rows that had been removed when others were counted may be there again.
    pub(super) fn undone(&mut self) {
        self.known.clear();
    }

    /// The transaction was committed, with something written or nothing.
    pub(super) fn committed(&mut self, wrote: bool, header: Option<Header>) {
        let (Some(before), Some(after)) = (self.before.take(), header) else { return };
        // One commit further, and that was this one.
        let alone = if wrote { after.is_next_of(&before) } else { after == before };
        self.last = alone.then_some(after);
    }
}

#[cfg(test)]
mod tests {
    use salon_core::membership::ThingKind;

    use super::*;

    fn list(kind: ThingKind) -> ThingRef {
        ThingRef { kind, id: "same".to_owned() }
    }

    /// A writer that has counted 3 rows in its first transaction, which is committed.
    fn writer() -> Ceilings {
        let mut ceilings = Ceilings::of_writer();
        ceilings.begun(Some(Header::after(7)));
        ceilings.counted(&list(ThingKind::Image), 3);
        ceilings.committed(true, Some(Header::after(8)));
        ceilings
    }

    #[test]
    fn what_was_counted_holds_over_own_commits() {
        let mut ceilings = writer();
        for (wrote, before, after) in [(true, 8, 9), (false, 9, 9), (true, 9, 10)] {
            ceilings.begun(Some(Header::after(before)));
            ceilings.added(&list(ThingKind::Image));
            ceilings.added(&list(ThingKind::Room));
            ceilings.committed(wrote, Some(Header::after(after)));
        }
        assert_eq!(ceilings.of(&list(ThingKind::Image)), Some(6));
        assert_eq!(ceilings.of(&list(ThingKind::Room)), None);
    }

    #[test]
    fn a_commit_of_others_ends_it() {
        // Before this transaction; right after its own commit, or after none; or it cannot be told.
        for (ended, begins) in [
            (Some((true, Some(9))), Some(10)),
            (Some((true, Some(10))), Some(10)),
            (Some((false, Some(9))), Some(9)),
            (Some((true, None)), Some(9)),
            (Some((true, Some(9))), None),
            // Not committed: what was removed when it was counted is there again.
            (None, Some(8)),
        ] {
            let mut ceilings = writer();
            ceilings.begun(Some(Header::after(8)));
            assert_eq!(ceilings.of(&list(ThingKind::Image)), Some(3));
            if let Some((wrote, after)) = ended {
                ceilings.committed(wrote, after.map(Header::after));
            }
            ceilings.begun(begins.map(Header::after));
            assert_eq!(ceilings.of(&list(ThingKind::Image)), None, "{ended:?}, {begins:?}");
        }
    }

    #[test]
    fn what_was_undone_may_have_been_counted() {
        let mut ceilings = writer();
        ceilings.begun(Some(Header::after(8)));
        ceilings.undone();
        assert_eq!(ceilings.of(&list(ThingKind::Image)), None);
    }

    #[test]
    fn lists_that_are_known_are_bounded() {
        let mut ceilings = writer();
        for number in 0..2 * LISTS {
            ceilings.counted(&ThingRef { kind: ThingKind::Room, id: number.to_string() }, 1);
            assert!(ceilings.known.len() <= LISTS);
        }
    }

    #[test]
    fn who_is_not_alone_knows_nothing() {
        let mut ceilings = Ceilings::default();
        ceilings.begun(Some(Header::after(7)));
        ceilings.counted(&list(ThingKind::Image), 3);
        assert_eq!(ceilings.of(&list(ThingKind::Image)), None);
    }
}
