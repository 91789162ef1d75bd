//! SQLite's log, written in one piece.
//!
//! SQLite writes each frame of its log by two calls, 24 bytes and then a page: a commit of 64 guests is some 450 calls, a
//! quarter of all that the writer does. Here they are gathered and go to the file when the log is synced, which a commit with
//! `synchronous=FULL` does before it tells anybody of its frames (`sqlite3WalFrames`: the index of the log comes after the sync).
//! What is not committed nobody but its writer reads; whatever is asked of the file comes after what was gathered.
//!
//! What is still gathered when the writer lets go of its lock was not committed, and is forgotten: from then on others may
//! write at the same place of the file. So the locks are listened to as well.
//!
//! It is a VFS ("The OS Interface" in SQLite's documents) over the one of the system, for connections that write, with full
//! sync. All else that is done with files is the system's own.
#![allow(unsafe_code, reason = "files of SQLite are made of functions in C, and these lean on those of the system")]

use std::{
    ffi::{CStr, c_int, c_void},
    mem, ptr, slice,
    sync::OnceLock,
};

use rusqlite::ffi::{
    self, SQLITE_CANTOPEN, SQLITE_FULL, SQLITE_IOCAP_POWERSAFE_OVERWRITE, SQLITE_IOERR, SQLITE_IOERR_WRITE, SQLITE_OK,
    SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_WAL, SQLITE_SHM_UNLOCK, sqlite3_file, sqlite3_filename, sqlite3_int64,
    sqlite3_io_methods, sqlite3_vfs,
};
use salon_core::{Error, Result};

/// What the VFS is called in SQLite.
const NAME: &CStr = c"salon-log";

/// Bytes that are gathered at most: what the system's file takes in one call, which looks at 17 bits of their number.
const MOST: usize = 0x1_ffff;

/// The lock of who writes, among those of the index of the log ("WAL-Mode File Format" §2.3: `WAL_WRITE_LOCK`).
const WRITER: c_int = 0;

/// What is behind the system's file of a database, in the same memory.
#[repr(C)]
struct MainFile {
    /// The system's, but for the locks; the file points here.
    methods: sqlite3_io_methods,
    /// The system's.
    lock: ShmLock,
    /// The database's log while it is open.
    log: *mut LogFile,
}

type ShmLock = unsafe extern "C" fn(*mut sqlite3_file, c_int, c_int, c_int) -> c_int;

/// An open log. The system's own file is right behind it, in the same memory.
#[repr(C)]
struct LogFile {
    /// What SQLite sees of it.
    file: sqlite3_file,
    /// Where the gathered bytes belong.
    at: sqlite3_int64,
    gathered: Vec<u8>,
    /// How many are gathered; none where each call has to reach the file.
    most: usize,
    /// The database's file, which is open for longer.
    main: *mut MainFile,
}

/// What SQLite calls instead of the system's functions.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// The name of the VFS, which SQLite knows from now on.
///
/// # Errors
/// Unavailable when SQLite has no files of the system, or no memory.
pub(super) fn vfs() -> Result<&'static CStr> {
    static CODE: OnceLock<c_int> = OnceLock::new();
    match *CODE.get_or_init(register) {
        SQLITE_OK => Ok(NAME),
        code => {
            let failure = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            Err(Error::unavailable("SQLite does not take the form of its log").with_source(failure))
        }
    }
}

fn register() -> c_int {
    // SAFETY: SQLite initialises itself. Its default VFS lives as long as the process, as does the one that is registered; only
    // SQLite's list of them is written there.
    unsafe {
        let system = ffi::sqlite3_vfs_find(ptr::null());
        if system.is_null() {
            return SQLITE_CANTOPEN;
        }
        let more = mem::size_of::<LogFile>().max(mem::size_of::<MainFile>()) + mem::align_of::<MainFile>();
        let own = sqlite3_vfs {
            szOsFile: (*system).szOsFile.saturating_add(c_int::try_from(more).unwrap_or(c_int::MAX)),
            pNext: ptr::null_mut(),
            zName: NAME.as_ptr(),
            pAppData: system.cast(),
            xOpen: Some(open),
            // The system's other functions do not look at the VFS they are called with.
            ..*system
        };
        ffi::sqlite3_vfs_register(Box::leak(Box::new(own)), 0)
    }
}

/// Opens a log as a [`LogFile`], a database with a [`MainFile`] behind it, and everything else as the system does.
unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: sqlite3_filename,
    file: *mut sqlite3_file,
    flags: c_int,
    opened: *mut c_int,
) -> c_int {
    // SAFETY: the VFS is the one that was registered, whose data is the system's. `file` is `szOsFile` bytes for this
    // function to fill, aligned for any type.
    unsafe {
        let system = (*vfs).pAppData.cast::<sqlite3_vfs>();
        let Some(open) = (*system).xOpen else { return SQLITE_CANTOPEN };
        // Nobody closes what has no methods.
        (*file).pMethods = ptr::null();
        if flags & SQLITE_OPEN_WAL != 0 {
            let inner = file.cast::<LogFile>().add(1).cast::<sqlite3_file>();
            let code = open(system, name, inner, flags, opened);
            if code == SQLITE_OK {
                LogFile::begin(file, inner, name);
            }
            return code;
        }
        let code = open(system, name, file, flags, opened);
        if code == SQLITE_OK && flags & SQLITE_OPEN_MAIN_DB != 0 {
            return MainFile::begin(file, (*system).szOsFile);
        }
        code
    }
}

impl MainFile {
    /// Listens to the locks of a database that was opened. A file without locks cannot have a log in common with others.
    ///
    /// # Safety
    /// The file is the system's, so many bytes, and there is room for a `MainFile` behind it.
    unsafe fn begin(file: *mut sqlite3_file, size: c_int) -> c_int {
        let Ok(size) = usize::try_from(size) else { return SQLITE_CANTOPEN };
        let size = size.next_multiple_of(mem::align_of::<Self>());
        // SAFETY: as promised; an open file has methods, which are static.
        unsafe {
            let found = (*file).pMethods.as_ref().filter(|methods| methods.iVersion >= 2);
            let Some((methods, lock)) = found.and_then(|methods| Some((methods, methods.xShmLock?))) else {
                if let Some(close) = method(file, |methods| methods.xClose) {
                    close(file);
                }
                (*file).pMethods = ptr::null();
                return SQLITE_CANTOPEN;
            };
            let methods = sqlite3_io_methods { xShmLock: Some(shm_lock), ..*methods };
            let main = file.byte_add(size).cast::<Self>();
            main.write(Self { methods, lock, log: ptr::null_mut() });
            (*file).pMethods = main.cast();
        }
        SQLITE_OK
    }
}

/// Locks and unlocks; with the writer's lock goes what it did not commit.
unsafe extern "C" fn shm_lock(file: *mut sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: SQLite calls the methods of a file with that file, while it is open, one after the other. They are the
    // beginning of a `MainFile`, whose log, if there is one, is open.
    unsafe {
        let main = (*file).pMethods.cast::<MainFile>();
        if first == WRITER
            && flags & SQLITE_SHM_UNLOCK != 0
            && let Some(log) = (*main).log.as_mut()
        {
            log.gathered.clear();
        }
        ((*main).lock)(file, first, count, flags)
    }
}

/// A function of the system's file.
///
/// # Safety
/// The file is open, or was.
unsafe fn method<F>(inner: *mut sqlite3_file, of: impl Fn(&sqlite3_io_methods) -> Option<F>) -> Option<F> {
    // SAFETY: as promised; methods are static.
    unsafe { (*inner).pMethods.as_ref() }.and_then(of)
}

impl LogFile {
    /// Makes a log of what was opened by the system.
    ///
    /// # Safety
    /// `inner` is open, and right behind the memory of a `LogFile` at `file`; `name` is what SQLite opened it by, with this VFS.
    unsafe fn begin(file: *mut sqlite3_file, inner: *mut sqlite3_file, name: sqlite3_filename) {
        // SAFETY: as promised. SQLite opens a log by a name that knows the database's file, which it opened before with
        // the same VFS, and closes later.
        unsafe {
            // Where a torn write may harm what is beside it SQLite fills the sector behind a commit, after the sync.
            let fits = method(inner, |methods| methods.xDeviceCharacteristics)
                .is_some_and(|told| told(inner) & SQLITE_IOCAP_POWERSAFE_OVERWRITE != 0);
            let mut gathered = Vec::new();
            let most = if fits && gathered.try_reserve_exact(MOST).is_ok() { MOST } else { 0 };
            let main = (*ffi::sqlite3_database_file_object(name)).pMethods.cast_mut().cast::<MainFile>();
            let log = file.cast::<Self>();
            log.write(Self { file: sqlite3_file { pMethods: &raw const METHODS }, at: 0, gathered, most, main });
            (*main).log = log;
        }
    }

    /// The log that SQLite means, and the system's file of it.
    ///
    /// # Safety
    /// `open` made it, it is not closed, and nobody else uses it: SQLite calls a connection's files one after the other.
    unsafe fn of<'a>(file: *mut sqlite3_file) -> (&'a mut Self, *mut sqlite3_file) {
        // SAFETY: as promised.
        unsafe {
            let log = file.cast::<Self>();
            (&mut *log, log.add(1).cast())
        }
    }

    /// Writes what was gathered. After a failure it is gone, as the transaction is that it belongs to: SQLite gives that up
    /// when writing or syncing its log failed.
    fn write_out(&mut self, inner: *mut sqlite3_file) -> c_int {
        if self.gathered.is_empty() {
            return SQLITE_OK;
        }
        let code = write_through(inner, &self.gathered, self.at);
        self.gathered.clear();
        code
    }

    fn write(&mut self, inner: *mut sqlite3_file, bytes: &[u8], at: sqlite3_int64) -> c_int {
        let length = self.gathered.len();
        let end = i64::try_from(length).map_or(i64::MAX, |length| self.at.saturating_add(length));
        if length > 0 && (at != end || length.saturating_add(bytes.len()) > self.most) {
            let code = self.write_out(inner);
            if code != SQLITE_OK {
                return code;
            }
        }
        if bytes.len() > self.most {
            return write_through(inner, bytes, at);
        }
        if self.gathered.is_empty() {
            self.at = at;
        }
        self.gathered.extend_from_slice(bytes);
        SQLITE_OK
    }
}

fn write_through(inner: *mut sqlite3_file, bytes: &[u8], at: sqlite3_int64) -> c_int {
    // SAFETY: only called with the file of a log that is open.
    let Some(write) = (unsafe { method(inner, |methods| methods.xWrite) }) else { return SQLITE_IOERR };
    let Ok(length) = c_int::try_from(bytes.len()) else { return SQLITE_IOERR };
    // SAFETY: as above.
    unsafe { write(inner, bytes.as_ptr().cast(), length, at) }
}

/// Calls a function of the system's file, after what was gathered.
macro_rules! after_writing {
    ($file:ident, $function:ident $(, $argument:expr)*) => {{
        // SAFETY: SQLite calls the methods of a file with that file, while it is open, one after the other.
        let (log, inner) = unsafe { LogFile::of($file) };
        match log.write_out(inner) {
            // SAFETY: the arguments are those that SQLite gave for this function.
            SQLITE_OK => unsafe {
                method(inner, |methods| methods.$function).map_or(SQLITE_IOERR, |call| call(inner $(, $argument)*))
            },
            code => code,
        }
    }};
}

/// Calls a function of the system's file that has nothing to do with its bytes.
macro_rules! at_once {
    ($file:ident, $function:ident $(, $argument:expr)*) => {{
        // SAFETY: as in `after_writing`.
        unsafe {
            let (_, inner) = LogFile::of($file);
            method(inner, |methods| methods.$function).map_or(SQLITE_IOERR, |call| call(inner $(, $argument)*))
        }
    }};
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: as in `after_writing`; the database's file is still open.
    unsafe {
        let (log, _) = LogFile::of(file);
        (*log.main).log = ptr::null_mut();
        // Not committed. SQLite frees the memory of the file without a look at it.
        log.gathered = Vec::new();
    }
    at_once!(file, xClose)
}

unsafe extern "C" fn read(file: *mut sqlite3_file, to: *mut c_void, length: c_int, at: sqlite3_int64) -> c_int {
    match after_writing!(file, xRead, to, length, at) {
        // For want of room SQLite may give up the statement only; but what could not be written is the transaction's.
        SQLITE_FULL => SQLITE_IOERR_WRITE,
        code => code,
    }
}

unsafe extern "C" fn write(file: *mut sqlite3_file, from: *const c_void, length: c_int, at: sqlite3_int64) -> c_int {
    let Ok(length) = usize::try_from(length) else { return SQLITE_IOERR };
    // SAFETY: as in `after_writing`; so many bytes are there.
    let (log, inner, bytes) = unsafe {
        let (log, inner) = LogFile::of(file);
        (log, inner, slice::from_raw_parts(from.cast::<u8>(), length))
    };
    log.write(inner, bytes, at)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, length: sqlite3_int64) -> c_int {
    after_writing!(file, xTruncate, length)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    after_writing!(file, xSync, flags)
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, to: *mut sqlite3_int64) -> c_int {
    after_writing!(file, xFileSize, to)
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, kind: c_int) -> c_int {
    at_once!(file, xLock, kind)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, kind: c_int) -> c_int {
    at_once!(file, xUnlock, kind)
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, to: *mut c_int) -> c_int {
    at_once!(file, xCheckReservedLock, to)
}

unsafe extern "C" fn file_control(file: *mut sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
    after_writing!(file, xFileControl, operation, argument)
}

unsafe extern "C" fn sector_size(file: *mut sqlite3_file) -> c_int {
    at_once!(file, xSectorSize)
}

unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    at_once!(file, xDeviceCharacteristics)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use proptest::{collection::vec, prelude::*};
    use rusqlite::{Connection, OpenFlags};

    use super::*;

    /// What a transaction does after it has written rows of some size.
    #[derive(Clone, Copy, Debug)]
    enum Then {
        Commit,
        Undo,
        /// Undoes the second half, and commits the first.
        UndoHalf,
        /// Commits, and the log is taken over into the database.
        TakeOver,
    }

    fn transaction() -> impl Strategy<Value = (usize, i64, Then)> {
        let then = prop_oneof![Just(Then::Commit), Just(Then::Undo), Just(Then::UndoHalf), Just(Then::TakeOver)];
        (1..60_usize, 1..4_500_i64, then)
    }

    fn writer(path: &Path, pages: usize) -> Connection {
        let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs().unwrap()).unwrap();
        // So few pages that long transactions write to the log before they commit.
        let settings = format!("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = {pages}");
        connection.execute_batch(&settings).unwrap();
        connection.execute_batch("CREATE TABLE things (letter TEXT NOT NULL, thing TEXT NOT NULL)").unwrap();
        connection
    }

    /// How many rows there are, and their bytes; the file is in order, and every byte is that of its row.
    fn content(connection: &Connection) -> (i64, i64) {
        let integrity: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(integrity, "ok");
        let sums = "SELECT COUNT(*), COALESCE(SUM(LENGTH(thing)), 0),
                    COALESCE(SUM(REPLACE(thing, letter, '') <> ''), 0) FROM things";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let (rows, bytes, wrong): (i64, i64, i64) = connection.query_row(sums, [], row).unwrap();
        assert_eq!(wrong, 0, "of {rows} rows");
        (rows, bytes)
    }

    /// What is in copies of the files, as if the machine had ended here.
    fn after_a_crash(path: &Path, home: &Path) -> (i64, i64) {
        let copy = home.join("copy.db");
        for end in ["", "-wal", "-shm"] {
            let of = |path: &Path| format!("{}{end}", path.display());
            let _ = fs::remove_file(of(&copy));
            if end != "-shm" && fs::exists(of(path)).unwrap() {
                fs::copy(of(path), of(&copy)).unwrap();
            }
        }
        content(&Connection::open(&copy).unwrap())
    }

    /// What was undone stays gathered at most until somebody else may write.
    #[test]
    fn what_is_undone_is_never_written_over_what_another_connection_committed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("things.db");
        let connection = writer(&path, 5);
        let other = Connection::open(&path).unwrap();
        let insert = |connection: &Connection, rows: usize, letter: char| {
            for _ in 0..rows {
                let insert = "INSERT INTO things VALUES (?1, REPLACE(HEX(ZEROBLOB(500)), '0', ?1))";
                connection.execute(insert, [letter.to_string()]).unwrap();
            }
        };
        // All is in the database, and nothing that is undone makes SQLite read its log.
        let undo = |rows: usize| {
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); BEGIN IMMEDIATE").unwrap();
            insert(&connection, rows, 'x');
            connection.execute_batch("ROLLBACK").unwrap();
        };
        let mut expected = 0;
        for rows in 1..60 {
            undo(rows);
            insert(&other, 3, 'b');
            insert(&connection, 1, 'c');
            expected += 4;
            for connection in [&connection, &other] {
                assert_eq!(content(connection), (expected, expected * 1000), "after {rows}");
            }
            assert_eq!(after_a_crash(&path, home.path()), (expected, expected * 1000));
        }
        // Nor when it is closed.
        undo(60);
        insert(&other, 3, 'b');
        drop(connection);
        assert_eq!(content(&other), (expected + 3, (expected + 3) * 1000));
        assert_eq!(after_a_crash(&path, home.path()), (expected + 3, (expected + 3) * 1000));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn what_is_committed_is_in_the_files(pages in 5..200_usize, transactions in vec(transaction(), 1..20)) {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("things.db");
            let connection = writer(&path, pages);
            // Another connection, by the system's own VFS, that knows the file since before.
            let reader = Connection::open(&path).unwrap();
            let mut expected = (0, 0);
            for (rows, size, then) in transactions {
                let half = rows / 2;
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                for row in 0..rows {
                    if row == half {
                        connection.execute_batch("SAVEPOINT half").unwrap();
                    }
                    let insert = "INSERT INTO things VALUES (?1, REPLACE(HEX(ZEROBLOB(?2)), '0', ?1))";
                    let letter = char::from(b'a' + u8::try_from(row % 26).unwrap());
                    connection.execute(insert, (letter.to_string(), size)).unwrap();
                }
                let written = i64::try_from(rows).unwrap();
                let written = (expected.0 + written, expected.1 + written * size * 2);
                prop_assert_eq!(content(&connection), written, "also what is in the log already");
                prop_assert_eq!(content(&reader), expected, "not before the commit");
                let stays = match then {
                    Then::Undo => {
                        connection.execute_batch("ROLLBACK").unwrap();
                        0
                    }
                    Then::UndoHalf => {
                        connection.execute_batch("ROLLBACK TO half; COMMIT").unwrap();
                        half
                    }
                    Then::Commit | Then::TakeOver => {
                        connection.execute_batch("COMMIT").unwrap();
                        rows
                    }
                };
                let stays = i64::try_from(stays).unwrap();
                expected = (expected.0 + stays, expected.1 + stays * size * 2);
                prop_assert_eq!(content(&reader), expected);
                prop_assert_eq!(after_a_crash(&path, home.path()), expected);
                if matches!(then, Then::TakeOver) {
                    connection.execute_batch("PRAGMA wal_checkpoint(RESTART)").unwrap();
                    prop_assert_eq!(content(&reader), expected);
                }
            }
            prop_assert_eq!(content(&connection), expected);
            drop(connection);
            prop_assert_eq!(content(&reader), expected);
        }
    }
}
