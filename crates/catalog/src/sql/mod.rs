//! One way to talk to three databases.
//!
//! An operation is a function of a transaction and its input, written once:
//! `fn op<'a>(tx: &'a mut Tx, input: &'a I) -> Answer<'a, O>`. On PostgreSQL and MariaDB it really waits; on SQLite every
//! statement is over when the call returns, so the same future is polled once, on the writer's thread or where the reader
//! stands. Statements use `?` for values and only integers and texts, so that their meaning is the same everywhere:
//! numbers are 64 bits, booleans 0 and 1, instants microseconds, texts compare byte by byte.

mod ceilings;
mod damage;
mod epoch;
mod error;
mod loan;
mod log_file;
mod queue;
mod row;
mod server;
mod sqlite;
mod wal_index;
mod witness;

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use salon_core::{Error, Result};

use self::{ceilings::Ceilings, row::Row, witness::Trace};
pub(crate) use self::{
    epoch::Epoch,
    error::is_unique,
    row::{Reader, Value, insert_into, update_of, values},
    witness::Log,
};
use crate::Options;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
    MariaDb,
}

/// The outcome of an operation, when it is known.
pub(crate) type Answer<'a, O> = Pin<Box<dyn Future<Output = Result<O>> + Send + 'a>>;

/// An operation.
pub(crate) type Op<I, O> = for<'a> fn(&'a mut Tx, &'a I) -> Answer<'a, O>;

/// A connection while an operation uses it: inside a transaction for writes, outside for reads.
pub(crate) struct Tx {
    link: Link,
    trace: Trace,
    /// Whether a statement ran that may write what a session is made of.
    concerns_sessions: bool,
    /// How long lists can be at most.
    pub(crate) ceilings: Ceilings,
}

enum Link {
    Sqlite(rusqlite::Connection),
    Postgres(server::PostgresLink),
    MariaDb(server::MariaDbLink),
}

impl Tx {
    fn new(link: Link) -> Self {
        Self { link, trace: Trace::default(), concerns_sessions: false, ceilings: Ceilings::default() }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match &self.link {
            Link::Sqlite(_) => Dialect::Sqlite,
            Link::Postgres(_) => Dialect::Postgres,
            Link::MariaDb(_) => Dialect::MariaDb,
        }
    }

    /// Runs a statement; answers how many rows it touched (matched, for an update).
    pub(crate) async fn execute(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        self.look_at(sql, values)?;
        let touched = match &mut self.link {
            Link::Sqlite(connection) => return sqlite::execute(connection, sql, values),
            Link::Postgres(link) => server::postgres::execute(link, sql, values).await,
            Link::MariaDb(link) => server::mariadb::execute(link, sql, values).await,
        }?;
        self.trace.saw(sql, touched);
        Ok(touched)
    }

    /// Looks at a statement before it runs.
    fn look_at(&mut self, sql: &str, values: &[Value<'_>]) -> Result<()> {
        check(values)?;
        self.concerns_sessions |= epoch::concerns_sessions(sql);
        Ok(())
    }

    async fn rows(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>> {
        let rows = match &mut self.link {
            Link::Sqlite(connection) => sqlite::rows(connection, sql, values, usize::MAX),
            Link::Postgres(link) => server::postgres::rows(link, sql, values).await,
            Link::MariaDb(link) => server::mariadb::rows(link, sql, values).await,
        }?;
        self.trace.saw(sql, rows.len() as u64);
        Ok(rows)
    }

    /// What `read` makes of the row of a query that has at most one; `table` is for the words of an error.
    pub(crate) async fn one<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        table: &'static str,
        read: impl FnMut(&mut Reader<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.read(sql, values, 1, table, read).await?.pop())
    }

    /// The only column of the row of a query that has at most one.
    pub(crate) async fn number(&mut self, sql: &str, values: &[Value<'_>], table: &'static str) -> Result<Option<i64>> {
        self.one(sql, values, table, |row| row.int("(value)")).await
    }

    /// What a query that counts comes to; 0 when it has no row.
    pub(crate) async fn count(&mut self, sql: &str, values: &[Value<'_>], table: &'static str) -> Result<u64> {
        Ok(self.number(sql, values, table).await?.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    /// Whether a query that has at most one row has it; with [`Tx::for_update`] that row is locked.
    pub(crate) async fn has(&mut self, sql: &str, values: &[Value<'_>]) -> Result<bool> {
        Ok(self.one(sql, values, "(any)", |_| Ok(())).await?.is_some())
    }

    /// What `read` makes of each row of a query; every query bounds their number.
    pub(crate) async fn all<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        table: &'static str,
        read: impl FnMut(&mut Reader<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.read(sql, values, usize::MAX, table, read).await
    }

    async fn read<T>(
        &mut self,
        sql: &str,
        values: &[Value<'_>],
        limit: usize,
        table: &'static str,
        mut read: impl FnMut(&mut Reader<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.look_at(sql, values)?;
        if let Link::Sqlite(connection) = &mut self.link {
            let mut found = Vec::new();
            sqlite::each(connection, sql, values, limit, |row| {
                found.push(read(&mut Reader::of_sqlite(row, table))?);
                Ok(())
            })?;
            return Ok(found);
        }
        let rows = self.rows(sql, values).await?;
        rows.into_iter().take(limit).map(|mut row| read(&mut row.reader(table))).collect()
    }

    /// How many steps the database takes to answer a query: rows it touches on the servers, instructions on SQLite.
    /// Test support.
    pub(crate) async fn steps(&mut self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        match &mut self.link {
            Link::Sqlite(connection) => sqlite::steps(connection, sql, values),
            Link::Postgres(link) => server::postgres_steps(link, sql, values).await,
            Link::MariaDb(link) => server::mariadb_steps(link, sql, values).await,
        }
    }

    /// Inserts a row; false when one of its unique keys is taken, and then the transaction goes on.
    pub(crate) async fn insert(&mut self, sql: &str, values: &[Value<'_>]) -> Result<bool> {
        // A violation would end the transaction on PostgreSQL. Elsewhere only the statement is undone, while the ways
        // to ignore it there (INSERT IGNORE, OR IGNORE) would ignore other errors with it.
        let outcome = match self.dialect() {
            Dialect::Postgres => self.execute(&format!("{sql} ON CONFLICT DO NOTHING"), values).await,
            Dialect::Sqlite | Dialect::MariaDb => self.execute(sql, values).await,
        };
        match outcome {
            Ok(rows) => Ok(rows > 0),
            Err(error) if is_unique(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ends a `SELECT` whose rows are to stay as they are until the transaction ends.
    pub(crate) fn for_update(&self) -> &'static str {
        match self.dialect() {
            // There is one writer.
            Dialect::Sqlite => "",
            Dialect::Postgres | Dialect::MariaDb => " FOR UPDATE",
        }
    }

    /// Ends a `SELECT` that takes rows nobody else is working on.
    pub(crate) fn for_update_skip_locked(&self) -> &'static str {
        match self.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres | Dialect::MariaDb => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// A sum of whole numbers as a whole number.
    pub(crate) fn sum(&self, expression: &str) -> String {
        match self.dialect() {
            Dialect::Sqlite => format!("COALESCE(SUM({expression}), 0)"),
            Dialect::Postgres => format!("CAST(COALESCE(SUM({expression}), 0) AS BIGINT)"),
            Dialect::MariaDb => format!("CAST(COALESCE(SUM({expression}), 0) AS SIGNED)"),
        }
    }
}

/// PostgreSQL takes no NUL in a text, and what one database refuses the others refuse, too.
fn check(values: &[Value<'_>]) -> Result<()> {
    let unstorable = |value: &Value<'_>| matches!(value, Value::Text(Some(text)) if text.contains('\0'));
    if values.iter().any(unstorable) { Err(Error::invalid("Texts must not contain NUL characters.")) } else { Ok(()) }
}

/// A database with its connections.
#[derive(Clone)]
pub(crate) struct Db {
    engine: Arc<Engine>,
}

enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(server::Pool<sqlx::Postgres>),
    MariaDb(server::Pool<sqlx::MySql>),
}

/// What talks to a server is boxed: it is much larger than what asks SQLite, and the futures of a request have room for
/// both. Unboxed it makes them 19 KiB each, made and copied anew for each request.
impl Db {
    pub(crate) async fn open(options: &Options) -> Result<Self> {
        let (scheme, rest) = options
            .url
            .split_once(':')
            .ok_or_else(|| Error::invalid("The URL of the database has no scheme, such as sqlite: or postgresql:."))?;
        // SQLAlchemy's URLs name a driver after the database.
        let database = scheme.split_once('+').map_or(scheme, |(database, _)| database);
        let engine = match database {
            "sqlite" => Engine::Sqlite(sqlite::Sqlite::open(rest, options).await?),
            "postgresql" | "postgres" => {
                Engine::Postgres(server::connecting::postgres(&format!("postgresql:{rest}"), options).await?)
            }
            "mysql" | "mariadb" => {
                Engine::MariaDb(server::connecting::mariadb(&format!("mysql:{rest}"), options).await?)
            }
            _ => {
                return Err(Error::invalid("The URL of the database must begin with sqlite:, postgresql: or mysql:."));
            }
        };
        Ok(Self { engine: Arc::new(engine) })
    }

    /// Runs `op` in one transaction. When this answers `Ok`, the transaction is on disk.
    pub(crate) async fn write<I, O>(&self, input: I, op: Op<I, O>) -> Result<O>
    where
        I: Send + Sync + 'static,
        O: Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(input, op).await,
            Engine::Postgres(pool) => Box::pin(server::postgres::write(pool, &input, op)).await,
            Engine::MariaDb(pool) => Box::pin(server::mariadb::write(pool, &input, op)).await,
        }
    }

    /// Runs `op`, which only reads and is done in microseconds, outside a transaction.
    pub(crate) async fn read<I, O>(&self, input: I, op: Op<I, O>) -> Result<O>
    where
        I: Send + Sync,
        O: Send,
    {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(&input, op).await,
            Engine::Postgres(pool) => Box::pin(server::postgres::read(pool, &input, op)).await,
            Engine::MariaDb(pool) => Box::pin(server::mariadb::read(pool, &input, op)).await,
        }
    }

    /// Runs `op`, which only reads but may take a while, where it holds up nobody else.
    pub(crate) async fn scan<I, O>(&self, input: I, op: Op<I, O>) -> Result<O>
    where
        I: Send + Sync + 'static,
        O: Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.scan(input, op).await,
            Engine::Postgres(pool) => Box::pin(server::postgres::read(pool, &input, op)).await,
            Engine::MariaDb(pool) => Box::pin(server::mariadb::read(pool, &input, op)).await,
        }
    }

    /// What changes when something was written that a session is made of, where that can be told without asking the database.
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.epoch(),
            Engine::Postgres(_) | Engine::MariaDb(_) => None,
        }
    }

    /// Whether the database file was found damaged since the start; servers look after their own files.
    pub(crate) fn is_damaged(&self) -> bool {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.is_damaged(),
            Engine::Postgres(_) | Engine::MariaDb(_) => false,
        }
    }

    pub(crate) async fn close(&self) {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.close().await,
            Engine::Postgres(pool) => pool.close().await,
            Engine::MariaDb(pool) => pool.close().await,
        }
    }
}

/// Runs a future that never waits.
fn finish<O>(answer: Answer<'_, O>) -> Result<O> {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Err(Error::internal("an operation on SQLite waited for something")),
    }
}
