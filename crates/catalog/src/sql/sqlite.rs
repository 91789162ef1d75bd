//! SQLite: one thread writes and commits for everybody who waits; readers read where they stand.
//!
//! *Writes.* Operations queue for the writer's thread. It takes all that wait (`queue`), runs each in a savepoint of one transaction,
//! commits once (`synchronous=FULL`: one fdatasync, see `.cargo/config.toml`, of a log written in one piece, see `log_file`), and only then answers
//! them all, failures included: an operation may have failed because of an earlier one in the same transaction. If the commit
//! fails, everybody gets that error.
//!
//! *Reads.* Measured with `examples/cost.rs` (20 000 images, release build): an image is read in 5 µs of CPU where the
//! request stands and in 20 µs when the work goes to another thread and back, a page of 25 takes 80 µs. So short reads run
//! inline on a pooled connection, and reads that may be long go to the blocking threads of the runtime. Every read is cut
//! at the statement time-out.
//!
//! *Damage.* Once SQLite has found its file damaged nothing is written any more until the next start, since each further
//! write could make it worse. What can still be read is read. `damage` tells it from a disk that did not answer.

use std::{
    borrow::Cow,
    fs::File,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::{
    Connection, OpenFlags, StatementStatus, ToSql,
    config::DbConfig,
    types::{ToSqlOutput, ValueRef},
};
use salon_core::{Error, Result};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{
    Link, Op, Tx,
    ceilings::Ceilings,
    damage::Damage,
    epoch::{Epoch, Epochs},
    error::{damage_of, from_sqlite, is_damage, is_sure_damage},
    finish, log_file,
    queue::{Batch, Job, Queue, Ran, Reply, Write},
    row::{Cell, Found, Row, Value},
    wal_index::WalIndex,
};
use crate::Options;

/// Writes that may wait for the writer.
const QUEUE: usize = 1024;
/// How long a write waits for another process that writes (a command beside the server).
const BUSY: Duration = Duration::from_secs(5);
/// How long a caller waits for its answer; beyond that the outcome is unknown.
const PATIENCE: Duration = Duration::from_secs(30);
/// Prepared statements kept per connection.
const STATEMENTS: usize = 256;
/// Pages in the log, 16 MiB, at which a commit takes them over into the database: three syncs, and a write of each page that
/// changed, however often it did. SQLite's own 1000 are five commits of 64 guests each. About as many pages have one table of
/// the log's index, so that a reader looks in one place still; and a start after a crash reads them all.
const LOGGED: u32 = 4000;

/// What the writer keeps of the database, in KiB. A page that is split may have SQLite look, at the commit, through all
/// that is kept for what it has moved: in 32 MiB that takes longer than to read a page again now and then, from the
/// kernel's memory.
const KEPT: i32 = 8 * 1024;

pub(super) struct Sqlite {
    writer: mpsc::Sender<Job>,
    readers: Arc<Readers>,
    acquire_timeout: Duration,
    statement_timeout: Duration,
    damage: Arc<Damage>,
    epochs: Arc<Epochs>,
    /// Held, not used: its lock keeps a second server away.
    _lock: Option<File>,
}

impl Sqlite {
    pub(super) async fn open(rest: &str, options: &Options) -> Result<Self> {
        let path = path_of(rest)?;
        let options = options.clone();
        let opening = tokio::task::spawn_blocking(move || Self::open_blocking(&path, &options));
        opening.await.map_err(|error| Error::internal("opening the database failed").with_source(error))?
    }

    fn open_blocking(path: &Path, options: &Options) -> Result<Self> {
        let lock = if options.exclusive { Some(lock(path)?) } else { None };
        create(path)?;
        let connection = connect_writer(path)?;
        let epochs = Arc::new(Epochs::new(WalIndex::of(connect(path)?)?));
        let (writer, jobs) = mpsc::channel(QUEUE);
        let damage = Arc::new(Damage::new(path.to_owned()));
        let (found, told) = (Arc::clone(&damage), Arc::clone(&epochs));
        std::thread::Builder::new()
            .name("catalog-writer".to_owned())
            .spawn(move || run_writer(connection, jobs, &found, &told))
            .map_err(|error| Error::unavailable("no thread for the writer").with_source(error))?;
        let limit = usize::try_from(options.max_connections).unwrap_or(1).clamp(1, 256);
        Ok(Self {
            writer,
            readers: Arc::new(Readers {
                path: path.to_owned(),
                permits: Semaphore::new(limit),
                idle: Mutex::new(Vec::with_capacity(limit)),
                began: Instant::now(),
            }),
            acquire_timeout: options.acquire_timeout,
            statement_timeout: options.statement_timeout,
            damage,
            epochs,
            _lock: lock,
        })
    }

    pub(super) async fn write<I, O>(&self, input: I, op: Op<I, O>) -> Result<O>
    where
        I: Send + Sync + 'static,
        O: Send + 'static,
    {
        if !self.damage.permits_writes().await {
            return Err(Error::unavailable("the database file is damaged, and nothing is written to it"));
        }
        let (sender, answer) = oneshot::channel();
        let job: Write = Box::new(move |tx| {
            let outcome = catch_unwind(AssertUnwindSafe(|| finish(op(tx, &input))))
                .unwrap_or_else(|_| Err(Error::internal("an operation on the catalog panicked")));
            let failed = outcome.is_err();
            let reply = Box::new(move |broken: Option<&str>| {
                let outcome = match broken {
                    None => outcome,
                    Some(why) => Err(Error::unavailable(format!("SQLite could not commit: {why}"))),
                };
                // Nobody listens any more when the caller went away; what was written stays written.
                let _ = sender.send(outcome);
            });
            Ran { failed, reply }
        });
        self.writer.try_send(Job::Write(job)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Error::unavailable("the queue of the writer is full"),
            mpsc::error::TrySendError::Closed(_) => Error::unavailable("the catalog is closed"),
        })?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(outcome)) => self.noted(outcome),
            Ok(Err(_)) => Err(Error::unavailable("the writer went away")),
            Err(_) => Err(Error::unavailable("the writer did not answer in time")),
        }
    }

    pub(super) async fn read<I: Sync, O: Send>(&self, input: &I, op: Op<I, O>) -> Result<O> {
        let _permit = self.permit().await?;
        self.noted(self.readers.run(self.statement_timeout, input, op))
    }

    pub(super) async fn scan<I, O>(&self, input: I, op: Op<I, O>) -> Result<O>
    where
        I: Send + Sync + 'static,
        O: Send + 'static,
    {
        let _permit = self.permit().await?;
        let (readers, timeout) = (Arc::clone(&self.readers), self.statement_timeout);
        let read = tokio::task::spawn_blocking(move || readers.run(timeout, &input, op)).await;
        self.noted(read.map_err(|error| Error::internal("a reader failed").with_source(error))?)
    }

    /// Whether SQLite has found its file damaged since the start, and that was no mistake so far.
    pub(super) fn is_damaged(&self) -> bool {
        self.damage.is_found()
    }

    /// What changes when something was written that a session is made of; none when it cannot be told just now.
    pub(super) fn epoch(&self) -> Option<Epoch> {
        self.epochs.now()
    }

    /// Remembers damage.
    fn noted<O>(&self, outcome: Result<O>) -> Result<O> {
        if let Some(damage) = outcome.as_ref().err().and_then(damage_of) {
            self.damage.note(is_sure_damage(damage));
        }
        outcome
    }

    async fn permit(&self) -> Result<tokio::sync::SemaphorePermit<'_>> {
        if let Ok(permit) = self.readers.permits.try_acquire() {
            return Ok(permit);
        }
        match tokio::time::timeout(self.acquire_timeout, self.readers.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) => Err(Error::unavailable("the catalog is closed")),
            Err(_) => Err(Error::unavailable("no reader became free in time")),
        }
    }

    pub(super) async fn close(&self) {
        self.readers.permits.close();
        self.epochs.close();
        let (done, wait) = oneshot::channel();
        if self.writer.send(Job::Close(done)).await.is_ok() {
            // An error means that the thread is gone already.
            let _ = wait.await;
        }
        self.readers.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

struct Readers {
    path: PathBuf,
    permits: Semaphore,
    idle: Mutex<Vec<Reading>>,
    began: Instant,
}

struct Reading {
    connection: Connection,
    /// When the running statement is cut, in milliseconds after `Readers::began`.
    deadline: Arc<AtomicU64>,
}

impl Readers {
    fn run<I, O>(&self, timeout: Duration, input: &I, op: Op<I, O>) -> Result<O> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Reading { connection, deadline } = match idle {
            Some(reading) => reading,
            None => self.connect()?,
        };
        deadline.store(millis(self.began.elapsed().saturating_add(timeout)), Ordering::Relaxed);
        let mut tx = Tx::new(Link::Sqlite(connection));
        let outcome = finish(op(&mut tx, input));
        if let Link::Sqlite(connection) = tx.link {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(Reading { connection, deadline });
        }
        outcome
    }

    fn connect(&self) -> Result<Reading> {
        let mut connection = connect(&self.path)?;
        connection.execute_batch("PRAGMA query_only = ON").map_err(from_sqlite)?;
        let deadline = Arc::new(AtomicU64::new(u64::MAX));
        let (began, until) = (self.began, Arc::clone(&deadline));
        connection
            .progress_handler(20_000, Some(move || millis(began.elapsed()) > until.load(Ordering::Relaxed)))
            .map_err(from_sqlite)?;
        Ok(Reading { connection, deadline })
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn run_writer(connection: Connection, jobs: mpsc::Receiver<Job>, damage: &Damage, epochs: &Epochs) {
    let mut tx = Tx::new(Link::Sqlite(connection));
    tx.ceilings = Ceilings::of_writer();
    let mut queue = Queue::new(jobs);
    while let Some(first) = queue.first() {
        run_batch(&mut tx, &mut queue.batch(first), damage, epochs);
    }
    if let Link::Sqlite(connection) = tx.link {
        // The log is replayed at the next start if this fails.
        let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    if let Some(done) = queue.closing {
        let _ = done.send(());
    }
}

fn run_batch(tx: &mut Tx, batch: &mut Batch<'_>, damage: &Damage, epochs: &Epochs) {
    let mut replies = Vec::new();
    let outcome = run_transaction(tx, batch, &mut replies, epochs);
    if outcome.is_err()
        && let Link::Sqlite(connection) = &tx.link
        && !connection.is_autocommit()
    {
        // The transaction is lost either way; a connection that cannot even roll back says so at the next one.
        let _ = connection.execute_batch("ROLLBACK");
    }
    if let Some(error) = outcome.as_ref().err().filter(|error| is_damage(error)) {
        damage.note(is_sure_damage(error));
    }
    let broken = outcome.err().map(|error| error.to_string());
    if let Some(why) = &broken {
        tracing::error!(error = %why, operations = replies.len(), "SQLite could not commit");
    }
    for reply in replies {
        reply(broken.as_deref());
    }
}

fn run_transaction(
    tx: &mut Tx,
    batch: &mut Batch<'_>,
    replies: &mut Vec<Reply>,
    epochs: &Epochs,
) -> Result<(), rusqlite::Error> {
    let mut begun = begin(tx, epochs);
    tx.concerns_sessions = false;
    // As long as nothing was written, an operation needs no savepoint: the whole transaction can be given up for it.
    let mut empty = true;
    let mut rows = rows_so_far(tx);
    while let Some(write) = if begun.is_ok() { batch.next() } else { batch.next_at_hand() } {
        if begun.is_err() {
            // Nothing ran; the callers still get their answer, and it is the error.
            replies.push(unstarted(write));
            continue;
        }
        if !empty {
            statement(tx, "SAVEPOINT operation")?;
        }
        let Ran { failed, reply } = write(tx);
        replies.push(reply);
        // A full disk or an I/O error may have ended the whole transaction, what earlier operations wrote with it.
        begun = if autocommit(tx) {
            Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT),
                Some("the transaction was rolled back by SQLite".to_owned()),
            ))
        } else {
            match (failed, empty) {
                (true, true) => statement(tx, "ROLLBACK").and_then(|()| begin(tx, epochs)),
                (true, false) => {
                    tx.ceilings.undone();
                    statement(tx, "ROLLBACK TO operation").and_then(|()| statement(tx, "RELEASE operation"))
                }
                (false, true) => Ok(()),
                (false, false) => statement(tx, "RELEASE operation"),
            }
        };
        empty &= failed;
        if empty {
            rows = rows_so_far(tx);
        }
    }
    begun?;
    let commits = Instant::now();
    // A transaction that wrote a row makes a commit of the log, also when that was undone by a savepoint; others may make none.
    let wrote = rows_so_far(tx) != rows;
    let outcome = if tx.concerns_sessions || !wrote {
        statement(tx, "COMMIT")
    } else {
        epochs.within(|| statement(tx, "COMMIT"))
    };
    batch.committed(commits.elapsed());
    if outcome.is_ok() {
        tx.ceilings.committed(wrote, epochs.header());
    }
    outcome
}

/// Begins a transaction beside which nobody else can write.
fn begin(tx: &mut Tx, epochs: &Epochs) -> Result<(), rusqlite::Error> {
    statement(tx, "BEGIN IMMEDIATE")?;
    tx.ceilings.begun(epochs.header());
    Ok(())
}

/// Rows that the connection has written since it was opened.
fn rows_so_far(tx: &Tx) -> u64 {
    match &tx.link {
        Link::Sqlite(connection) => connection.total_changes(),
        Link::Postgres(_) | Link::MariaDb(_) => 0,
    }
}

fn unstarted(write: Write) -> Reply {
    // Dropping the operation drops its end of the channel; the caller reads that as "the writer went away".
    Box::new(move |_| drop(write))
}

fn statement(tx: &Tx, sql: &str) -> Result<(), rusqlite::Error> {
    match &tx.link {
        Link::Sqlite(connection) => connection.prepare_cached(sql)?.execute([]).map(drop),
        Link::Postgres(_) | Link::MariaDb(_) => Ok(()),
    }
}

fn autocommit(tx: &Tx) -> bool {
    match &tx.link {
        Link::Sqlite(connection) => connection.is_autocommit(),
        Link::Postgres(_) | Link::MariaDb(_) => false,
    }
}

/// `///absolute`, `//relative` after SQLAlchemy's four and three slashes, or a plain path.
fn path_of(rest: &str) -> Result<PathBuf> {
    let path = rest.strip_prefix("//").map_or(rest, |path| {
        // sqlite:///x is x in SQLAlchemy and /x everywhere else; //// is /x in both.
        if path.starts_with("//") { path.get(1..).unwrap_or_default() } else { path }
    });
    if path.is_empty() || path.contains(['?', '\0']) || path.starts_with(":memory:") {
        return Err(Error::invalid("The URL of the SQLite database must be sqlite: and the path of a file."));
    }
    Ok(PathBuf::from(path))
}

fn lock(path: &Path) -> Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&name)
        .map_err(|error| Error::unavailable(format!("cannot make {}", name.display())).with_source(error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(Error::conflict(format!("Another server uses the database {}.", path.display())))
        }
        Err(std::fs::TryLockError::Error(error)) => {
            Err(Error::unavailable(format!("cannot lock {}", name.display())).with_source(error))
        }
    }
}

/// Makes the file, readable for its owner only: it holds secrets. Its companions inherit the mode.
fn create(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|error| Error::unavailable(format!("cannot open {}", path.display())).with_source(error))
}

pub(super) fn connect(path: &Path) -> Result<Connection> {
    connect_by(|flags| Connection::open_with_flags(path, flags))
}

/// The connection that writes.
fn connect_writer(path: &Path) -> Result<Connection> {
    let vfs = log_file::vfs()?;
    let connection = connect_by(|flags| Connection::open_with_flags_and_vfs(path, flags, vfs))?;
    prepare_writer(&connection)?;
    Ok(connection)
}

fn connect_by(open: impl FnOnce(OpenFlags) -> rusqlite::Result<Connection>) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
    let open = || -> rusqlite::Result<Connection> {
        let connection = open(flags)?;
        // What cannot be opened for writing SQLite opens for reading, also when only a descriptor was wanting for a moment:
        // such a connection would refuse every write for as long as it lives.
        if connection.is_readonly("main")? {
            let failure = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
            return Err(rusqlite::Error::SqliteFailure(failure, Some("it opens for reading only".to_owned())));
        }
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Plans do not depend on bound values. Without this SQLite prepares a kept statement anew at each binding, in case
        // its statistics had a better plan for the new value: two thirds of the cost of a small read.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection
            .execute_batch("PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;")?;
        Ok(connection)
    };
    open().map_err(from_sqlite)
}

fn prepare_writer(connection: &Connection) -> Result<()> {
    let prepare = || -> rusqlite::Result<String> {
        // NORMAL would lose acknowledged commits at power loss, and others what has not come to the log yet.
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;")?;
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0))?;
        connection.pragma_update(None, "wal_autocheckpoint", LOGGED)?;
        connection.pragma_update(None, "cache_size", -KEPT)?;
        Ok(mode)
    };
    match prepare().map_err(from_sqlite)?.as_str() {
        "wal" => Ok(()),
        mode => Err(Error::unavailable(format!("SQLite cannot use a write-ahead log here (journal mode {mode})"))),
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(Some(value)) => ValueRef::Integer(*value),
            Self::Text(Some(value)) => ValueRef::Text(value.as_bytes()),
            Self::Int(None) | Self::Text(None) => ValueRef::Null,
        }))
    }
}

pub(super) fn execute(connection: &mut Connection, sql: &str, values: &[Value<'_>]) -> Result<u64> {
    let run = || connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values));
    run().map(|rows| u64::try_from(rows).unwrap_or(u64::MAX)).map_err(from_sqlite)
}

/// Hands on the rows of a query, at most `limit`, one by one as SQLite comes to them.
pub(super) fn each(
    connection: &mut Connection,
    sql: &str,
    values: &[Value<'_>],
    limit: usize,
    mut take: impl FnMut(&rusqlite::Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut statement = connection.prepare_cached(sql).map_err(from_sqlite)?;
    let mut found = statement.query(rusqlite::params_from_iter(values)).map_err(from_sqlite)?;
    for _ in 0..limit {
        let Some(row) = found.next().map_err(from_sqlite)? else { break };
        take(row)?;
    }
    Ok(())
}

/// The rows of a query, at most `limit`.
pub(super) fn rows(connection: &mut Connection, sql: &str, values: &[Value<'_>], limit: usize) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    each(connection, sql, values, limit, |row| {
        let mut cells = Vec::new();
        while let Some(found) = cell(row, cells.len())? {
            cells.push(match found {
                Found::Null => Cell::Null,
                Found::Int(value) => Cell::Int(value),
                Found::Text(text) => Cell::Text(text.into_owned()),
            });
        }
        rows.push(Row::new(cells));
        Ok(())
    })?;
    Ok(rows)
}

/// A value of the row that SQLite has come to; none beyond the last column.
#[inline]
pub(super) fn cell<'r>(row: &'r rusqlite::Row<'_>, column: usize) -> Result<Option<Found<'r>>> {
    match row.get_ref(column) {
        Ok(ValueRef::Null) => Ok(Some(Found::Null)),
        Ok(ValueRef::Integer(value)) => Ok(Some(Found::Int(value))),
        Ok(ValueRef::Text(bytes)) => Ok(Some(Found::Text(text(bytes)))),
        Ok(ValueRef::Real(_) | ValueRef::Blob(_)) => {
            Err(from_sqlite(rusqlite::Error::InvalidColumnType(column, String::new(), rusqlite::types::Type::Blob)))
        }
        Err(rusqlite::Error::InvalidColumnIndex(_)) => Ok(None),
        Err(error) => Err(from_sqlite(error)),
    }
}

/// SQLite does not promise that a text is UTF-8.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Instructions of SQLite's machine that a query takes.
pub(super) fn steps(connection: &mut Connection, sql: &str, values: &[Value<'_>]) -> Result<u64> {
    let run = || -> rusqlite::Result<i32> {
        let mut statement = connection.prepare(sql)?;
        let mut found = statement.query(rusqlite::params_from_iter(values))?;
        while found.next()?.is_some() {}
        drop(found);
        Ok(statement.get_status(StatementStatus::VmStep))
    };
    run().map(|steps| u64::try_from(steps).unwrap_or(0)).map_err(from_sqlite)
}

#[cfg(test)]
mod tests {
    use super::{super::Reader, *};

    /// Operations of one transaction that each write a number and then hold or fail; the numbers that stayed.
    fn kept(holds: &[bool]) -> Vec<i64> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE numbers (number INTEGER NOT NULL)").unwrap();
        let mut tx = Tx::new(Link::Sqlite(connection));
        let (sender, jobs) = mpsc::channel(holds.len());
        for (number, failed) in holds.iter().map(|hold| !hold).enumerate() {
            let write: Write = Box::new(move |tx| {
                statement(tx, &format!("INSERT INTO numbers VALUES ({number})")).unwrap();
                Ran { failed, reply: Box::new(|broken| assert_eq!(broken, None)) }
            });
            assert!(sender.try_send(Job::Write(write)).is_ok());
        }
        let mut queue = Queue::new(jobs);
        let first = queue.first().unwrap();
        run_batch(&mut tx, &mut queue.batch(first), &Damage::new(PathBuf::new()), &Epochs::default());
        let Link::Sqlite(connection) = &tx.link else { unreachable!("it was made of SQLite") };
        assert!(connection.is_autocommit(), "the transaction is over");
        let mut statement = connection.prepare("SELECT number FROM numbers ORDER BY number").unwrap();
        let numbers = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap);
        numbers.collect()
    }

    /// What `read` makes of a row, or the words of its error: where SQLite has it, and when it was kept.
    fn both_ways<T>(columns: &str, read: impl Fn(&mut Reader<'_>) -> Result<T>) -> [Result<T, String>; 2] {
        let mut connection = Connection::open_in_memory().unwrap();
        let sql = format!("SELECT {columns}");
        let mut kept = rows(&mut connection, &sql, &[], 1).unwrap();
        let mut in_place = None;
        each(&mut connection, &sql, &[], 1, |row| {
            in_place = Some(read(&mut Reader::of_sqlite(row, "things")));
            Ok(())
        })
        .unwrap();
        [in_place.unwrap(), read(&mut kept[0].reader("things"))].map(|read| read.map_err(|error| error.report()))
    }

    #[test]
    fn a_row_is_read_in_place_as_when_it_is_kept() {
        let read = |row: &mut Reader<'_>| {
            let (name, none, broken) = (row.text("name")?, row.opt_text("none")?, row.text("broken")?);
            Ok((name, none, broken, row.int("number")?, row.json::<Vec<u8>>("list")?, row.flag("flag")?))
        };
        for read in both_ways("'\u{e9}', NULL, CAST(X'61FF' AS TEXT), 7, '[1, 2]', 1", read) {
            let expected = ("\u{e9}".to_owned(), None, "a\u{fffd}".to_owned(), 7, vec![1, 2], true);
            assert_eq!(read, Ok(expected));
        }
        for (columns, how) in [
            ("'one'", "is missing"),
            ("'one', NULL", "is null"),
            ("'one', 'two'", "is text, not a number"),
            ("'one', 7", "is neither 0 nor 1"),
        ] {
            let read = |row: &mut Reader<'_>| Ok((row.text("first")?, row.flag("second")?));
            for read in both_ways(columns, read) {
                let expected = format!("table things, row one: column second {how}");
                assert!(read.as_ref().is_err_and(|words| words.contains(&expected)), "{columns}: {read:?}");
            }
        }
    }

    #[test]
    fn a_file_that_opens_for_reading_only_is_not_opened() {
        // A program that runs is nobody's to write, whoever asks.
        let refused = connect(&std::env::current_exe().unwrap()).unwrap_err();
        assert!(refused.report().contains("it opens for reading only"), "{}", refused.report());
    }

    #[test]
    fn a_failed_operation_takes_nothing_along() {
        for mask in 0..32_u32 {
            let holds: Vec<bool> = (0..5).map(|at| mask >> at & 1 == 1).collect();
            let expected: Vec<i64> = (0..5).filter(|at| mask >> at & 1 == 1).collect();
            assert_eq!(kept(&holds), expected, "{holds:?}");
        }
    }
}
