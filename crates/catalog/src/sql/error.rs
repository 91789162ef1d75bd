//! What a database said, as an error of the house.

use std::error::Error as StdError;

use rusqlite::ErrorCode;
use salon_core::Error;

/// What the SQL layer itself does about a failure; kept as the source of the [`Error`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// Deadlock or serialization failure: the transaction was rolled back and may be repeated.
    #[error("the database rolled the transaction back: {0}")]
    Repeat(#[source] Cause),
    /// The connection broke, or none could be had.
    #[error("the connection to the database was lost: {0}")]
    Lost(#[source] Cause),
    /// The database file does not hold what it must.
    #[error("the database file is damaged: {0}")]
    Damaged(#[source] Cause),
    /// A unique key is taken.
    #[error("a unique key is taken: {0}")]
    Unique(#[source] Cause),
    /// Anything else.
    #[error("{0}")]
    Other(#[source] Cause),
}

type Cause = Box<dyn StdError + Send + Sync>;

/// The fault behind an error, if it came from the database.
pub(crate) fn fault(error: &Error) -> Option<&Fault> {
    error.source().and_then(|source| source.downcast_ref())
}

/// Whether the error says that a unique key is taken.
pub(crate) fn is_unique(error: &Error) -> bool {
    matches!(fault(error), Some(Fault::Unique(_)))
}

pub(crate) fn from_sqlite(error: rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(failure, _) = &error else {
        return Error::internal("SQLite refused a statement").with_source(Fault::Other(error.into()));
    };
    // SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE
    if matches!(failure.extended_code, 1555 | 2067) {
        return Error::internal("a unique key is taken").with_source(Fault::Unique(error.into()));
    }
    match failure.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::OperationAborted
        | ErrorCode::OperationInterrupted
        | ErrorCode::DiskFull
        | ErrorCode::ReadOnly
        | ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::OutOfMemory
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::NoLargeFileSupport
        | ErrorCode::PermissionDenied => {
            Error::unavailable("SQLite cannot answer").with_source(Fault::Other(error.into()))
        }
        _ if is_damage(&error) => Error::unavailable("SQLite cannot answer").with_source(Fault::Damaged(error.into())),
        _ => Error::internal("SQLite refused a statement").with_source(Fault::Other(error.into())),
    }
}

/// Whether SQLite found its file damaged.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// What SQLite said, where that was damage.
pub(crate) fn damage_of(error: &Error) -> Option<&rusqlite::Error> {
    match fault(error) {
        Some(Fault::Damaged(cause)) => cause.downcast_ref(),
        Some(Fault::Repeat(_) | Fault::Lost(_) | Fault::Unique(_) | Fault::Other(_)) | None => None,
    }
}

/// Whether damage can be nothing else. SQLITE_CORRUPT alone is also what it makes of an input/output error in a read.
pub(crate) fn is_sure_damage(error: &rusqlite::Error) -> bool {
    !matches!(error, rusqlite::Error::SqliteFailure(failure, _) if failure.extended_code == rusqlite::ffi::SQLITE_CORRUPT)
}

pub(crate) fn from_server(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(database) => {
            let fault = match database.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
                Some(mysql) => mariadb_kind(mysql.number()),
                None => postgres_kind(database.code().as_deref().unwrap_or_default()),
            };
            match fault {
                Said::Repeat => {
                    Error::unavailable("the transaction was rolled back").with_source(Fault::Repeat(error.into()))
                }
                Said::Unique => Error::internal("a unique key is taken").with_source(Fault::Unique(error.into())),
                Said::Lost => Error::unavailable("the database is going away").with_source(Fault::Lost(error.into())),
                Said::Busy => Error::unavailable("the database cannot answer").with_source(Fault::Other(error.into())),
                Said::Wrong => {
                    Error::internal("the database refused a statement").with_source(Fault::Other(error.into()))
                }
            }
        }
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            Error::unavailable("the database does not answer").with_source(Fault::Lost(error.into()))
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::BeginFailed => {
            Error::unavailable("no connection to the database is free").with_source(Fault::Other(error.into()))
        }
        sqlx::Error::Configuration(_) => {
            Error::invalid("The URL of the database cannot be used.").with_source(Fault::Other(error.into()))
        }
        _ => Error::internal("the database driver failed").with_source(Fault::Other(error.into())),
    }
}

enum Said {
    Repeat,
    Unique,
    Lost,
    Busy,
    Wrong,
}

/// By SQLSTATE (PostgreSQL documentation, appendix A).
fn postgres_kind(state: &str) -> Said {
    match state {
        "40001" | "40P01" => Said::Repeat,
        "23505" => Said::Unique,
        "57P01" | "57P02" | "57P03" => Said::Lost,
        // statement cancelled, lock not available, read-only transaction (a standby), too many connections
        "57014" | "55P03" | "25006" => Said::Busy,
        _ if state.starts_with("08") => Said::Lost,
        _ if state.starts_with("53") || state.starts_with("58") => Said::Busy,
        _ => Said::Wrong,
    }
}

/// By error number (MariaDB documentation, error codes).
fn mariadb_kind(number: u16) -> Said {
    match number {
        // deadlock, record changed since last read
        1213 | 1020 => Said::Repeat,
        1062 | 1586 => Said::Unique,
        // shutdown, killed, too many connections
        1053 | 1927 | 1317 | 1040 => Said::Lost,
        // lock wait, disk full, table full, statement time, read-only, resource limits
        1205 | 1021 | 1114 | 1969 | 3024 | 1290 | 1836 | 1203 | 1226 | 1041 => Said::Busy,
        _ => Said::Wrong,
    }
}
