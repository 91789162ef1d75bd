//! Metadata in SQL: images, guest lists, uploads, jobs and the built-in identity on SQLite, PostgreSQL and MariaDB.
//!
//! Every operation is written once against the `sql` layer and runs on all three databases. Writes that a caller must be
//! allowed to make take a [`salon_core::Permitted`] handle, never a bare id.

pub mod accounts;
pub mod bots;
pub mod copies;
pub mod identity;
pub mod images;
pub mod jobs;
pub mod members;
pub mod messages;
mod migrate;
pub mod outbox;
pub mod people;
pub mod rooms;
mod secrets;
mod sql;
pub mod strays;
pub mod tasks;
pub mod uploads;
pub mod webhooks;

use std::time::Duration;

use salon_core::{Result, Timestamp};

/// How to reach the database and how much to ask of it.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite:///absolute/path`, `sqlite:relative/path`, `postgresql://…` or `mysql://…`
    /// (a driver suffix as in `postgresql+psycopg2` is dropped).
    pub url: String,
    /// Connections at most; on SQLite the number of readers.
    pub max_connections: u32,
    /// How long a request waits for a free connection or a place in the writer's queue.
    pub acquire_timeout: Duration,
    /// How long one statement may run before it is cut.
    pub statement_timeout: Duration,
    /// SQLite: take the lock that keeps a second server off the same data. Commands beside a running server do not.
    pub exclusive: bool,
}

impl Options {
    /// The defaults for a server on `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(15),
            exclusive: false,
        }
    }
}

/// Which schema the database has and which one this binary knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// In the database; 0 when nothing has been made yet.
    pub current: i64,
    /// The newest one this binary can make.
    pub known: i64,
}

/// All that sessions are made of, as it was at some instant, see [`Catalog::session_version`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionVersion(sql::Epoch);

/// The catalog: a cheap handle, cloned freely.
#[derive(Clone)]
pub struct Catalog {
    db: sql::Db,
}

impl Catalog {
    /// Connects. Makes no schema: see [`Catalog::migrate`].
    ///
    /// # Errors
    /// Invalid for a URL of no known database, Conflict when another server holds the data, Unavailable when the
    /// database does not answer.
    pub async fn open(options: Options) -> Result<Self> {
        Ok(Self { db: sql::Db::open(&options).await? })
    }

    /// Brings the schema up to the newest this binary knows. Safe to run twice and from two servers at once.
    ///
    /// # Errors
    /// Conflict when the schema is newer than this binary, Unavailable when the database does not answer.
    pub async fn migrate(&self, now: Timestamp) -> Result<Schema> {
        migrate::migrate(&self.db, now).await
    }

    /// Which schema is there.
    ///
    /// # Errors
    /// Unavailable when the database does not answer.
    pub async fn schema(&self) -> Result<Schema> {
        migrate::schema(&self.db).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Unavailable when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.db.read((), |tx, ()| Box::pin(async move { tx.has("SELECT 1", &[]).await.map(drop) })).await
    }

    /// What changes whenever tokens, users, projects, domains, roles, assignments or keys are written, whoever does it, this
    /// server or a command beside it; and with every commit of others, whatever it was about. What a session was made of after one
    /// version was taken still holds whenever an equal one is taken. None where the database would have to be asked for it,
    /// which costs as much as reading: PostgreSQL and MariaDB; and for the instant in which a commit takes effect.
    pub fn session_version(&self) -> Option<SessionVersion> {
        self.db.epoch().map(SessionVersion)
    }

    /// Whether the database file was found damaged since the start: then nothing is written to it any more.
    pub fn is_damaged(&self) -> bool {
        self.db.is_damaged()
    }

    /// Finishes what was begun and lets go of the database.
    pub async fn close(&self) {
        self.db.close().await;
    }
}
