//! Webhooks of rooms. Of the secret in a URL only a hash is kept; who had a good URL once is told that it is gone.

use salon_core::{
    Error, Permitted, Result, Timestamp,
    event::Actor,
    membership::Shared as _,
    message::{
        Webhook,
        actions::{CreatesWebhooks, DeletesWebhooks, ListsWebhooks, RegeneratesWebhooks},
        posting::{TokenHash, WebhookSeat},
        webhook, webhook_absent,
    },
    room::RoomView,
};
use serde_json::json;

use crate::{
    Catalog,
    members::{Guarded as _, still_readable},
    messages::{lock, read_place},
    outbox,
    sql::{Answer, Reader, Tx, values},
};

/// URLs of one webhook that are remembered after their end.
const REMEMBERED: usize = 10;

/// What a URL leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundUrl {
    /// A webhook with this id. The URL may still have the wrong secret.
    Webhook(WebhookSeat),
    /// It was good once.
    Gone,
    /// Nothing.
    Nothing,
}

impl Catalog {
    /// What the URL with this id and the hash of its secret leads to.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn webhook_url(&self, id: &str, hash: &TokenHash) -> Result<FoundUrl> {
        self.db.read((id.to_owned(), hash.clone()), find_url).await
    }

    /// Writes a new webhook.
    ///
    /// # Errors
    /// OverLimit when the room has ten; Stale when what the permission was computed from changed.
    pub async fn create_webhook<A: CreatesWebhooks>(
        &self,
        room: &Permitted<RoomView, A>,
        new: &Webhook,
        hash: &TokenHash,
        actor: &Actor,
    ) -> Result<()> {
        self.db.write(((**room).clone(), new.clone(), hash.clone(), actor.clone()), create).await
    }

    /// Webhooks of a room, in the order they were made. There are ten at most.
    ///
    /// # Errors
    /// Stale when the room went away or its account changed; Unavailable.
    pub async fn webhooks<A: ListsWebhooks>(&self, room: &Permitted<RoomView, A>) -> Result<Vec<Webhook>> {
        self.db.read((**room).clone(), list).await
    }

    /// Gives a webhook another URL; the old one ends with this.
    ///
    /// # Errors
    /// NotFound when the room has no such webhook; Stale.
    pub async fn regenerate_webhook<A: RegeneratesWebhooks>(
        &self,
        room: &Permitted<RoomView, A>,
        id: &str,
        hash: &TokenHash,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Webhook> {
        let change = Change { view: (**room).clone(), id: id.to_owned(), now, actor: actor.clone() };
        self.db.write((change, hash.clone()), regenerate).await
    }

    /// Removes a webhook; its messages stay.
    ///
    /// # Errors
    /// NotFound when the room has no such webhook; Stale.
    pub async fn delete_webhook<A: DeletesWebhooks>(
        &self,
        room: &Permitted<RoomView, A>,
        id: &str,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let change = Change { view: (**room).clone(), id: id.to_owned(), now, actor: actor.clone() };
        self.db.write(change, delete).await
    }

    /// Forgets URLs that ended before `before`, at most `limit` per call. Answers how many went.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn trim_webhook_urls(&self, before: Timestamp, limit: u32) -> Result<u64> {
        self.db.write((before, limit), trim).await
    }
}

/// A change of one webhook.
#[derive(Debug)]
struct Change {
    view: RoomView,
    id: String,
    now: Timestamp,
    actor: Actor,
}

impl Change {
    /// The webhook with the hash of its URL. The room is locked.
    async fn find(&self, tx: &mut Tx) -> Result<(Webhook, TokenHash)> {
        let sql = format!("SELECT {COLUMNS}, token_hash FROM webhooks WHERE id = ? AND room_id = ?");
        let room = self.view.room.id.as_str();
        let absent = || webhook_absent(&self.id);
        if self.id.contains('\0') {
            return Err(absent());
        }
        let read = |row: &mut Reader<'_>| Ok((read(row)?, TokenHash::new(row.text("token_hash")?)));
        tx.one(&sql, values![&self.id, room], "webhooks", read).await?.ok_or_else(absent)
    }

    /// Lets a URL end.
    async fn bury(&self, tx: &mut Tx, hash: &TokenHash) -> Result<()> {
        const INSERT: &str = "INSERT INTO dead_webhook_urls (webhook_id, token_hash, died_at) VALUES (?, ?, ?)";
        tx.execute(INSERT, values![&self.id, hash.as_str(), self.now]).await?;
        let sql = format!(
            "SELECT died_at FROM dead_webhook_urls WHERE webhook_id = ? ORDER BY died_at DESC LIMIT 1 OFFSET {REMEMBERED}"
        );
        if let Some(died_at) = tx.number(&sql, values![&self.id], "dead_webhook_urls").await? {
            const DELETE: &str = "DELETE FROM dead_webhook_urls WHERE webhook_id = ? AND died_at <= ?";
            tx.execute(DELETE, values![&self.id, died_at]).await?;
        }
        Ok(())
    }

    async fn note(&self, tx: &mut Tx, topic: &str) -> Result<()> {
        note(tx, topic, &self.view, &self.id, self.now, &self.actor).await
    }
}

const COLUMNS: &str = "id, room_id, name, created_by, created_at, updated_at";

fn read(row: &mut Reader<'_>) -> Result<Webhook> {
    Ok(Webhook {
        id: row.text("id")?,
        room_id: row.text("room_id")?,
        name: row.text("name")?,
        created_by: row.text("created_by")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn read_seat(row: &mut Reader<'_>) -> Result<WebhookSeat> {
    let (id, name, token_hash) = (row.text("id")?, row.text("name")?, TokenHash::new(row.text("token_hash")?));
    Ok(WebhookSeat { place: read_place(row)?, id, name, token_hash })
}

async fn note(tx: &mut Tx, topic: &str, view: &RoomView, id: &str, at: Timestamp, actor: &Actor) -> Result<()> {
    let room = view.room.id.as_str();
    let payload = json!({"actor": actor, "webhook": {"id": id, "room_id": room}}).to_string();
    outbox::note(tx, &outbox::Note { topic, kind: "room", thing_id: room, at, payload: &payload }).await
}

fn find_url<'a>(tx: &'a mut Tx, input: &'a (String, TokenHash)) -> Answer<'a, FoundUrl> {
    let (id, hash) = input;
    Box::pin(async move {
        const SELECT: &str = "SELECT w.id, w.name, w.token_hash, r.id, r.account_id, a.status FROM webhooks w \
            JOIN rooms r ON r.id = w.room_id JOIN accounts a ON a.id = r.account_id WHERE w.id = ?";
        let live = tx.one(SELECT, values![id], "webhooks", read_seat).await?;
        const DEAD: &str = "SELECT webhook_id FROM dead_webhook_urls WHERE webhook_id = ? AND token_hash = ?";
        if tx.has(DEAD, values![id, hash.as_str()]).await? {
            return Ok(FoundUrl::Gone);
        }
        Ok(live.map_or(FoundUrl::Nothing, FoundUrl::Webhook))
    })
}

fn create<'a>(tx: &'a mut Tx, input: &'a (RoomView, Webhook, TokenHash, Actor)) -> Answer<'a, ()> {
    let (view, new, hash, actor) = input;
    Box::pin(async move {
        lock(tx, view).await?;
        let count =
            tx.count("SELECT COUNT(*) FROM webhooks WHERE room_id = ?", values![&new.room_id], "webhooks").await?;
        webhook::check_quota(count)?;
        let row =
            values![&new.id, &new.room_id, &new.name, hash.as_str(), &new.created_by, new.created_at, new.updated_at];
        const INSERT: &str = "INSERT INTO webhooks (id, room_id, name, token_hash, created_by, created_at, updated_at) \
            VALUES (?, ?, ?, ?, ?, ?, ?)";
        if !tx.insert(INSERT, row).await? {
            return Err(Error::internal("an id of a webhook was given twice"));
        }
        note(tx, "room.webhook.create", view, &new.id, new.created_at, actor).await
    })
}

fn list<'a>(tx: &'a mut Tx, view: &'a RoomView) -> Answer<'a, Vec<Webhook>> {
    Box::pin(async move {
        let sql = format!(
            "SELECT {COLUMNS} FROM webhooks WHERE room_id = ? ORDER BY created_at, id LIMIT {}",
            webhook::PER_ROOM
        );
        let found = tx.all(&sql, values![view.room.id.as_str()], "webhooks", read).await?;
        still_readable(tx, &view.thing(), &view.basis()).await?;
        Ok(found)
    })
}

fn regenerate<'a>(tx: &'a mut Tx, input: &'a (Change, TokenHash)) -> Answer<'a, Webhook> {
    let (change, hash) = input;
    Box::pin(async move {
        lock(tx, &change.view).await?;
        let (before, old) = change.find(tx).await?;
        change.bury(tx, &old).await?;
        let after = Webhook { updated_at: change.now.max(before.created_at), ..before };
        const UPDATE: &str = "UPDATE webhooks SET token_hash = ?, updated_at = ? WHERE id = ?";
        tx.execute(UPDATE, values![hash.as_str(), after.updated_at, &after.id]).await?;
        change.note(tx, "room.webhook.update").await?;
        Ok(after)
    })
}

fn delete<'a>(tx: &'a mut Tx, change: &'a Change) -> Answer<'a, ()> {
    Box::pin(async move {
        lock(tx, &change.view).await?;
        let (_, old) = change.find(tx).await?;
        change.bury(tx, &old).await?;
        tx.execute("DELETE FROM webhooks WHERE id = ?", values![&change.id]).await?;
        change.note(tx, "room.webhook.delete").await
    })
}

/// Removes the webhooks of a room that goes away; its row is locked.
pub(crate) async fn remove_all(tx: &mut Tx, room_id: &str, now: Timestamp) -> Result<()> {
    const BURY: &str = "INSERT INTO dead_webhook_urls (webhook_id, token_hash, died_at) \
        SELECT id, token_hash, ? FROM webhooks WHERE room_id = ?";
    if tx.execute(BURY, values![now, room_id]).await? > 0 {
        tx.execute("DELETE FROM webhooks WHERE room_id = ?", values![room_id]).await?;
    }
    Ok(())
}

fn trim<'a>(tx: &'a mut Tx, input: &'a (Timestamp, u32)) -> Answer<'a, u64> {
    let (before, limit) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT webhook_id, token_hash FROM dead_webhook_urls WHERE died_at < ? ORDER BY died_at LIMIT {limit}"
        );
        let read = |row: &mut Reader<'_>| Ok((row.text("webhook_id")?, row.text("token_hash")?));
        let dead = tx.all(&sql, values![*before], "dead_webhook_urls", read).await?;
        let count = dead.len() as u64;
        for (id, hash) in dead {
            const DELETE: &str = "DELETE FROM dead_webhook_urls WHERE webhook_id = ? AND token_hash = ?";
            tx.execute(DELETE, values![&id, &hash]).await?;
        }
        Ok(count)
    })
}
