//! Rows about rooms whose other half is not there: what only damage from outside leaves behind – half a restored dump, a
//! row changed by hand –, since every write here keeps the halves together under a lock. The tables have no foreign keys:
//! those would lock parents in an order of their own.

use salon_core::{Result, Timestamp, event::Actor};
use serde_json::json;

use crate::{
    Catalog, messages,
    outbox::{self, Note},
    sql::{Answer, Reader, Tx, Value, values},
};

/// A table whose rows belong to a row of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// People of accounts.
    Person,
    /// Bots of accounts.
    Bot,
    /// Rooms of accounts.
    Room,
    /// Webhooks of rooms.
    Webhook,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Person, Self::Bot, Self::Room, Self::Webhook];

    /// The table, the column that names the parent, and the parent's table.
    const fn tables(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Person => ("people", "account_id", "accounts"),
            Self::Bot => ("bots", "account_id", "accounts"),
            Self::Room => ("rooms", "account_id", "accounts"),
            Self::Webhook => ("webhooks", "room_id", "rooms"),
        }
    }
}

/// A row, and whether what it belongs to is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// Its id.
    pub id: String,
    /// The id of what it belongs to.
    pub parent: String,
    /// Whether that is there.
    pub is_whole: bool,
}

/// Somebody in a room, and whether both are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The room.
    pub room: String,
    /// The person or bot.
    pub member: String,
    /// Whether there is such a room.
    pub has_room: bool,
    /// Whether the room's account has such a person or bot.
    pub has_member: bool,
}

impl Seat {
    /// Whether one of the two is not there.
    pub const fn is_stray(&self) -> bool {
        !(self.has_room && self.has_member)
    }
}

impl Catalog {
    /// Rows of a kind in the order of their ids, after `after`.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn children(&self, kind: Kind, after: &str, limit: u32) -> Result<Vec<Child>> {
        self.db.scan((kind, after.to_owned(), limit), children).await
    }

    /// Memberships of rooms in the order of rooms and members, after one of them.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn seats(&self, after: Option<&Seat>, limit: u32) -> Result<Vec<Seat>> {
        let (room, member) = after.map(|seat| (seat.room.clone(), seat.member.clone())).unwrap_or_default();
        self.db.scan((room, member, limit), seats).await
    }

    /// Rooms that have messages, in the order of their ids, after `after`, each with whether it is there or a job is
    /// about to remove what is left of it.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn rooms_with_messages(&self, after: &str, limit: u32) -> Result<Vec<(String, bool)>> {
        self.db.scan((after.to_owned(), limit), rooms_with_messages).await
    }

    /// Takes a member off the list of a room, if either of them is not there. Answers whether it did.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn remove_stray_seat(&self, room: &str, member: &str, now: Timestamp, actor: &Actor) -> Result<bool> {
        self.db.write((room.to_owned(), member.to_owned(), now, actor.clone()), remove_seat).await
    }

    /// Removes a webhook, if its room is not there; its URL is remembered as ended. Answers whether it did.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn remove_stray_webhook(&self, id: &str, now: Timestamp) -> Result<bool> {
        self.db.write((id.to_owned(), now), remove_webhook).await
    }
}

fn children<'a>(tx: &'a mut Tx, input: &'a (Kind, String, u32)) -> Answer<'a, Vec<Child>> {
    let (kind, after, limit) = input;
    Box::pin(async move {
        let (table, column, parents) = kind.tables();
        let sql = format!(
            "SELECT c.id, c.{column}, p.id FROM {table} c LEFT JOIN {parents} p ON p.id = c.{column} \
             WHERE c.id > ? ORDER BY c.id LIMIT {limit}"
        );
        let read = |row: &mut Reader<'_>| {
            let (id, parent) = (row.text("id")?, row.text(column)?);
            Ok(Child { id, parent, is_whole: row.opt_text("id")?.is_some() })
        };
        tx.all(&sql, values![after], table, read).await
    })
}

fn seats<'a>(tx: &'a mut Tx, input: &'a (String, String, u32)) -> Answer<'a, Vec<Seat>> {
    let (room, member, limit) = input;
    Box::pin(async move {
        // Two bounded parts in place of an OR, which no index answers.
        let rest = page(tx, "m.thing_id = ? AND m.member > ?", values![room, member], *limit).await?;
        let left = limit.saturating_sub(u32::try_from(rest.len()).unwrap_or(*limit));
        if left == 0 {
            return Ok(rest);
        }
        let more = page(tx, "m.thing_id > ?", values![room], left).await?;
        Ok([rest, more].concat())
    })
}

const SEAT: &str = "SELECT m.thing_id, m.member, r.id, p.id, b.id FROM memberships m \
    LEFT JOIN rooms r ON r.id = m.thing_id LEFT JOIN people p ON p.id = m.member AND p.account_id = r.account_id \
    LEFT JOIN bots b ON b.id = m.member AND b.account_id = r.account_id WHERE m.kind = 'room' AND";

async fn page(tx: &mut Tx, condition: &str, of: &[Value<'_>], limit: u32) -> Result<Vec<Seat>> {
    let sql = format!("{SEAT} {condition} ORDER BY m.thing_id, m.member LIMIT {limit}");
    tx.all(&sql, of, "memberships", seat).await
}

fn seat(row: &mut Reader<'_>) -> Result<Seat> {
    let (room, member) = (row.text("thing_id")?, row.text("member")?);
    let has_room = row.opt_text("id")?.is_some();
    let (person, bot) = (row.opt_text("id")?, row.opt_text("id")?);
    Ok(Seat { room, member, has_room, has_member: person.is_some() || bot.is_some() })
}

fn rooms_with_messages<'a>(tx: &'a mut Tx, input: &'a (String, u32)) -> Answer<'a, Vec<(String, bool)>> {
    let (after, limit) = input;
    Box::pin(async move {
        let mut found: Vec<(String, bool)> = Vec::new();
        // From room to room by the index, past however many messages each has.
        const NEXT: &str = "SELECT m.room_id, r.id FROM messages m LEFT JOIN rooms r ON r.id = m.room_id \
            WHERE m.room_id > ? ORDER BY m.room_id, m.seq LIMIT 1";
        while found.len() < *limit as usize {
            let after = found.last().map_or(after.as_str(), |(room, _)| room.as_str());
            let read = |row: &mut Reader<'_>| Ok((row.text("room_id")?, row.opt_text("id")?.is_some()));
            let Some((room, is_there)) = tx.one(NEXT, values![after], "messages", read).await? else { break };
            let is_accounted = is_there || is_going(tx, &room).await?;
            found.push((room, is_accounted));
        }
        Ok(found)
    })
}

/// Whether the messages of a room that is gone are on their way out. The job goes after the last message: messages that
/// are still there when it is not are nobody's.
async fn is_going(tx: &mut Tx, room: &str) -> Result<bool> {
    let job = messages::removal_job(room);
    if tx.has("SELECT id FROM jobs WHERE id = ?", values![&job]).await? {
        return Ok(true);
    }
    Ok(!tx.has("SELECT id FROM messages WHERE room_id = ? LIMIT 1", values![room]).await?)
}

fn remove_seat<'a>(tx: &'a mut Tx, input: &'a (String, String, Timestamp, Actor)) -> Answer<'a, bool> {
    let (room, member, now, actor) = input;
    Box::pin(async move {
        // Whoever adds or removes this member holds the same row.
        let lock = format!("SELECT id FROM rooms WHERE id = ?{}", tx.for_update());
        tx.has(&lock, values![room]).await?;
        let sql = format!("{SEAT} m.thing_id = ? AND m.member = ?");
        let found = tx.one(&sql, values![room, member], "memberships", seat).await?;
        if !found.is_some_and(|seat| seat.is_stray()) {
            return Ok(false);
        }
        const HISTORY: &str = "INSERT INTO membership_history (kind, thing_id, member, changed, status, role, can_share, \
            at, user_id, project_id, request_id) SELECT kind, thing_id, member, 'revoke', status, role, can_share, ?, ?, \
            ?, ? FROM memberships WHERE kind = 'room' AND thing_id = ? AND member = ?";
        let row = values![*now, &actor.user_id, &actor.project_id, &actor.request_id, room, member];
        tx.execute(HISTORY, row).await?;
        const DELETE: &str = "DELETE FROM memberships WHERE kind = 'room' AND thing_id = ? AND member = ?";
        tx.execute(DELETE, values![room, member]).await?;
        let payload = json!({
            "actor": actor,
            "change": "revoke",
            "member": {"room_id": room, "member_id": member},
        })
        .to_string();
        let note = Note { topic: "room.member.delete", kind: "room", thing_id: room, at: *now, payload: &payload };
        outbox::note(tx, &note).await?;
        Ok(true)
    })
}

fn remove_webhook<'a>(tx: &'a mut Tx, input: &'a (String, Timestamp)) -> Answer<'a, bool> {
    let (id, now) = input;
    Box::pin(async move {
        const BURY: &str = "INSERT INTO dead_webhook_urls (webhook_id, token_hash, died_at) \
            SELECT w.id, w.token_hash, ? FROM webhooks w LEFT JOIN rooms r ON r.id = w.room_id \
            WHERE w.id = ? AND r.id IS NULL";
        if tx.execute(BURY, values![*now, id]).await? == 0 {
            return Ok(false);
        }
        tx.execute("DELETE FROM webhooks WHERE id = ?", values![id]).await?;
        Ok(true)
    })
}
