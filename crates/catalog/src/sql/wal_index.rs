//! Whether anything was written: what SQLite itself looks at to know whether the pages it keeps still hold.
//!
//! The index of the write-ahead log ("WAL-Mode File Format" §2.1 in SQLite's documents) is memory that the connections of all
//! processes share. It begins with a header, twice: a counter of transactions, the last frame of the log and its sums. Whoever
//! commits writes the second copy and then the first, when the commit is on disk and before it is answered. So two
//! equal headers have nothing written between them, by this process or any other.
#![allow(
    unsafe_code,
    reason = "the address of the index comes from SQLite's C interface, and other processes write there"
)]

use std::{
    ffi::c_int,
    ptr::{self, NonNull},
    sync::atomic::{AtomicU32, Ordering, fence},
};

use rusqlite::{Connection, ffi};
use salon_core::{Error, Result};

use super::error::from_sqlite;

/// 32-bit words of a header.
const WORDS: usize = 12;

/// Bytes of the index that SQLite maps at once (`WALINDEX_PGSZ`).
const PAGE: c_int = 32 * 1024;

/// The word that counts commits (`iChange`).
const COMMITS: usize = 2;

/// A word that is zero as long as no header is there: it has the size of a page.
const PAGE_SIZE: usize = 3;

/// The header as it was at some instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header([u32; WORDS]);

impl Header {
    /// After so many commits.
    #[cfg(test)]
    pub(super) fn after(commits: u32) -> Self {
        Self(std::array::from_fn(|at| if at == COMMITS { commits } else { 1 }))
    }

    /// Whether one commit lies between the other header and this one.
    pub(super) fn is_next_of(&self, before: &Self) -> bool {
        let count = |header: &Self| header.0.get(COMMITS).copied();
        count(self) == count(before).map(|count| count.wrapping_add(1))
    }
}

/// The index of a database's log.
pub(super) struct WalIndex {
    copies: NonNull<[[AtomicU32; WORDS]; 2]>,
    /// Keeps the index mapped; asks nothing any more.
    _connection: Connection,
}

// SAFETY: the connection is not used before it is dropped, and the copies are atomics.
unsafe impl Send for WalIndex {}
// SAFETY: as above.
unsafe impl Sync for WalIndex {}

impl WalIndex {
    /// Has SQLite map the index of a database in WAL mode.
    ///
    /// # Errors
    /// Unavailable when it cannot.
    pub(super) fn of(connection: Connection) -> Result<Self> {
        // The first read opens the log and its index.
        connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(())).map_err(from_sqlite)?;
        let (mut file, mut page) = (ptr::null_mut::<ffi::sqlite3_file>(), ptr::null_mut());
        // SAFETY: the connection is open and used here only; SQLite gives the address of its own file, whose methods have this
        // one in version 2 and later. Without leave to extend it gives a page that is there, or none.
        let code = unsafe {
            let pointer = ffi::SQLITE_FCNTL_FILE_POINTER;
            let code =
                ffi::sqlite3_file_control(connection.handle(), c"main".as_ptr(), pointer, (&raw mut file).cast());
            let methods = file.as_ref().and_then(|file| file.pMethods.as_ref()).filter(|methods| methods.iVersion >= 2);
            match methods.and_then(|methods| methods.xShmMap) {
                Some(map) if code == ffi::SQLITE_OK => map(file, 0, PAGE, 0, &raw mut page),
                _ => ffi::SQLITE_NOTFOUND,
            }
        };
        let copies = NonNull::new(page.cast()).filter(|_| code == ffi::SQLITE_OK).ok_or_else(|| {
            let failure = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            Error::unavailable("SQLite does not show the index of its log").with_source(failure)
        })?;
        Ok(Self { copies, _connection: connection })
    }

    /// The header as it is now; none while somebody is changing it.
    pub(super) fn header(&self) -> Option<Header> {
        // SAFETY: mapped as long as the connection is open, at the beginning of a page.
        let [first, second] = unsafe { self.copies.as_ref() };
        let read = |copy: &[AtomicU32; WORDS]| {
            std::array::from_fn(|at| copy.get(at).map_or(0, |word| word.load(Ordering::Acquire)))
        };
        let header: [u32; WORDS] = read(first);
        fence(Ordering::SeqCst);
        (header == read(second) && header.get(PAGE_SIZE).is_some_and(|word| *word != 0)).then_some(Header(header))
    }
}
