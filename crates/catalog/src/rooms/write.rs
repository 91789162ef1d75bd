//! Writes on rooms, each in one transaction with its note in the outbox.

use salon_core::{
    Error, Permitted, Result, Timestamp,
    account::Account,
    event::Actor,
    room::{self, RequestToken, Room, RoomId, RoomView, request},
};
use serde_json::json;

use super::{COLUMNS, lock_room, read};
use crate::{
    accounts,
    images::row,
    members::{self, Basis, Guarded as _},
    messages,
    outbox::{self, Note},
    sql::{Answer, Tx, values},
};

/// A room that is to be made.
#[derive(Clone, Debug)]
pub struct NewRoom {
    /// Its id, if it is a new one.
    pub id: RoomId,
    /// Its name.
    pub name: String,
    /// The ARN of the caller.
    pub created_by: String,
    /// The token of the request, and whose it is: tokens of different callers are different tokens.
    pub request: Option<(String, RequestToken)>,
    /// When.
    pub now: Timestamp,
}

/// Which room, under which permission, when and by whom.
#[derive(Debug)]
pub(super) struct Touch {
    id: RoomId,
    basis: Basis,
    now: Timestamp,
    actor: Actor,
}

impl Touch {
    pub(super) fn new<A>(view: &Permitted<RoomView, A>, now: Timestamp, actor: &Actor) -> Self {
        Self { id: view.room.id.clone(), basis: view.basis(), now, actor: actor.clone() }
    }

    async fn lock(&self, tx: &mut Tx) -> Result<Room> {
        match lock_room(tx, self.id.as_str()).await? {
            Some((basis, room)) if Basis::Room(basis.clone()) == self.basis => Ok(room),
            Some(_) | None => Err(Error::stale()),
        }
    }
}

async fn tell(tx: &mut Tx, topic: &str, room: &Room, at: Timestamp, actor: &Actor) -> Result<()> {
    let payload = row::json(&json!({
        "actor": actor,
        "room": {
            "id": room.id,
            "account_id": room.account_id,
            "name": room.name,
            "created_by": room.created_by,
            "created_at": room.created_at.0,
            "updated_at": room.updated_at.0,
        },
    }))?;
    outbox::note(tx, &Note { topic, kind: "room", thing_id: room.id.as_str(), at, payload: &payload }).await
}

pub(super) fn create<'a>(tx: &'a mut Tx, input: &'a (Account, NewRoom, Option<u64>, Actor)) -> Answer<'a, Room> {
    let (permitted, new, quota, actor) = input;
    Box::pin(async move {
        // Rooms of one account are made one after the other: tokens and the quota hold under this lock.
        let account = accounts::lock(tx, permitted).await?;
        if let Some((caller, token)) = &new.request
            && let Some(room) = replayed(tx, &account, caller, token, new).await?
        {
            return Ok(room);
        }
        if quota.is_some() {
            const COUNT: &str = "SELECT COUNT(*) FROM rooms WHERE account_id = ?";
            let count = tx.count(COUNT, values![account.id.as_str()], "rooms").await?;
            room::check_quota(count.saturating_add(1), *quota)?;
        }
        let room = Room {
            id: new.id.clone(),
            account_id: account.id.clone(),
            name: new.name.clone(),
            created_by: new.created_by.clone(),
            created_at: new.now,
            updated_at: new.now,
        };
        const INSERT: &str =
            "INSERT INTO rooms (id, account_id, name, created_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)";
        let row = values![
            room.id.as_str(),
            room.account_id.as_str(),
            &room.name,
            &room.created_by,
            room.created_at,
            room.updated_at,
        ];
        if !tx.insert(INSERT, row).await? {
            return Err(Error::internal("a new room has the id of another"));
        }
        if let Some((caller, token)) = &new.request {
            const INSERT: &str = "INSERT INTO room_requests (account_id, caller, token, room_id, name, expires_at) \
                VALUES (?, ?, ?, ?, ?, ?)";
            let expires = new.now.plus(request::MEMORY);
            let row = values![account.id.as_str(), caller, token.as_str(), room.id.as_str(), &room.name, expires];
            if !tx.insert(INSERT, row).await? {
                return Err(Error::internal("a token came up under the lock of its account"));
            }
        }
        tell(tx, "room.create", &room, new.now, actor).await?;
        Ok(room)
    })
}

/// The room that the same request made before. Requests of the account that need not be remembered any more go.
async fn replayed(
    tx: &mut Tx,
    account: &Account,
    caller: &str,
    token: &RequestToken,
    new: &NewRoom,
) -> Result<Option<Room>> {
    const FORGET: &str = "DELETE FROM room_requests WHERE account_id = ? AND expires_at <= ?";
    tx.execute(FORGET, values![account.id.as_str(), new.now]).await?;
    let sql = format!(
        "SELECT q.name, {COLUMNS} FROM room_requests q JOIN rooms r ON r.id = q.room_id \
         WHERE q.account_id = ? AND q.caller = ? AND q.token = ?"
    );
    let key = values![account.id.as_str(), caller, token.as_str()];
    tx.one(
        &sql,
        key,
        "room_requests",
        |row| if row.text("name")? == new.name { read(row) } else { Err(request::reused()) },
    )
    .await
}

pub(super) fn rename<'a>(tx: &'a mut Tx, input: &'a (Touch, String)) -> Answer<'a, Room> {
    let (on, name) = input;
    Box::pin(async move {
        let before = on.lock(tx).await?;
        let room = Room { name: name.clone(), updated_at: on.now.max(before.created_at), ..before };
        const UPDATE: &str = "UPDATE rooms SET name = ?, updated_at = ? WHERE id = ?";
        tx.execute(UPDATE, values![&room.name, room.updated_at, room.id.as_str()]).await?;
        tell(tx, "room.update", &room, room.updated_at, &on.actor).await?;
        Ok(room)
    })
}

pub(super) fn delete<'a>(tx: &'a mut Tx, on: &'a Touch) -> Answer<'a, ()> {
    Box::pin(async move {
        let room = on.lock(tx).await?;
        let id = room.id.as_str();
        messages::remove_all(tx, id, &on.actor.user_id, on.now).await?;
        members::revoke_all(tx, "room", id, on.now, &on.actor).await?;
        tx.execute("DELETE FROM room_requests WHERE room_id = ?", values![id]).await?;
        tx.execute("DELETE FROM rooms WHERE id = ?", values![id]).await?;
        let gone = Room { updated_at: on.now.max(room.created_at), ..room };
        tell(tx, "room.delete", &gone, on.now, &on.actor).await
    })
}
