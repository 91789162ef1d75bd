//! Messages in rooms: what may be said, by whom, for how long, and what bots are told of it.

pub mod actions;
pub mod content;
pub mod event;
pub mod operator;
pub mod posting;
pub mod retention;
pub mod webhook;

pub use content::Content;
pub use webhook::{Inbound, Webhook, WebhookName};

use crate::{Error, Timestamp};

/// What kind of sender a message has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderKind {
    /// A webhook.
    Webhook,
    /// A bot.
    Bot,
}

impl SenderKind {
    /// The text in the catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Bot => "bot",
        }
    }

    /// Reads the text in the catalog.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "webhook" => Some(Self::Webhook),
            "bot" => Some(Self::Bot),
            _ => None,
        }
    }
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// What it is.
    pub kind: SenderKind,
    /// Its id.
    pub id: String,
    /// Its name as it was then, and as it is shown: with ` (Webhook)` or ` (Bot)`.
    pub name: String,
}

/// A message in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// Its place in the room: later messages have larger numbers, gaps are normal.
    pub seq: i64,
    /// Who said it.
    pub sender: Sender,
    /// The text; empty once it is redacted.
    pub content: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was redacted, if it was.
    pub redacted_at: Option<Timestamp>,
}

/// What is read about a message that is not in the room.
pub fn absent(id: &str) -> Error {
    Error::not_found(format!("The message {id} does not exist in this room."))
}

/// What is read about a webhook that is not in the room.
pub fn webhook_absent(id: &str) -> Error {
    Error::not_found(format!("The webhook {id} does not exist in this room."))
}
