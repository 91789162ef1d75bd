//! Whether the SQLite file is damaged.
//!
//! SQLite says "malformed" of a page that makes no sense, and of one that the disk would not give: it takes an input/output
//! error in a read for a damaged file system. The first stays, the second may be over in a moment, and its code is the same.
//! So nothing is written from the first such word on, and the next who wants to write has the whole file checked: if it is
//! good, writing goes on; if it is not, nothing is written until the next start; if it cannot be read, that stays open.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use salon_core::Result;

use super::{error::from_sqlite, sqlite::connect};

/// After a check that came to nothing no other begins for so many times as long as it took.
const PAUSES: u32 = 4;

/// How long a write waits for a check.
const PATIENCE: Duration = Duration::from_secs(30);

/// How `PRAGMA integrity_check` begins to say that it could not read a page of a tree, or of the list of free ones.
const UNREADABLE: [&str; 2] = ["unable to get the page", "failed to get page"];

/// What is known of a file.
#[derive(Debug)]
pub(super) struct Damage {
    path: PathBuf,
    /// Whether the state is another than [`State::None`], for those who must not wait.
    found: AtomicBool,
    state: Mutex<State>,
    /// Held by the check that is under way; when the last one began.
    turn: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    None,
    /// SQLite has said so, and no check begins before this.
    Doubt(Instant),
    /// A check is under way; and whether SQLite has said so again meanwhile, so that what it finds may be old.
    Checking(bool),
    Sure,
}

enum Outcome {
    Whole,
    Damaged,
    Unreadable,
}

impl Damage {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, found: AtomicBool::new(false), state: Mutex::new(State::None), turn: Arc::default() }
    }

    /// Whether nothing may be written now.
    pub(super) fn is_found(&self) -> bool {
        self.found.load(Ordering::Relaxed)
    }

    /// Remembers what SQLite has found; `sure` when it can be nothing else.
    pub(super) fn note(&self, sure: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *state {
            _ if sure => self.set(&mut state, State::Sure),
            State::None => {
                tracing::error!(
                    "SQLite finds its file damaged or unreadable; nothing is written before all of it was checked"
                );
                self.set(&mut state, State::Doubt(Instant::now()));
            }
            State::Checking(_) => *state = State::Checking(true),
            State::Sure | State::Doubt(_) => {}
        }
    }

    /// Whether writing may go on; may have the file checked for that, and waits for it.
    pub(super) async fn permits_writes(self: &Arc<Self>) -> bool {
        !self.is_found() || tokio::time::timeout(PATIENCE, self.checked()).await.unwrap_or(false)
    }

    /// Waits for a check that began after this.
    async fn checked(self: &Arc<Self>) -> bool {
        let came = Instant::now();
        let mut turn = Arc::clone(&self.turn).lock_owned().await;
        if turn.is_none_or(|began| began < came)
            && let Some(from) = self.due()
        {
            tokio::time::sleep_until(from.into()).await;
            let damage = Arc::clone(self);
            // In its own thread to the end: whoever waits may go away.
            let check = tokio::task::spawn_blocking(move || {
                let began = *turn.insert(Instant::now());
                damage.begin();
                let outcome = damage.check().unwrap_or(Outcome::Unreadable);
                damage.end(&outcome, began.elapsed());
            });
            if check.await.is_err() {
                return false;
            }
        }
        !self.is_found()
    }

    fn set(&self, state: &mut State, now: State) {
        if now == State::Sure {
            tracing::error!("the database file is damaged; nothing is written to it until the next start");
        }
        *state = now;
        self.found.store(now != State::None, Ordering::Relaxed);
    }

    /// From when on there may be a check, if there is a doubt.
    fn due(&self) -> Option<Instant> {
        match *self.state.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Doubt(from) => Some(from),
            // A check that panicked.
            State::Checking(_) => Some(Instant::now()),
            State::None | State::Sure => None,
        }
    }

    fn begin(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if *state != State::Sure {
            *state = State::Checking(false);
        }
    }

    fn end(&self, outcome: &Outcome, took: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let again = match *state {
            State::Checking(again) => again,
            State::None | State::Doubt(_) | State::Sure => return,
        };
        match outcome {
            Outcome::Whole if !again => {
                tracing::warn!("the database file is whole after all, and is written to again");
                self.set(&mut state, State::None);
            }
            Outcome::Damaged => self.set(&mut state, State::Sure),
            Outcome::Whole | Outcome::Unreadable => {
                *state = State::Doubt(Instant::now() + took.saturating_mul(PAUSES));
            }
        }
    }

    /// Checks the whole file. Blocks.
    fn check(&self) -> Result<Outcome> {
        let connection = connect(&self.path)?;
        let first = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        let said = connection.query_row("PRAGMA integrity_check(1)", [], first).map_err(from_sqlite)?;
        Ok(match said.as_str() {
            "ok" => Outcome::Whole,
            said if UNREADABLE.iter().any(|words| said.contains(words)) => Outcome::Unreadable,
            _ => Outcome::Damaged,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, os::unix::fs::FileExt, path::Path};

    use super::*;

    /// A database of some pages.
    fn file() -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("salon.db");
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE numbers (number INTEGER NOT NULL, text TEXT NOT NULL); \
                 WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000) \
                 INSERT INTO numbers SELECT x, hex(randomblob(50)) FROM n",
            )
            .unwrap();
        (home, path)
    }

    async fn permits(path: &Path, sure: bool) -> (bool, bool) {
        let damage = Arc::new(Damage::new(path.to_owned()));
        damage.note(sure);
        assert!(damage.is_found(), "nothing is written in doubt");
        (damage.permits_writes().await, damage.permits_writes().await)
    }

    #[tokio::test]
    async fn a_file_that_is_whole_after_all_is_written_again() {
        let (_home, path) = file();
        assert_eq!(permits(&path, false).await, (true, true));
    }

    #[tokio::test]
    async fn what_is_sure_stays() {
        let (_home, path) = file();
        assert_eq!(permits(&path, true).await, (false, false));
    }

    #[tokio::test]
    async fn a_damaged_file_stays_so() {
        let (_home, path) = file();
        File::options().write(true).open(&path).unwrap().write_all_at(&[0xa5; 4096], 5 * 4096).unwrap();
        assert_eq!(permits(&path, false).await, (false, false));
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_is_looked_at_again() {
        let (home, path) = file();
        let aside = home.path().join("aside");
        std::fs::rename(&path, &aside).unwrap();
        let damage = Arc::new(Damage::new(path.clone()));
        damage.note(false);
        assert!(!damage.permits_writes().await);
        std::fs::rename(&aside, &path).unwrap();
        let both =
            [Arc::clone(&damage), damage].map(|damage| tokio::spawn(async move { damage.permits_writes().await }));
        for one in both {
            assert!(one.await.unwrap(), "it is not looked at again");
        }
    }

    #[test]
    fn what_is_found_during_a_check_outlives_it() {
        let damage = Damage::new(PathBuf::new());
        damage.note(false);
        damage.begin();
        damage.note(false);
        damage.end(&Outcome::Whole, Duration::ZERO);
        assert!(damage.is_found());
    }
}
