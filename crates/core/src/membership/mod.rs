//! The membership engine's nouns and rules: one guest list for any shared thing.

pub mod model;
pub mod rules;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, Timestamp, id::MAX_ID_CHARS};

/// What kind of thing is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThingKind {
    /// A machine image.
    Image,
    /// A chat room.
    Room,
}

impl ThingKind {
    /// The text in the catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Room => "room",
        }
    }
}

/// A shared thing, named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ThingRef {
    /// What it is.
    pub kind: ThingKind,
    /// Its id within its kind.
    pub id: String,
}

/// What the member said to the invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberStatus {
    /// Not answered yet: reachable by id, absent from default lists.
    Pending,
    /// In the member's lists.
    Accepted,
    /// Refused: reachable by id, absent from default lists.
    Rejected,
}

impl MemberStatus {
    /// The text on the wire and in the catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    /// Reads the text on the wire and in the catalog.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "pending" => Some(Self::Pending),
            "accepted" => Some(Self::Accepted),
            "rejected" => Some(Self::Rejected),
            _ => None,
        }
    }
}

/// What a member may do with the guest list itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberRole {
    /// An ordinary member.
    Member,
    /// May manage the room.
    Administrator,
}

impl MemberRole {
    /// The text in the catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Administrator => "administrator",
        }
    }

    /// Reads the text in the catalog.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "member" => Some(Self::Member),
            "administrator" => Some(Self::Administrator),
            _ => None,
        }
    }
}

/// One live row of a guest list. There is at most one per (thing, member).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Membership {
    /// What is shared.
    pub thing: ThingRef,
    /// With whom: a project for images, a person or bot for rooms. Compared byte-wise.
    pub member: String,
    /// The member's answer.
    pub status: MemberStatus,
    /// The member's role in the thing.
    pub role: MemberRole,
    /// Image API v1: the member may share further.
    pub can_share: bool,
    /// Chime: the ARN of the caller that invited it.
    pub invited_by: Option<String>,
    /// When the member was invited.
    pub created_at: Timestamp,
    /// When the row last changed.
    pub updated_at: Timestamp,
}

/// A thing that has a guest list.
pub trait Shared {
    /// Which one it is.
    fn thing(&self) -> ThingRef;
}

/// An action that may add to a guest list.
pub trait Invites {}
/// An action that may remove from a guest list.
pub trait Revokes {}
/// An action that may answer an invitation.
pub trait Responds {}
/// An action that may change a member's role or sharing right.
pub trait Amends {}
/// An action that may replace a whole guest list.
pub trait Replaces {}
/// An action that may read a guest list.
pub trait ReadsGuests {}

/// A member's name from the wire: 1 to 255 characters, none of them a control character. Compared byte-wise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberName(String);

impl MemberName {
    /// Checks a name from the wire.
    ///
    /// # Errors
    /// Invalid when empty, too long, or with control characters.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::invalid("Member can't be empty"));
        }
        if text.chars().count() > MAX_ID_CHARS {
            return Err(Error::invalid(format!("Member can't be longer than {MAX_ID_CHARS} characters")));
        }
        if text.chars().any(char::is_control) {
            return Err(Error::invalid("Member can't contain control characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for MemberName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
