//! A pooled connection while somebody uses it.
//!
//! A database that is cut off without a word (a switch that fails, a firewall that forgets) neither answers nor closes the
//! connection, and the system would go on waiting for a quarter of an hour. So each exchange has a deadline, and a connection
//! that owes an answer, or whose transaction was not ended, is closed in place of going back to the others.

use std::time::Duration;

use salon_core::{Error, Result};
use sqlx::pool::PoolConnection;
use tokio::time::{error::Elapsed, timeout};

use super::error::{Fault, from_server};

/// A connection on loan from its pool.
pub(super) struct Loan<D: sqlx::Database> {
    connection: Option<PoolConnection<D>>,
    patience: Duration,
    /// A question was sent and its answer has not been read to its end.
    owes: bool,
    in_transaction: bool,
}

impl<D: sqlx::Database> Loan<D> {
    pub(super) fn new(connection: PoolConnection<D>, patience: Duration) -> Self {
        Self { connection: Some(connection), patience, owes: false, in_transaction: false }
    }

    /// The connection for one exchange, and how long its answer is waited for; [`Loan::heard`] ends it.
    pub(super) fn ask(&mut self) -> Result<(&mut D::Connection, Duration)> {
        if self.owes {
            return Err(Error::unavailable("the connection to the database broke before"));
        }
        self.owes = true;
        let connection = self.connection.as_mut().ok_or_else(|| Error::internal("a connection was given back"))?;
        Ok((connection, self.patience))
    }

    /// What came of it.
    pub(super) fn heard<T>(&mut self, answer: Result<sqlx::Result<T>, Elapsed>) -> Result<T> {
        match answer {
            Ok(Ok(answer)) => {
                self.owes = false;
                Ok(answer)
            }
            Ok(Err(error)) => {
                // After its own refusals the database goes on listening; after anything else nobody knows.
                self.owes = !matches!(error, sqlx::Error::Database(_));
                Err(from_server(error))
            }
            Err(elapsed) => {
                Err(Error::unavailable("the database does not answer in time")
                    .with_source(Fault::Other(elapsed.into())))
            }
        }
    }

    /// A transaction is about to begin.
    pub(super) fn begins(&mut self) {
        self.in_transaction = true;
    }

    /// It is committed or rolled back.
    pub(super) fn ended(&mut self) {
        self.in_transaction = false;
    }
}

impl<D: sqlx::Database> Drop for Loan<D> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if !self.owes && !self.in_transaction => {
                // The pool asks the database for a sign of life before it takes a connection back.
                runtime.spawn(timeout(self.patience, connection.return_to_pool()));
            }
            _ => drop(connection.detach()),
        }
    }
}
