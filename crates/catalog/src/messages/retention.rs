//! Messages that go: past their time, or with their room.

use salon_core::{Result, Timestamp, account::AccountId, message::retention::RoomRetention};

use super::notices;
use crate::{
    Catalog, jobs,
    sql::{Answer, Reader, Tx, values},
};

/// Kind of the job that removes what is left of the messages of a room that is gone. Its payload is the room's id.
pub const REMOVE_MESSAGES: &str = "remove-messages";

/// Messages removed with their room at once; a job goes on with the rest.
const AT_ONCE: u32 = 500;

impl Catalog {
    /// Accounts that limit how long messages in rooms are kept, in the order of their ids, after `after`.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn accounts_with_retention(&self, after: Option<&AccountId>, limit: u32) -> Result<Vec<AccountId>> {
        let after = after.map(|id| id.as_str().to_owned()).unwrap_or_default();
        self.db.scan((after, limit), accounts).await
    }

    /// Destroys the oldest messages of an account that are past their time and the days of grace, `limit` at most.
    /// Answers how many went.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn destroy_messages(&self, account: &AccountId, now: Timestamp, limit: u32) -> Result<u64> {
        self.db.write((account.clone(), now, limit), destroy).await
    }

    /// Removes messages of a room that is gone, `limit` at most. Answers how many went; none while the room is there.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn remove_messages(&self, room_id: &str, limit: u32) -> Result<u64> {
        self.db.write((room_id.to_owned(), limit), remove).await
    }
}

/// Removes messages and webhooks of a room that goes away, and tells its bots; to be called while its row is locked and
/// its guest list still there. `by` is the ARN or the id of who removes it.
///
/// Many messages are not removed at once: nobody can read them without the room, and a job goes on with the rest.
pub(crate) async fn remove_all(tx: &mut Tx, room_id: &str, by: &str, now: Timestamp) -> Result<()> {
    notices::all_removed(tx, room_id, by, now).await?;
    crate::webhooks::remove_all(tx, room_id, now).await?;
    if chunk(tx, room_id, AT_ONCE).await? >= u64::from(AT_ONCE) {
        let id = removal_job(room_id);
        tx.execute(jobs::INSERT, values![&id, REMOVE_MESSAGES, room_id, now, now, None::<&str>, 0_i64]).await?;
    }
    tx.execute("DELETE FROM room_numbers WHERE room_id = ?", values![room_id]).await.map(drop)
}

/// The id of the job that removes what is left of a room's messages. Ids of rooms are never used twice.
pub(crate) fn removal_job(room_id: &str) -> String {
    format!("messages-{room_id}")
}

async fn chunk(tx: &mut Tx, room_id: &str, limit: u32) -> Result<u64> {
    let sql = format!(
        "DELETE FROM messages WHERE room_id = ? AND seq IN (SELECT seq FROM (SELECT seq FROM messages \
         WHERE room_id = ? ORDER BY seq LIMIT {limit}) AS chosen)"
    );
    tx.execute(&sql, values![room_id, room_id]).await
}

fn remove<'a>(tx: &'a mut Tx, input: &'a (String, u32)) -> Answer<'a, u64> {
    let (room, limit) = input;
    Box::pin(async move {
        if tx.has("SELECT id FROM rooms WHERE id = ?", values![room]).await? {
            return Ok(0);
        }
        chunk(tx, room, *limit).await
    })
}

fn accounts<'a>(tx: &'a mut Tx, input: &'a (String, u32)) -> Answer<'a, Vec<AccountId>> {
    let (after, limit) = input;
    Box::pin(async move {
        let sql = format!("SELECT id FROM accounts WHERE id > ? AND room_days IS NOT NULL ORDER BY id LIMIT {limit}");
        tx.all(&sql, values![after], "accounts", |row| row.text("id").map(AccountId::new)).await
    })
}

fn destroy<'a>(tx: &'a mut Tx, input: &'a (AccountId, Timestamp, u32)) -> Answer<'a, u64> {
    let (account, now, limit) = input;
    Box::pin(async move {
        // Whoever changes the policy waits, or is seen.
        let sql = format!("SELECT id, room_days, deletion_at FROM accounts WHERE id = ?{}", tx.for_update());
        let read = |row: &mut Reader<'_>| {
            row.text("id")?;
            let (Some(days), Some(deletion_at)) = (row.opt_int("room_days")?, row.opt_int("deletion_at")?) else {
                return Ok(None);
            };
            let days = u32::try_from(days).map_err(|_| row.wrong("room_days", "is out of range"))?;
            Ok(Some(RoomRetention { days, deletion_from: Timestamp(deletion_at) }))
        };
        let retention = tx.one(&sql, values![account.as_str()], "accounts", read).await?.flatten();
        let Some(retention) = retention else { return Ok(0) };
        let Some(before) = retention.destroyed_before(*now) else { return Ok(0) };
        let sql = format!(
            "DELETE FROM messages WHERE id IN (SELECT id FROM (SELECT id FROM messages \
             WHERE account_id = ? AND created_at < ? ORDER BY created_at LIMIT {limit}) AS chosen)"
        );
        tx.execute(&sql, values![account.as_str(), before]).await
    })
}
