//! The schema: plain SQL files per database, forward only, every statement safe to run again.
//!
//! Servers that start at the same moment take turns under a lock of the database. Each file is one step from one version
//! to the next; a binary refuses a schema that is newer than the newest file it has.

use salon_core::{Error, Result, Timestamp};

use crate::{
    Schema,
    sql::{Answer, Db, Dialect, Tx, values},
};

struct Migration {
    sqlite: &'static str,
    postgres: &'static str,
    mariadb: &'static str,
}

macro_rules! migrations {
    ($($file:literal),* $(,)?) => {
        &[$(Migration {
            sqlite: include_str!(concat!("migrations/sqlite/", $file)),
            postgres: include_str!(concat!("migrations/postgres/", $file)),
            mariadb: include_str!(concat!("migrations/mariadb/", $file)),
        }),*]
    };
}

/// The n-th of them, counted from 1, makes version n.
const MIGRATIONS: &[Migration] = migrations![
    "0001_first.sql",
    "0002_api_keys.sql",
    "0003_tasks.sql",
    "0004_accounts.sql",
    "0005_rooms.sql",
    "0006_messages.sql",
    "0007_commits.sql",
    "0008_logs.sql",
];

const VERSIONS: &str = "CREATE TABLE IF NOT EXISTS schema_version \
    (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)";

/// The number under which servers lock each other out while they migrate; any fixed one does.
const LOCK: i64 = 0x5a10_0001;

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

pub(crate) async fn migrate(db: &Db, now: Timestamp) -> Result<Schema> {
    db.write(now, |tx, now| {
        Box::pin(async move {
            lock(tx).await?;
            let outcome = bring_up(tx, *now).await;
            unlock(tx).await?;
            outcome
        })
    })
    .await
}

pub(crate) async fn schema(db: &Db) -> Result<Schema> {
    db.read((), |tx, ()| Box::pin(async move { Ok(Schema { current: current(tx).await?, known: known() }) })).await
}

async fn bring_up(tx: &mut Tx, now: Timestamp) -> Result<Schema> {
    tx.execute(VERSIONS, &[]).await?;
    let from = current(tx).await?;
    if from > known() {
        return Err(Error::conflict(format!(
            "The database has schema {from}, and this version of the server knows {} at most. \
             Use the version that made it, or a newer one.",
            known()
        )));
    }
    for (version, migration) in (1_i64..).zip(MIGRATIONS).filter(|(version, _)| *version > from) {
        let file = match tx.dialect() {
            Dialect::Sqlite => migration.sqlite,
            Dialect::Postgres => migration.postgres,
            Dialect::MariaDb => migration.mariadb,
        };
        for statement in statements(file) {
            tx.execute(&statement, &[]).await?;
        }
        tx.execute("INSERT INTO schema_version (version, applied_at) VALUES (?, ?)", values![version, now]).await?;
    }
    Ok(Schema { current: known(), known: known() })
}

fn current(tx: &mut Tx) -> Answer<'_, i64> {
    Box::pin(async move {
        let catalog = match tx.dialect() {
            Dialect::Sqlite => "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'",
            Dialect::Postgres => {
                "SELECT COUNT(*) FROM pg_catalog.pg_tables \
                 WHERE schemaname = ANY (current_schemas(false)) AND tablename = 'schema_version'"
            }
            Dialect::MariaDb => {
                "SELECT COUNT(*) FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_name = 'schema_version'"
            }
        };
        if one(tx, catalog).await? == 0 {
            return Ok(0);
        }
        one(tx, "SELECT COALESCE(MAX(version), 0) FROM schema_version").await
    })
}

async fn one(tx: &mut Tx, sql: &str) -> Result<i64> {
    let number = tx.number(sql, &[], "schema_version").await?;
    number.ok_or_else(|| Error::internal("a query without groups answered no row"))
}

async fn lock(tx: &mut Tx) -> Result<()> {
    match tx.dialect() {
        // BEGIN IMMEDIATE is the lock.
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres => tx.execute("SELECT pg_advisory_xact_lock(?)", values![LOCK]).await.map(drop),
        Dialect::MariaDb => {
            let sql = "SELECT GET_LOCK(CONCAT('salon-schema.', MD5(DATABASE())), 10)";
            match tx.one(sql, &[], "(lock)", |row| row.opt_int("(value)")).await? {
                Some(Some(1)) => Ok(()),
                _ => Err(Error::unavailable("another server migrates the schema")),
            }
        }
    }
}

async fn unlock(tx: &mut Tx) -> Result<()> {
    match tx.dialect() {
        Dialect::Sqlite | Dialect::Postgres => Ok(()),
        // Its lock belongs to the connection, not to the transaction.
        Dialect::MariaDb => {
            tx.has("SELECT RELEASE_LOCK(CONCAT('salon-schema.', MD5(DATABASE())))", &[]).await.map(drop)
        }
    }
}

/// The statements of a file: each ends with a semicolon at the end of a line; comments have lines of their own.
fn statements(file: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut text = String::new();
    for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--")) {
        if let Some(last) = line.strip_suffix(';') {
            text.push_str(last);
            statements.push(std::mem::take(&mut text));
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    statements
}
