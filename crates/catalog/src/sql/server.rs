//! PostgreSQL and MariaDB: pooled connections, READ COMMITTED, and repetition of what the database rolled back.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use salon_core::{Error, Kind, Result};
use sqlx::{
    AssertSqlSafe, Column as _, Connection as _, Executor as _, MySql, Postgres, Row as _, TypeInfo as _,
    ValueRef as _, pool::PoolOptions,
};
use tokio::{sync::Semaphore, time::timeout};

use super::{
    Link, Op, Tx,
    error::{Fault, fault, from_server},
    loan::Loan,
    row::{Cell, Row, Value},
    witness::{Trace, Witness},
};
use crate::Options;

/// How often a transaction is tried.
const ATTEMPTS: u32 = 12;
/// A connection that was idle for longer is tested before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(5);
/// How long a statement waits for a row that another transaction holds.
const LOCK_SECONDS: u64 = 10;
/// How long the outcome of a commit is looked for after its answer was lost.
const SETTLE: Duration = Duration::from_secs(10);
/// Prepared statements kept per connection.
const STATEMENTS: usize = 256;
/// Requests that may wait for a connection; further ones are refused at once.
const WAITING: usize = 1024;
/// The database cuts a statement at its time-out and says so. Beyond that, and the time for the words to arrive, nothing
/// will come any more: the network swallows them.
const ANSWER_GRACE: Duration = Duration::from_secs(2);

/// The connections of one database.
pub(super) struct Pool<D: sqlx::Database> {
    pool: sqlx::Pool<D>,
    acquire_timeout: Duration,
    /// How long an answer of the database is waited for.
    patience: Duration,
    waiting: Semaphore,
    /// Makes marks of transactions unlike those of other servers.
    name: u64,
    marks: AtomicU64,
}

impl<D: sqlx::Database> Pool<D> {
    pub(super) async fn close(&self) {
        // Connections in use are waited for, but not for ever.
        let _ = timeout(self.acquire_timeout, self.pool.close()).await;
    }

    async fn lend(&self) -> Result<Loan<D>> {
        let Ok(_place) = self.waiting.try_acquire() else {
            return Err(Error::unavailable("too many requests wait for a connection to the database"));
        };
        let connection = self.pool.acquire().await.map_err(from_server)?;
        Ok(Loan::new(connection, self.patience))
    }

    async fn open(pool: sqlx::Pool<D>, options: &Options) -> Result<Self> {
        pool.acquire().await.map_err(from_server)?;
        let patience = options.statement_timeout.saturating_add(ANSWER_GRACE);
        let name = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id());
        Ok(Self {
            pool,
            acquire_timeout: options.acquire_timeout,
            patience,
            waiting: Semaphore::new(WAITING),
            name,
            marks: AtomicU64::new(0),
        })
    }

    /// The mark of a transaction: no other has it.
    fn mark(&self) -> String {
        format!("{:016x}-{}", self.name, self.marks.fetch_add(1, Ordering::Relaxed))
    }
}

pub(super) type PostgresLink = Loan<Postgres>;
pub(super) type MariaDbLink = Loan<MySql>;

/// What to do about a failed attempt.
enum Next {
    Again,
    Fail,
}

fn judge(error: &Error, attempt: u32) -> Next {
    match fault(error) {
        Some(Fault::Repeat(_) | Fault::Lost(_)) if attempt < ATTEMPTS => Next::Again,
        _ => Next::Fail,
    }
}

/// Waits a little longer each time, and never as long as the neighbour that collided at the same moment.
async fn back_off(attempt: u32) {
    let most = 2_u64 << attempt.min(6);
    let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), attempt);
    tokio::time::sleep(Duration::from_millis(1 + seed % most)).await;
}

/// How a transaction ended, as far as this side heard.
enum End<O> {
    Committed(O),
    /// The commit was sent and its answer did not arrive. Whoever has the witness can find out.
    Unheard(O, Witness, Error),
}

/// The commit was sent and its answer did not arrive, or it was refused.
fn unheard<O>(output: O, trace: Trace, error: Error) -> Result<End<O>> {
    // Refused for certain: nothing was written.
    if matches!(fault(&error), Some(Fault::Repeat(_))) || error.kind() != Kind::Unavailable {
        return Err(error);
    }
    match trace {
        Trace::None => Ok(End::Committed(output)),
        Trace::Witness(witness) => Ok(End::Unheard(output, witness, error)),
        Trace::Changes => Err(unknown(error)),
    }
}

fn unknown(error: Error) -> Error {
    Error::unavailable("the outcome of a commit is unknown").with_source(UnknownOutcome(error))
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?}")]
struct UnknownOutcome(Error);

/// `?` to `$1`, `$2`, …; no statement of this crate has a question mark elsewhere.
fn numbered(sql: &str) -> String {
    let mut text = String::with_capacity(sql.len() + 32);
    for (at, part) in sql.split('?').enumerate() {
        if at > 0 {
            text.push('$');
            text.push_str(&at.to_string());
        }
        text.push_str(part);
    }
    text
}

fn pool_options<D: sqlx::Database>(options: &Options) -> PoolOptions<D> {
    PoolOptions::new()
        .max_connections(options.max_connections.clamp(1, 1024))
        .min_connections(0)
        .acquire_timeout(options.acquire_timeout)
        .max_lifetime(Duration::from_secs(1800))
        .idle_timeout(Duration::from_secs(300))
        .test_before_acquire(false)
        .before_acquire(|connection: &mut D::Connection, meta| {
            Box::pin(async move {
                if meta.idle_for < TRUSTED_IDLE {
                    return Ok(true);
                }
                Ok(connection.ping().await.is_ok())
            })
        })
}

macro_rules! driver {
    ($name:ident, $database:ty, $row:ty, $link:ident, $variant:ident, $sql:expr, $int_types:pat) => {
        pub(super) mod $name {
            use super::*;

            pub(in crate::sql) async fn execute(link: &mut $link, sql: &str, values: &[Value<'_>]) -> Result<u64> {
                let (connection, patience) = link.ask()?;
                let answer = timeout(patience, bound(sql, values).execute(connection)).await;
                link.heard(answer).map(|done| done.rows_affected())
            }

            pub(in crate::sql) async fn rows(link: &mut $link, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>> {
                let (connection, patience) = link.ask()?;
                let answer = timeout(patience, bound(sql, values).fetch_all(connection)).await;
                link.heard(answer)?.iter().map(decode).collect()
            }

            /// Begins or ends a transaction.
            async fn say(link: &mut $link, word: &'static str) -> Result<()> {
                let (connection, patience) = link.ask()?;
                let answer = timeout(patience, connection.execute(sqlx::raw_sql(word))).await;
                link.heard(answer).map(drop)
            }

            pub(in crate::sql) async fn write<I, O>(pool: &Pool<$database>, input: &I, op: Op<I, O>) -> Result<O>
            where
                I: Send + Sync,
                O: Send,
            {
                let mut attempt = 0;
                loop {
                    attempt += 1;
                    let failure = match write_once(pool, input, op).await {
                        Ok(End::Committed(output)) => return Ok(output),
                        Ok(End::Unheard(output, witness, error)) => match settle(pool, &witness).await {
                            Some(true) => return Ok(output),
                            // It was rolled back with the connection, and this error says that it broke.
                            Some(false) => error,
                            None => return Err(unknown(error)),
                        },
                        Err(error) => error,
                    };
                    match judge(&failure, attempt) {
                        Next::Again => back_off(attempt).await,
                        Next::Fail => return Err(failure),
                    }
                }
            }

            /// Whether a transaction was committed whose answer was lost; `None` when the database did not say in time.
            async fn settle(pool: &Pool<$database>, witness: &Witness) -> Option<bool> {
                let asking = async {
                    let mut attempt = 0;
                    loop {
                        attempt += 1;
                        match ask(pool, witness).await {
                            Ok(committed) => return committed,
                            Err(error) => {
                                tracing::warn!(error = error.report(), attempt, "looking for the outcome of a commit");
                                back_off(attempt).await;
                            }
                        }
                    }
                };
                let outcome = timeout(SETTLE, asking).await.ok();
                tracing::warn!(committed = outcome, "the connection to the database was lost in a commit");
                outcome
            }

            async fn ask(pool: &Pool<$database>, witness: &Witness) -> Result<bool> {
                let mut link = pool.lend().await?;
                link.begins();
                say(&mut link, "BEGIN").await?;
                let mut tx = Tx::new(Link::$variant(link));
                let outcome = tx.is_committed(witness).await;
                if let Link::$variant(mut link) = tx.link
                    && say(&mut link, "ROLLBACK").await.is_ok()
                {
                    link.ended();
                }
                outcome
            }

            async fn write_once<I, O>(pool: &Pool<$database>, input: &I, op: Op<I, O>) -> Result<End<O>> {
                let mut link = pool.lend().await?;
                link.begins();
                say(&mut link, "BEGIN").await?;
                let mut tx = Tx::new(Link::$variant(link));
                let mut outcome = op(&mut tx, input).await;
                if outcome.is_ok()
                    && let Err(error) = tx.be_witnessed(|| pool.mark()).await
                {
                    outcome = Err(error);
                }
                let Link::$variant(mut link) = tx.link else {
                    return Err(Error::internal("a transaction changed its database"));
                };
                match outcome {
                    Ok(output) => match say(&mut link, "COMMIT").await {
                        Ok(()) => {
                            link.ended();
                            Ok(End::Committed(output))
                        }
                        Err(error) => unheard(output, tx.trace, error),
                    },
                    Err(error) => {
                        // A connection that cannot even do that is closed, and then the database does.
                        if say(&mut link, "ROLLBACK").await.is_ok() {
                            link.ended();
                        }
                        Err(error)
                    }
                }
            }

            pub(in crate::sql) async fn read<I, O>(pool: &Pool<$database>, input: &I, op: Op<I, O>) -> Result<O>
            where
                I: Send + Sync,
                O: Send,
            {
                let mut attempt = 0;
                loop {
                    attempt += 1;
                    let outcome = match pool.lend().await {
                        Ok(link) => {
                            let mut tx = Tx::new(Link::$variant(link));
                            op(&mut tx, input).await
                        }
                        Err(error) => Err(error),
                    };
                    match outcome {
                        Ok(output) => return Ok(output),
                        Err(error) => match judge(&error, attempt) {
                            Next::Again => back_off(attempt).await,
                            Next::Fail => return Err(error),
                        },
                    }
                }
            }

            fn bound<'q>(
                sql: &str,
                values: &[Value<'q>],
            ) -> sqlx::query::Query<'q, $database, <$database as sqlx::Database>::Arguments> {
                let text: fn(&str) -> String = $sql;
                let mut query = sqlx::query(AssertSqlSafe(text(sql)));
                for value in values {
                    query = match *value {
                        Value::Int(value) => query.bind(value),
                        Value::Text(value) => query.bind(value.map(str::to_owned)),
                    };
                }
                query
            }

            fn decode(row: &$row) -> Result<Row> {
                let mut cells = Vec::with_capacity(row.len());
                for column in row.columns() {
                    let raw = row.try_get_raw(column.ordinal()).map_err(from_server)?;
                    if raw.is_null() {
                        cells.push(Cell::Null);
                        continue;
                    }
                    let number = matches!(raw.type_info().name(), $int_types);
                    let cell = if number {
                        <i64 as sqlx::Decode<'_, $database>>::decode(raw).map(Cell::Int)
                    } else {
                        <&str as sqlx::Decode<'_, $database>>::decode(raw).map(|text| Cell::Text(text.to_owned()))
                    };
                    cells.push(cell.map_err(|error| {
                        Error::internal(format!("column {} cannot be read", column.name())).with_source(error)
                    })?);
                }
                Ok(Row::new(cells))
            }
        }
    };
}

driver!(postgres, Postgres, sqlx::postgres::PgRow, PostgresLink, Postgres, numbered, "INT8" | "INT4" | "INT2");
driver!(
    mariadb,
    MySql,
    sqlx::mysql::MySqlRow,
    MariaDbLink,
    MariaDb,
    str::to_owned,
    "BIGINT" | "INT" | "SMALLINT" | "TINYINT" | "BIGINT UNSIGNED" | "INT UNSIGNED" | "BOOLEAN"
);

/// Rows that the nodes of a query's plan answer and discard.
pub(super) async fn postgres_steps(link: &mut PostgresLink, sql: &str, values: &[Value<'_>]) -> Result<u64> {
    let plan = format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {sql}");
    let mut steps = 0;
    for mut row in postgres::rows(link, &plan, values).await? {
        let line = row.reader("(plan)").text("line")?;
        let number = |name: &str| -> u64 {
            let after = line.split_once(name).map_or("", |(_, after)| after);
            let digits = after.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
            digits.parse().unwrap_or(0)
        };
        steps += number("rows=") * number("loops=").max(1) + number("Removed by Filter: ");
    }
    Ok(steps)
}

/// Rows that a query makes the storage engine read.
pub(super) async fn mariadb_steps(link: &mut MariaDbLink, sql: &str, values: &[Value<'_>]) -> Result<u64> {
    const READS: &str = "SELECT CAST(SUM(VARIABLE_VALUE) AS SIGNED) FROM information_schema.SESSION_STATUS \
        WHERE VARIABLE_NAME IN ('HANDLER_READ_FIRST', 'HANDLER_READ_KEY', 'HANDLER_READ_LAST', 'HANDLER_READ_NEXT', \
        'HANDLER_READ_PREV', 'HANDLER_READ_RND', 'HANDLER_READ_RND_NEXT', 'SORT_ROWS')";
    let mut counts = Vec::new();
    for query in [None, Some(sql), None] {
        match query {
            Some(sql) => drop(mariadb::rows(link, sql, values).await?),
            None => match mariadb::rows(link, READS, &[]).await?.first_mut() {
                Some(row) => counts.push(row.reader("SESSION_STATUS").int("(value)")?),
                None => return Err(Error::internal("MariaDB has no counters")),
            },
        }
    }
    match counts.as_slice() {
        // Reading the counters itself reads a few hundred rows, the same each time.
        [before, after] => Ok(u64::try_from(after - before).unwrap_or(0)),
        _ => Ok(0),
    }
}

/// The pool tries again for a while and then only says that it had no connection; this says why.
fn not_set_up(error: &sqlx::Error) {
    tracing::error!(%error, "a new connection to the database could not be set up");
}

pub(super) mod connecting {
    use sqlx::{ConnectOptions as _, mysql::MySqlConnectOptions, postgres::PgConnectOptions};

    use super::*;

    /// Parameters of a URL that mean something for PostgreSQL.
    const PARAMETERS: [&str; 17] = [
        "sslmode",
        "ssl-mode",
        "sslrootcert",
        "ssl-root-cert",
        "ssl-ca",
        "sslcert",
        "ssl-cert",
        "sslkey",
        "ssl-key",
        "statement-cache-capacity",
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "password",
        "application_name",
    ];

    /// A URL without the parameters that mean nothing. The driver would warn of them, with their values: and one of these
    /// may be a password under a name of some other driver.
    fn only_known(url: &str) -> String {
        let Some((place, query)) = url.split_once('?') else { return url.to_owned() };
        let is_known = |part: &&str| {
            let key = part.split('=').next().unwrap_or_default();
            let known = PARAMETERS.contains(&key) || key == "options" || key.starts_with("options[");
            if !known && !key.is_empty() {
                tracing::warn!(parameter = key, "a parameter of the database's URL means nothing and is ignored");
            }
            known
        };
        let kept: Vec<&str> = query.split('&').filter(is_known).collect();
        if kept.is_empty() { place.to_owned() } else { format!("{place}?{}", kept.join("&")) }
    }

    pub(in crate::sql) async fn postgres(url: &str, options: &Options) -> Result<Pool<Postgres>> {
        let settings: PgConnectOptions = only_known(url).parse().map_err(from_server)?;
        let settings =
            settings.application_name("salon").statement_cache_capacity(STATEMENTS).disable_statement_logging();
        let statement_ms = options.statement_timeout.as_millis();
        let setup = format!(
            "SET default_transaction_isolation = 'read committed'; SET statement_timeout = {statement_ms}; \
             SET lock_timeout = {}; SET idle_in_transaction_session_timeout = 60000; SET client_min_messages = warning",
            LOCK_SECONDS * 1000
        );
        let pool = pool_options::<Postgres>(options)
            .after_connect(move |connection, _| {
                let setup = setup.clone();
                Box::pin(async move {
                    let outcome = connection.execute(sqlx::raw_sql(AssertSqlSafe(setup))).await;
                    outcome.map(drop).inspect_err(not_set_up)
                })
            })
            .connect_lazy_with(settings);
        Pool::open(pool, options).await
    }

    pub(in crate::sql) async fn mariadb(url: &str, options: &Options) -> Result<Pool<MySql>> {
        let settings: MySqlConnectOptions = url.parse().map_err(from_server)?;
        let settings = settings
            .charset("utf8mb4")
            .collation("utf8mb4_nopad_bin")
            .statement_cache_capacity(STATEMENTS)
            .disable_statement_logging();
        let setup = format!(
            "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
             SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', \
             innodb_lock_wait_timeout = {LOCK_SECONDS}, max_statement_time = {}",
            options.statement_timeout.as_secs().max(1)
        );
        let pool = pool_options::<MySql>(options)
            .after_connect(move |connection, _| {
                let setup = setup.clone();
                Box::pin(async move {
                    let outcome = connection.execute(sqlx::raw_sql(AssertSqlSafe(setup))).await;
                    outcome.map(drop).inspect_err(not_set_up)
                })
            })
            .connect_lazy_with(settings);
        Pool::open(pool, options).await
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn unknown_parameters_are_left_out() {
            for (url, kept) in [
                ("postgresql:h", "postgresql:h"),
                ("postgresql:h?", "postgresql:h"),
                ("postgresql:h?sslpassword=x", "postgresql:h"),
                ("postgresql:h?a&sslmode=require&b=1&options[x]=2", "postgresql:h?sslmode=require&options[x]=2"),
            ] {
                assert_eq!(super::only_known(url), kept);
            }
        }
    }
}
