//! Messages in rooms: posting, reading, redacting, and forgetting them in time.
//!
//! Whatever is written here is written under the lock of the room's row, so that numbers, rates and counts are exact.

pub(crate) mod notices;
mod post;
mod retention;

use salon_core::{
    Error, Permitted, Result, Timestamp,
    account::{AccountId, AccountStatus},
    event::Actor,
    membership::Shared as _,
    message::{
        Content, Message, Sender, SenderKind,
        actions::{Post, ReadsMessages, RedactRoomMessage},
        posting::{BotSeat, Place, Poster},
    },
    room::{RoomId, RoomView},
};

pub use notices::Told;
pub use retention::REMOVE_MESSAGES;
pub(crate) use retention::{removal_job, remove_all};

use crate::{
    Catalog,
    members::{Guarded as _, still_readable},
    outbox, rooms,
    sql::{Answer, Reader, Tx, values},
};

impl Catalog {
    /// Writes a message, and tells the bots that it calls.
    ///
    /// # Errors
    /// Throttled when the sender posted a moment ago; Invalid when everybody is called in too large a room; Stale when
    /// what the permission was computed from changed.
    pub async fn post_message(
        &self,
        poster: &Permitted<Poster, Post>,
        content: &Content,
        id: &str,
        now: Timestamp,
    ) -> Result<Message> {
        let input = post::Posting { poster: (**poster).clone(), content: content.clone(), id: id.to_owned(), now };
        self.db.write(input, post::post).await
    }

    /// A bot as the member of a room, with the room, in one statement.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn bot_seat(&self, room_id: &str, bot_id: &str) -> Result<Option<BotSeat>> {
        self.db.read((room_id.to_owned(), bot_id.to_owned()), post::bot_seat).await
    }

    /// Messages of a room from `seen_from` on, newest first, before the one with the number `before`.
    ///
    /// # Errors
    /// Stale when the room went away or its account changed; Unavailable.
    pub async fn messages<A: ReadsMessages>(
        &self,
        room: &Permitted<RoomView, A>,
        seen_from: Timestamp,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Message>> {
        let page = (seen_from, before.unwrap_or(i64::MAX), limit);
        self.db.scan(((**room).clone(), page), list).await
    }

    /// Takes a message back: its text is gone for good. False when the room has no such message; true also when it was
    /// taken back before.
    ///
    /// # Errors
    /// Stale when what the permission was computed from changed.
    pub async fn redact_message(
        &self,
        room: &Permitted<RoomView, RedactRoomMessage>,
        id: &str,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<bool> {
        self.db.write(((**room).clone(), id.to_owned(), now, actor.clone()), redact).await
    }

    /// A message that a bot is to be told of; `None` once it was redacted or destroyed.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn told_message(&self, room_id: &str, id: &str) -> Result<Option<Message>> {
        self.db.read((room_id.to_owned(), id.to_owned()), told).await
    }
}

const COLUMNS: &str = "id, seq, sender_kind, sender_id, sender_name, content, created_at, redacted_at";

fn read(row: &mut Reader<'_>) -> Result<Message> {
    Ok(Message {
        id: row.text("id")?,
        seq: row.int("seq")?,
        sender: Sender {
            kind: row.parsed("sender_kind", SenderKind::parse)?,
            id: row.text("sender_id")?,
            name: row.text("sender_name")?,
        },
        content: row.text("content")?,
        created_at: row.time("created_at")?,
        redacted_at: row.opt_int("redacted_at")?.map(Timestamp),
    })
}

/// Locks the room until the transaction ends, and makes sure that what the permission was computed from is still so.
pub(crate) async fn lock(tx: &mut Tx, view: &RoomView) -> Result<()> {
    match rooms::lock(tx, view.room.id.as_str()).await? {
        Some((basis, _)) if crate::members::Basis::Room(basis.clone()) == view.basis() => Ok(()),
        Some(_) | None => Err(Error::stale()),
    }
}

/// The next number of a room, whose row is locked.
async fn next_number(tx: &mut Tx, room_id: &str) -> Result<i64> {
    const SELECT: &str = "SELECT last_seq FROM room_numbers WHERE room_id = ?";
    let Some(last) = tx.number(SELECT, values![room_id], "room_numbers").await? else {
        tx.execute("INSERT INTO room_numbers (room_id, last_seq) VALUES (?, 1)", values![room_id]).await?;
        return Ok(1);
    };
    let next = last + 1;
    tx.execute("UPDATE room_numbers SET last_seq = ? WHERE room_id = ?", values![next, room_id]).await?;
    Ok(next)
}

/// Where something is said: a room, its account, and whether that is in use.
pub(crate) fn read_place(row: &mut Reader<'_>) -> Result<Place> {
    Ok(Place {
        room_id: RoomId::new(row.text("room_id")?),
        account_id: AccountId::new(row.text("account_id")?),
        account_status: row.parsed("status", AccountStatus::parse)?,
    })
}

/// Tells the outbox of a message. Not of its text: that may be taken back, and the outbox is not.
async fn note(tx: &mut Tx, topic: &str, room_id: &str, at: Timestamp, payload: &serde_json::Value) -> Result<()> {
    let payload = payload.to_string();
    outbox::note(tx, &outbox::Note { topic, kind: "room", thing_id: room_id, at, payload: &payload }).await
}

fn list<'a>(tx: &'a mut Tx, input: &'a (RoomView, (Timestamp, i64, u32))) -> Answer<'a, Vec<Message>> {
    let (view, (seen_from, before, limit)) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT {COLUMNS} FROM messages WHERE room_id = ? AND seq < ? AND created_at >= ? \
             ORDER BY seq DESC LIMIT {limit}"
        );
        let found = tx.all(&sql, values![view.room.id.as_str(), *before, *seen_from], "messages", read).await?;
        still_readable(tx, &view.thing(), &view.basis()).await?;
        Ok(found)
    })
}

fn told<'a>(tx: &'a mut Tx, input: &'a (String, String)) -> Answer<'a, Option<Message>> {
    let (room, id) = input;
    Box::pin(async move {
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE id = ? AND room_id = ? AND redacted_at IS NULL");
        tx.one(&sql, values![id, room], "messages", read).await
    })
}

fn redact<'a>(tx: &'a mut Tx, input: &'a (RoomView, String, Timestamp, Actor)) -> Answer<'a, bool> {
    let (view, id, now, actor) = input;
    Box::pin(async move {
        lock(tx, view).await?;
        if id.contains('\0') {
            return Ok(false);
        }
        let room = view.room.id.as_str();
        const SELECT: &str = "SELECT id, redacted_at FROM messages WHERE id = ? AND room_id = ?";
        let is_redacted = |row: &mut Reader<'_>| {
            row.text("id")?;
            Ok(row.opt_int("redacted_at")?.is_some())
        };
        match tx.one(SELECT, values![id, room], "messages", is_redacted).await? {
            None => return Ok(false),
            Some(true) => return Ok(true),
            Some(false) => {}
        }
        const UPDATE: &str = "UPDATE messages SET content = '', redacted_at = ? WHERE id = ? AND room_id = ?";
        tx.execute(UPDATE, values![*now, id, room]).await?;
        let payload = serde_json::json!({"actor": actor, "message": {"id": id, "room_id": room}});
        note(tx, "room.message.redact", room, *now, &payload).await?;
        Ok(true)
    })
}
