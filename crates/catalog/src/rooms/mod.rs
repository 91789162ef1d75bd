//! Chat rooms: reading, listing, writing. Who is in a room is the membership engine's; see [`crate::members`].
//!
//! Locks are taken in one order: account, room, then members in the order of their ids.

mod list;
mod members;
mod write;

use salon_core::{
    Permitted, ProjectId, Result, Timestamp, Viewer,
    account::{Account, AccountId, Key},
    event::Actor,
    membership::{MemberName, ReadsGuests, Shared as _},
    room::{
        Room, RoomId, RoomLookup, RoomView,
        actions::{
            BatchCreateRoomMembership, CreateRoom, CreateRoomMembership, ListRooms, ListsRooms, RemovesRooms,
            UpdateRoom, UpdateRoomMembership,
        },
        members::{Joining, RoomMembership},
    },
};

pub use self::write::NewRoom;
use crate::{
    Catalog, accounts,
    members::{Amendment, Guarded, Invitation, List},
    sql::{Answer, Reader, Tx, Value, values},
};
use salon_core::{Error, membership::rules::Quotas};

/// What a permission on a room was computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The account.
    pub(crate) account: AccountId,
    /// The project it belongs to.
    project: String,
    /// Its type.
    account_type: String,
    /// Whether it is in use.
    status: String,
}

impl Guarded for RoomView {
    fn basis(&self) -> crate::members::Basis {
        let Account { id, project_id, account_type, status, .. } = &self.account;
        crate::members::Basis::Room(Basis {
            account: id.clone(),
            project: project_id.as_str().to_owned(),
            account_type: account_type.as_str().to_owned(),
            status: status.as_str().to_owned(),
        })
    }

    fn keeps_administrator(&self) -> bool {
        self.keeps_administrator
    }
}

/// The columns [`read`] reads, of a table called `r`.
const COLUMNS: &str = "r.id, r.account_id, r.name, r.created_by, r.created_at, r.updated_at";

impl Catalog {
    /// An account with one room of it, in one statement; `None` when there is no such account.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn room(&self, account: &AccountId, room: &RoomId) -> Result<Option<RoomLookup>> {
        self.db.read((account.clone(), room.clone(), None), find).await
    }

    /// As [`Catalog::room`], of an account that `viewer` can reach.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn room_within_reach(
        &self,
        account: &AccountId,
        room: &RoomId,
        viewer: &Viewer,
    ) -> Result<Option<RoomLookup>> {
        self.db.read((account.clone(), room.clone(), accounts::reach(viewer)), find).await
    }

    /// Rooms of an account in the order they were made, after `after`; only those `member` is in, if one is named.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn rooms<A: ListsRooms>(
        &self,
        account: &Permitted<Account, A>,
        member: Option<&MemberName>,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<Vec<Room>> {
        self.db.read(list::Asked::new(account, member, after, limit), list::rooms).await
    }

    /// How many steps the database takes to answer [`Catalog::rooms`]. Test support.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn rooms_steps(
        &self,
        account: &Permitted<Account, ListRooms>,
        member: Option<&MemberName>,
        after: Option<&Key>,
        limit: u32,
    ) -> Result<u64> {
        self.db.scan(list::Asked::new(account, member, after, limit), list::steps).await
    }

    /// Writes a new room. With a token, a request that was answered before gets the room it made then.
    ///
    /// # Errors
    /// Invalid when the token made a room of another name; OverLimit when the account has `quota` rooms; Stale when what
    /// the permission was computed from changed.
    pub async fn create_room(
        &self,
        account: &Permitted<Account, CreateRoom>,
        new: &NewRoom,
        quota: Option<u64>,
        actor: &Actor,
    ) -> Result<Room> {
        self.db.write(((**account).clone(), new.clone(), quota, actor.clone()), write::create).await
    }

    /// Renames a room.
    ///
    /// # Errors
    /// Stale when what the permission was computed from changed or the room went away.
    pub async fn rename_room(
        &self,
        room: &Permitted<RoomView, UpdateRoom>,
        name: &str,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Room> {
        self.db.write((write::Touch::new(room, now, actor), name.to_owned()), write::rename).await
    }

    /// Removes a room with everything in it: afterwards nobody is a member.
    ///
    /// # Errors
    /// Stale when what the permission was computed from changed or the room went away.
    pub async fn delete_room<A: RemovesRooms>(
        &self,
        room: &Permitted<RoomView, A>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        self.db.write(write::Touch::new(room, now, actor), write::delete).await
    }

    /// Adds a person or bot to a room.
    ///
    /// # Errors
    /// As [`Catalog::invite`].
    pub async fn join_room(
        &self,
        room: &Permitted<RoomView, CreateRoomMembership>,
        invitation: &Invitation,
        quotas: Quotas,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<RoomMembership> {
        let list = List::new(&**room, now, actor);
        self.db.write((list, invitation.clone(), quotas), members::join).await
    }

    /// Adds people and bots to a room: each as [`Catalog::invite`] does or not at all, all of them in one transaction.
    /// Answers for each in the order of the call. One that is named twice is there already the second time.
    ///
    /// # Errors
    /// Stale, as [`Catalog::invite`]. What is wrong with one of them is its own answer.
    pub async fn join_room_together(
        &self,
        room: &Permitted<RoomView, BatchCreateRoomMembership>,
        joining: &[Joining],
        invited_by: &str,
        quotas: Quotas,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Vec<Result<RoomMembership>>> {
        let list = List::new(&**room, now, actor);
        self.db.write((list, joining.to_vec(), invited_by.to_owned(), quotas), members::join_together).await
    }

    /// Changes the role of a person in a room.
    ///
    /// # Errors
    /// As [`Catalog::amend`].
    pub async fn amend_in_room(
        &self,
        room: &Permitted<RoomView, UpdateRoomMembership>,
        member: &MemberName,
        amendment: Amendment,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<RoomMembership> {
        let list = List::new(&**room, now, actor);
        self.db.write((list, member.as_str().to_owned(), amendment), members::amend).await
    }

    /// Who is in a room, in the order of their ids, after `after`, with names and addresses, in one statement.
    ///
    /// # Errors
    /// Stale when the room went away or its account changed; Unavailable.
    pub async fn room_members<A: ReadsGuests>(
        &self,
        room: &Permitted<RoomView, A>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<RoomMembership>> {
        let after = after.unwrap_or_default().to_owned();
        let page = (room.account.id.clone(), room.thing().id, after, limit);
        self.db.read((page, room.thing(), room.basis()), members::list).await
    }

    /// How many steps the database takes to answer [`Catalog::room_members`]. Test support.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn room_members_steps<A: ReadsGuests>(
        &self,
        room: &Permitted<RoomView, A>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<u64> {
        let after = after.unwrap_or_default().to_owned();
        self.db.scan((room.account.id.clone(), room.thing().id, after, limit), members::list_steps).await
    }

    /// One member of a room.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn room_member<A: ReadsGuests>(
        &self,
        room: &Permitted<RoomView, A>,
        member: &MemberName,
    ) -> Result<Option<RoomMembership>> {
        let input = (room.account.id.clone(), room.thing().id, member.as_str().to_owned());
        self.db.read(input, members::one).await
    }
}

/// Reads [`COLUMNS`].
fn read(row: &mut Reader<'_>) -> Result<Room> {
    let id = row.text("id")?;
    read_rest(row, id)
}

fn read_rest(row: &mut Reader<'_>, id: String) -> Result<Room> {
    Ok(Room {
        id: RoomId::new(id),
        account_id: AccountId::new(row.text("account_id")?),
        name: row.text("name")?,
        created_by: row.text("created_by")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn find<'a>(tx: &'a mut Tx, input: &'a (AccountId, RoomId, Option<ProjectId>)) -> Answer<'a, Option<RoomLookup>> {
    let (account, room, reach) = input;
    Box::pin(async move {
        if account.as_str().contains('\0') {
            return Ok(None);
        }
        // An id no row can have is an id no row has.
        let wanted = if room.as_str().contains('\0') { "" } else { room.as_str() };
        let mut sql = format!(
            "SELECT {}, {COLUMNS} FROM accounts a LEFT JOIN rooms r ON r.id = ? AND r.account_id = a.id WHERE a.id = ?",
            accounts::COLUMNS
        );
        let mut bound: Vec<Value<'_>> = values![wanted, account.as_str()].to_vec();
        accounts::narrow(&mut sql, &mut bound, reach.as_ref());
        tx.one(&sql, &bound, "accounts with rooms", |row| {
            let account = accounts::read(row)?;
            let room = match row.opt_text("id")? {
                Some(id) => Some(read_rest(row, id)?),
                None => None,
            };
            Ok(RoomLookup { account, room })
        })
        .await
    })
}

/// What permissions on a room are computed from now, and when it was made; `lock` ends the query.
pub(crate) async fn basis(tx: &mut Tx, id: &str, lock: &str) -> Result<Option<(Basis, Timestamp)>> {
    Ok(look(tx, id, lock).await?.map(|(basis, room)| (basis, room.created_at)))
}

/// Locks a room until the transaction ends. Answers as [`basis`].
pub(crate) async fn lock(tx: &mut Tx, id: &str) -> Result<Option<(Basis, Timestamp)>> {
    let lock = tx.for_update();
    basis(tx, id, lock).await
}

/// Locks a room until the transaction ends.
async fn lock_room(tx: &mut Tx, id: &str) -> Result<Option<(Basis, Room)>> {
    let lock = tx.for_update();
    look(tx, id, lock).await
}

async fn look(tx: &mut Tx, id: &str, lock: &str) -> Result<Option<(Basis, Room)>> {
    let sql = format!("SELECT {COLUMNS} FROM rooms r WHERE r.id = ?{lock}");
    let Some(room) = tx.one(&sql, values![id], "rooms", read).await? else { return Ok(None) };
    // The account is looked at, not locked: it cannot go while it has this room, and members of its other rooms need not
    // wait. Whatever changes in it later comes after this change.
    const ACCOUNT: &str = "SELECT id, project_id, account_type, status FROM accounts WHERE id = ?";
    let read_basis = |row: &mut Reader<'_>| {
        Ok(Basis {
            account: AccountId::new(row.text("id")?),
            project: row.text("project_id")?,
            account_type: row.text("account_type")?,
            status: row.text("status")?,
        })
    };
    let basis = tx.one(ACCOUNT, values![room.account_id.as_str()], "accounts", read_basis).await?;
    let gone = || Error::internal(format!("table rooms, row {id}: its account is gone"));
    Ok(Some((basis.ok_or_else(gone)?, room)))
}
