//! Chat rooms (Amazon Chime API 2018-05-01): what a room is, and who may do what with it.
//!
//! A room is a shared thing like an image: its guest list is the membership engine's. What is particular about rooms is
//! here: members are people and bots of the room's account, they are in at once, and each has a role.

pub mod actions;
pub mod members;
pub mod operator;
pub mod request;
#[cfg(test)]
mod tests;

pub use request::RequestToken;

use crate::{
    Caller, Error, Permitted, Result, Timestamp,
    account::{Account, AccountId, Key, Listed, actions::AccountAction, decide},
    id::text_id,
    membership::{Shared, ThingKind, ThingRef},
    policy::Policy,
};

text_id! {
    /// The id of a room: a UUID in lower case when made here, opaque to everybody.
    RoomId
}

/// Longest name of a room, in characters.
pub const MAX_NAME_CHARS: usize = 256;

/// A room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// The account it belongs to; never changes.
    pub account_id: AccountId,
    /// Its name; not unique.
    pub name: String,
    /// The ARN of the caller that made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed; never before `created_at`.
    pub updated_at: Timestamp,
}

impl Listed for Room {
    fn key(&self) -> Key {
        Key { at: self.created_at, id: self.id.as_str().to_owned() }
    }
}

/// A room with its account, in one read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomView {
    /// The account.
    pub account: Account,
    /// The room.
    pub room: Room,
    /// Whether the room may not lose its last administrator; set with the permission, from [`RoomLimits`].
    pub keeps_administrator: bool,
}

impl Shared for RoomView {
    fn thing(&self) -> ThingRef {
        ThingRef { kind: ThingKind::Room, id: self.room.id.as_str().to_owned() }
    }
}

/// An account with one room of it, in one read; the room is `None` when the account has none with that id. It proves
/// nothing: [`permit`] turns it into a [`Permitted`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomLookup {
    /// The account.
    pub account: Account,
    /// The room.
    pub room: Option<Room>,
}

/// Quotas and choices for rooms and bots. A `None` means unlimited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomLimits {
    /// Rooms of one account.
    pub rooms: Option<u64>,
    /// Members of one room.
    pub members: Option<u64>,
    /// Rooms one person or bot is in.
    pub rooms_of_member: Option<u64>,
    /// Bots of one account.
    pub bots: Option<u64>,
    /// Whether a room that has an administrator may not lose its last one.
    pub keeps_administrator: bool,
    /// The domain of bots' e-mail addresses when CreateBot names none; `None` is one below the account's id.
    pub bot_domain: Option<String>,
}

impl Default for RoomLimits {
    fn default() -> Self {
        Self {
            rooms: Some(1500),
            members: Some(1000),
            // 1000 memberships and 1500 rooms of one profile: the smaller of the two is reached first.
            rooms_of_member: Some(1000),
            bots: Some(10),
            keeps_administrator: false,
            bot_domain: None,
        }
    }
}

/// A room's name from the wire: 1 to 256 characters without the blanks around it, no control characters.
///
/// # Errors
/// Invalid.
pub fn name(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() {
        return Err(Error::invalid("Name must not be blank."));
    }
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(Error::invalid(format!("Name must not be longer than {MAX_NAME_CHARS} characters.")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid("Name must not contain control characters."));
    }
    Ok(name.to_owned())
}

/// What is read about a room that is not in the account.
pub fn absent(id: &RoomId) -> Error {
    Error::not_found(format!("The room {id} does not exist in this account."))
}

/// The account has its quota of rooms.
///
/// # Errors
/// OverLimit when `attempted` is more than the quota.
pub fn check_quota(attempted: u64, quota: Option<u64>) -> Result<()> {
    match quota {
        Some(maximum) if attempted > maximum => {
            Err(Error::over_limit(format!("An account can have {maximum} rooms at most.")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Proves that `caller` may do `A` with the room, or answers as an observer may be answered: first what
/// [`crate::account::permit`] answers about the account, then that there is no such room in it.
///
/// # Errors
/// NotFound, Forbidden.
pub fn permit<A: AccountAction>(
    policy: &Policy,
    limits: &RoomLimits,
    caller: &Caller,
    found: RoomLookup,
    id: &RoomId,
) -> Result<Permitted<RoomView, A>> {
    let RoomLookup { account, room } = found;
    decide::check::<A>(policy, caller, &account)?;
    let room = room.ok_or_else(|| absent(id))?;
    Ok(Permitted::granted(RoomView { account, room, keeps_administrator: limits.keeps_administrator }))
}
