//! Messages in rooms: what may be said, by whom, for how long, and what bots are told of it.

pub mod content;
pub mod event;
pub mod retention;
pub mod webhook;

pub use content::Content;
pub use webhook::{Inbound, Webhook, WebhookName};

use crate::Timestamp;

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
