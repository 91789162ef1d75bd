//! History of guest lists, and the outbox of everything that happened; both written with the change, both bounded.

use salon_core::{Result, Timestamp, membership::ThingKind};

use crate::{
    Catalog,
    sql::{Answer, Log, Reader, Tx, values},
};

/// One row of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place; later rows have larger numbers, gaps are normal.
    pub seq: i64,
    /// What happened: `image.create`, `image.member.delete`, …
    pub topic: String,
    /// To what kind of thing.
    pub kind: String,
    /// To which.
    pub thing_id: String,
    /// When.
    pub at: Timestamp,
    /// Details, as JSON.
    pub payload: String,
}

/// One row of a guest list's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Its place.
    pub seq: i64,
    /// Who was concerned.
    pub member: String,
    /// `invite`, `respond`, `amend`, `replace`, `revoke`.
    pub change: String,
    /// The answer after the change.
    pub status: String,
    /// When.
    pub at: Timestamp,
    /// The user who did it.
    pub user_id: String,
    /// The project the user acted for.
    pub project_id: Option<String>,
    /// Under which request.
    pub request_id: String,
}

impl Catalog {
    /// Rows of the outbox after `after`, oldest first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn events(&self, after: i64, limit: u32) -> Result<Vec<Event>> {
        self.db.scan((after, limit), events).await
    }

    /// Removes rows of the outbox that are older than `before`, and the oldest beyond `keep` rows; at most `limit` rows
    /// per call, and never the newest. Answers how many went.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn trim_events(&self, before: Timestamp, keep: u64, limit: u32) -> Result<u64> {
        let keep = i64::try_from(keep).unwrap_or(i64::MAX);
        self.db.write((before, keep, limit), trim_events).await
    }

    /// Removes the marks of commits but the newest `keep`, one at least; at most `limit` per call. Answers how many went.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn trim_commits(&self, keep: u64, limit: u32) -> Result<u64> {
        let keep = i64::try_from(keep).unwrap_or(i64::MAX);
        self.db.write((keep, limit), trim_commits).await
    }

    /// History of a thing's guest list after `after`, oldest first.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn member_history(
        &self,
        kind: ThingKind,
        thing_id: &str,
        after: i64,
        limit: u32,
    ) -> Result<Vec<HistoryEntry>> {
        self.db.scan((kind, thing_id.to_owned(), after, limit), history).await
    }

    /// Removes history older than `before`, at most `limit` rows per call, and never the newest row. Answers how many went.
    /// (Each write also keeps a thing's own history under a fixed count.)
    ///
    /// # Errors
    /// Unavailable.
    pub async fn trim_history(&self, before: Timestamp, limit: u32) -> Result<u64> {
        self.db.write((before, limit), trim_history).await
    }
}

/// What goes into the outbox.
pub(crate) struct Note<'a> {
    pub(crate) topic: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) thing_id: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) payload: &'a str,
}

pub(crate) async fn note(tx: &mut Tx, note: &Note<'_>) -> Result<()> {
    let sql = "INSERT INTO outbox (topic, kind, thing_id, at, payload) VALUES (?, ?, ?, ?, ?)";
    let row = values![note.topic, note.kind, note.thing_id, note.at, note.payload];
    tx.append(Log::Outbox, sql, row, note.payload).await
}

fn events<'a>(tx: &'a mut Tx, input: &'a (i64, u32)) -> Answer<'a, Vec<Event>> {
    let (after, limit) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT seq, topic, kind, thing_id, at, payload FROM outbox WHERE seq > ? ORDER BY seq LIMIT {limit}"
        );
        let read = |row: &mut Reader<'_>| {
            Ok(Event {
                seq: row.int("seq")?,
                topic: row.text("topic")?,
                kind: row.text("kind")?,
                thing_id: row.text("thing_id")?,
                at: row.time("at")?,
                payload: row.text("payload")?,
            })
        };
        tx.all(&sql, values![*after], "outbox", read).await
    })
}

/// Removes the rows of `table` whose `key` a query names, at most as many as the query answers.
pub(crate) async fn trim(tx: &mut Tx, table: &str, key: &str, chosen: &str, bound: Timestamp) -> Result<u64> {
    // MariaDB takes no LIMIT in an IN subquery, but one in a derived table.
    let sql = format!("DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM ({chosen}) AS chosen)");
    tx.execute(&sql, values![bound]).await
}

fn trim_events<'a>(tx: &'a mut Tx, input: &'a (Timestamp, i64, u32)) -> Answer<'a, u64> {
    let (before, keep, limit) = input;
    Box::pin(async move {
        let old = trim_older(tx, "outbox", *before, *limit).await?;
        let left = u64::from(*limit).saturating_sub(old);
        if left == 0 {
            return Ok(old);
        }
        let beyond = trim_beyond(tx, "outbox", *keep, left).await?;
        Ok(old + beyond)
    })
}

/// Removes rows of a log from before an instant, the first `limit` at most, and never the newest row: SQLite numbers the
/// next one after it. The order of numbers is the order of time, or nearly: what stands before something old goes with it,
/// and what a clock wrote that was ahead stays, with what follows it, until it is old.
async fn trim_older(tx: &mut Tx, table: &str, before: Timestamp, limit: u32) -> Result<u64> {
    let last = format!(
        "SELECT COALESCE(MAX(seq), 0) FROM (SELECT seq, at FROM {table} ORDER BY seq LIMIT {limit}) AS first WHERE at < ?"
    );
    let last = tx.number(&last, values![before], "(log)").await?.unwrap_or(0);
    let last = last.min(newest(tx, table).await?.saturating_sub(1));
    trim_up_to(tx, table, last, u64::from(limit)).await
}

/// Removes the oldest rows of a log, which has at most `keep` left, and at least one, when all calls are done.
async fn trim_beyond(tx: &mut Tx, table: &str, keep: i64, limit: u64) -> Result<u64> {
    // Numbers have gaps, so this keeps `keep` rows at most.
    let last = newest(tx, table).await?.saturating_sub(keep.max(1));
    trim_up_to(tx, table, last, limit).await
}

/// Removes the first `limit` rows of a log at most, up to the number `last`.
async fn trim_up_to(tx: &mut Tx, table: &str, last: i64, limit: u64) -> Result<u64> {
    let chosen = format!("SELECT seq FROM {table} WHERE seq <= ? ORDER BY seq LIMIT {limit}");
    trim(tx, table, "seq", &chosen, Timestamp(last)).await
}

async fn newest(tx: &mut Tx, table: &str) -> Result<i64> {
    let newest = tx.number(&format!("SELECT COALESCE(MAX(seq), 0) FROM {table}"), &[], "(log)").await?;
    Ok(newest.unwrap_or(0))
}

fn trim_commits<'a>(tx: &'a mut Tx, input: &'a (i64, u32)) -> Answer<'a, u64> {
    let (keep, limit) = input;
    Box::pin(async move { trim_beyond(tx, "commits", *keep, u64::from(*limit)).await })
}

fn history<'a>(tx: &'a mut Tx, input: &'a (ThingKind, String, i64, u32)) -> Answer<'a, Vec<HistoryEntry>> {
    let (kind, thing, after, limit) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT seq, member, changed, status, at, user_id, project_id, request_id FROM membership_history \
             WHERE kind = ? AND thing_id = ? AND seq > ? ORDER BY seq LIMIT {limit}"
        );
        let read = |row: &mut Reader<'_>| {
            Ok(HistoryEntry {
                seq: row.int("seq")?,
                member: row.text("member")?,
                change: row.text("changed")?,
                status: row.text("status")?,
                at: row.time("at")?,
                user_id: row.text("user_id")?,
                project_id: row.opt_text("project_id")?,
                request_id: row.text("request_id")?,
            })
        };
        tx.all(&sql, values![kind.as_str(), thing, *after], "membership_history", read).await
    })
}

fn trim_history<'a>(tx: &'a mut Tx, input: &'a (Timestamp, u32)) -> Answer<'a, u64> {
    let (before, limit) = input;
    Box::pin(trim_older(tx, "membership_history", *before, *limit))
}
