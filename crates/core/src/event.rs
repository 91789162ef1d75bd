//! What happened, as it is written to history and outbox in the transaction of the change.

use serde::Serialize;

/// Who did it and under which request; written beside every change.
#[derive(Clone, Debug, Serialize)]
pub struct Actor {
    /// The calling user.
    pub user_id: String,
    /// The project the caller acted for.
    pub project_id: Option<String>,
    /// The request's id.
    pub request_id: String,
}

/// Named changes of guest lists, as history records them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberChange {
    /// Invited.
    Invite,
    /// The member answered (or an administrator for it).
    Respond,
    /// Role or sharing right changed.
    Amend,
    /// Part of a replaced list.
    Replace,
    /// Removed.
    Revoke,
}

impl MemberChange {
    /// The text in the catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Respond => "respond",
            Self::Amend => "amend",
            Self::Replace => "replace",
            Self::Revoke => "revoke",
        }
    }
}
