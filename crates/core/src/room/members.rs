//! Who can be in a room, and how.

use crate::{
    Error, Result,
    account::{AccountId, Key, Listed, RegistrationStatus, words},
    membership::{MemberName, MemberRole, Membership, rules::Invitation},
};

/// Most memberships made in one call.
pub const MAX_BATCH: usize = 50;

words! {
    /// What a member of a room is.
    MemberType {
        /// A person.
        User = "User",
        /// A bot.
        Bot = "Bot",
        /// A webhook. It is listed with the members, and is none: memberships are never made, changed or removed by its id.
        Webhook = "Webhook",
    }
}

/// Whether somebody can be added to rooms now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Ready,
    /// A person that is suspended.
    Suspended,
    /// A bot that is disabled.
    Disabled,
    /// A bot that has nowhere to send its events.
    Unconfigured,
}

impl Standing {
    /// Of a person.
    pub const fn of_person(registration: RegistrationStatus) -> Self {
        match registration {
            RegistrationStatus::Suspended => Self::Suspended,
            RegistrationStatus::Unregistered | RegistrationStatus::Registered => Self::Ready,
        }
    }

    /// Of a bot.
    pub const fn of_bot(disabled: bool, configured: bool) -> Self {
        match (disabled, configured) {
            (true, _) => Self::Disabled,
            (false, false) => Self::Unconfigured,
            (false, true) => Self::Ready,
        }
    }
}

/// A person or bot, as far as rooms are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// The person's or bot's id.
    pub id: String,
    /// Which of the two.
    pub member_type: MemberType,
    /// E-mail address.
    pub email: String,
    /// Name for others.
    pub full_name: String,
    /// The account it belongs to.
    pub account_id: AccountId,
    /// Whether it can be added to rooms now.
    pub standing: Standing,
}

/// A membership in a room with who it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomMembership {
    /// The row of the guest list.
    pub membership: Membership,
    /// Who.
    pub guest: Guest,
}

impl Listed for RoomMembership {
    fn key(&self) -> Key {
        Key { at: self.membership.created_at, id: self.membership.member.clone() }
    }
}

/// Somebody to be added to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joining {
    /// The id of a person or bot, as it was given.
    pub member: String,
    /// Its role; an ordinary member, when not said.
    pub role: Option<MemberRole>,
}

impl Joining {
    /// The invitation it becomes, for the engine.
    ///
    /// # Errors
    /// NotFound for an id that nobody can have.
    pub fn invitation(&self, invited_by: &str) -> Result<Invitation> {
        let member = member_name(&self.member)?;
        let role = self.role.unwrap_or(MemberRole::Member);
        Ok(Invitation::immediate(member, role, invited_by.to_owned()))
    }
}

/// A member's id from the wire. One that nobody can have is as absent as any other that nobody has.
///
/// # Errors
/// NotFound.
pub fn member_name(text: &str) -> Result<MemberName> {
    MemberName::parse(text).map_err(|_| unknown())
}

/// Refuses a call about too many members.
///
/// # Errors
/// Invalid.
pub fn check_batch(length: usize) -> Result<()> {
    if length <= MAX_BATCH {
        return Ok(());
    }
    Err(Error::invalid(format!("MembershipItemList must not have more than {MAX_BATCH} items.")))
}

/// May somebody be added to a room as things are?
///
/// # Errors
/// Invalid.
pub fn check_admission(guest: &Guest) -> Result<()> {
    match guest.standing {
        Standing::Ready => Ok(()),
        Standing::Suspended => Err(Error::invalid("The user is suspended and cannot be added to a room.")),
        Standing::Disabled => Err(Error::invalid("The bot is disabled and cannot be added to a room.")),
        Standing::Unconfigured => {
            Err(Error::invalid("The bot has no events configuration and cannot be added to a room."))
        }
    }
}

/// Can the role of this member be changed?
///
/// # Errors
/// Invalid for a bot.
pub fn check_amendment(guest: &Guest) -> Result<()> {
    match guest.member_type {
        MemberType::User => Ok(()),
        MemberType::Bot | MemberType::Webhook => Err(Error::invalid("The role of a bot cannot be changed.")),
    }
}

/// What is read about a member that the room's account does not have: always the same words.
pub fn unknown() -> Error {
    Error::not_found("The member does not exist in this account.")
}

/// The room keeps an administrator, and this is the last one.
pub fn last_administrator() -> Error {
    Error::invalid("The room must keep an administrator. Give another member the role first.")
}
