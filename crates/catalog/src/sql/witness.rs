//! Whether a commit took place whose answer was lost (F-15 of the fault model).
//!
//! A transaction leaves a row in a table that only grows: its event in the outbox, or, when it tells nobody anything, a row in
//! `commits`. When the connection breaks between sending COMMIT and hearing of it, that row's key is tried again on another
//! connection. The database lets nobody insert a key that an unfinished transaction has inserted: it waits for the end of
//! that one. So the answer is final: either the row is there and the transaction was committed, or the key is free and it
//! never will be. A plain read could be early, and a commit still on its way would take effect after the answer.

use salon_core::Result;

use super::{Dialect, Tx, Value, values};

/// A table of which rows are witnesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// What happened.
    Outbox,
    /// Transactions of which nobody is told.
    Commits,
}

impl Log {
    /// Inserts a row that says nothing, under a given key.
    const fn claim(self) -> &'static str {
        match self {
            Self::Outbox => {
                "INSERT INTO outbox (seq, topic, kind, thing_id, at, payload) VALUES (?, '', '', '', 0, '')"
            }
            Self::Commits => "INSERT INTO commits (seq, mark) VALUES (?, '')",
        }
    }

    /// What distinguishes the row from another that came to have its key. (A server that crashed may give the number of a
    /// transaction that it forgot to the next one.)
    const fn mark(self) -> &'static str {
        match self {
            Self::Outbox => "SELECT payload FROM outbox WHERE seq = ?",
            Self::Commits => "SELECT mark FROM commits WHERE seq = ?",
        }
    }
}

/// The row by which a transaction is recognised.
#[derive(Debug)]
pub(super) struct Witness {
    log: Log,
    seq: i64,
    mark: String,
}

/// What a transaction has left so far.
#[derive(Debug, Default)]
pub(super) enum Trace {
    /// Nothing: whether it is committed makes no difference.
    #[default]
    None,
    /// Changes without a witness.
    Changes,
    /// Changes, and this.
    Witness(Witness),
}

impl Trace {
    /// Takes note of a statement and how many rows it touched.
    pub(super) fn saw(&mut self, sql: &str, touched: u64) {
        if touched > 0 && matches!(self, Self::None) && !sql.starts_with("SELECT") {
            *self = Self::Changes;
        }
    }
}

impl Tx {
    /// Inserts a row into `log`, whose `mark` (`payload` of an event) nobody else's row has.
    pub(crate) async fn append(&mut self, log: Log, sql: &str, values: &[Value<'_>], mark: &str) -> Result<()> {
        // SQLite commits in this process: there is no answer that could be lost.
        if self.dialect() == Dialect::Sqlite || matches!(self.trace, Trace::Witness(_)) {
            return self.execute(sql, values).await.map(drop);
        }
        if let Some(seq) = self.number(&format!("{sql} RETURNING seq"), values, "(log)").await? {
            self.trace = Trace::Witness(Witness { log, seq, mark: mark.to_owned() });
        }
        Ok(())
    }

    /// Makes sure that this transaction can be recognised, by `mark` if by nothing else.
    pub(super) async fn be_witnessed(&mut self, mark: impl FnOnce() -> String) -> Result<()> {
        if matches!(self.trace, Trace::Changes) {
            let mark = mark();
            self.append(Log::Commits, "INSERT INTO commits (mark) VALUES (?)", values![&mark], &mark).await?;
        }
        Ok(())
    }

    /// Whether the transaction of this witness was committed; waits until it has ended. The caller rolls back.
    pub(super) async fn is_committed(&mut self, witness: &Witness) -> Result<bool> {
        if self.insert(witness.log.claim(), values![witness.seq]).await? {
            return Ok(false);
        }
        let mark = self.one(witness.log.mark(), values![witness.seq], "(log)", |row| row.text("mark")).await?;
        Ok(mark.as_ref() == Some(&witness.mark))
    }
}
