//! `salon chime webhook` and `salon chime room`: the webhooks of rooms and what was said there. The Amazon Chime API has
//! no calls for either; in the original they were the app's.

use clap::{Args, Subcommand};
use salon_core::{
    Result,
    account::AccountId,
    message::{Message, Webhook, WebhookName},
    room::RoomId,
};
use salon_service::{Service, messages, webhooks};
use serde_json::{Value, json};

use super::{
    super::identity::{Shape, list, show},
    operator,
};
use crate::output::complain;

/// Longest log that is shown. It is said when there is more.
const MAX_LOG: u32 = 10_000;

/// A room, named.
#[derive(Args, Clone, Debug)]
pub(crate) struct InRoom {
    /// The account's id.
    #[arg(long)]
    account: String,
    /// The room's id.
    #[arg(long)]
    room: String,
}

impl InRoom {
    pub(crate) fn ids(&self) -> (AccountId, RoomId) {
        (AccountId::new(self.account.as_str()), RoomId::new(self.room.as_str()))
    }
}

/// `salon chime webhook`.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Make a webhook and print its URL, which is shown this once: whoever knows it may post into the room.
    Create {
        /// Where it posts.
        #[command(flatten)]
        room: InRoom,
        /// The name its messages are shown under.
        #[arg(long)]
        name: String,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// List a room's webhooks.
    List {
        /// The room.
        #[command(flatten)]
        room: InRoom,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Give a webhook a new URL and print it; the old one ends at once.
    Regenerate {
        /// Its id.
        webhook: String,
        /// The room.
        #[command(flatten)]
        room: InRoom,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Remove a webhook; its messages stay.
    Delete {
        /// Its id.
        webhook: String,
        /// The room.
        #[command(flatten)]
        room: InRoom,
    },
}

/// `salon chime room`.
#[derive(Debug, Subcommand)]
pub(crate) enum RoomCommand {
    /// Show the newest messages of a room, the oldest of them first.
    Log {
        /// The room.
        #[command(flatten)]
        room: InRoom,
        /// How many.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_LOG)))]
        last: u32,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
}

/// Runs `salon chime webhook`.
///
/// # Errors
/// For the person at the terminal.
pub(crate) async fn webhook(service: &Service, command: WebhookCommand) -> Result<()> {
    match command {
        WebhookCommand::Create { room, name, shape } => {
            let ((account, room), name) = (room.ids(), WebhookName::parse(&name)?);
            let made = webhooks::admin::create(service, &operator(), &account, &room, &name).await?;
            show(shape, &with_url(&made));
        }
        WebhookCommand::List { room, shape } => {
            let (account, room) = room.ids();
            let found = webhooks::admin::list(service, &account, &room).await?;
            list(shape, &["id", "name", "created_by", "created_at", "updated_at"], found.iter().map(webhook_value));
        }
        WebhookCommand::Regenerate { webhook, room, shape } => {
            let (account, room) = room.ids();
            let changed = webhooks::admin::regenerate(service, &operator(), &account, &room, &webhook).await?;
            show(shape, &with_url(&changed));
        }
        WebhookCommand::Delete { webhook, room } => {
            let (account, room) = room.ids();
            webhooks::admin::delete(service, &operator(), &account, &room, &webhook).await?;
        }
    }
    Ok(())
}

/// Runs `salon chime room`.
///
/// # Errors
/// For the person at the terminal.
pub(crate) async fn room(service: &Service, command: RoomCommand) -> Result<()> {
    let RoomCommand::Log { room, last, shape } = command;
    let (account, room) = room.ids();
    let mut found: Vec<Message> = Vec::new();
    let mut before = None;
    let wanted = last as usize;
    while found.len() < wanted {
        let left = u32::try_from(wanted - found.len()).unwrap_or(messages::MAX_PAGE);
        let (page, next) = messages::admin::log(service, &account, &room, before, left).await?;
        found.extend(page);
        before = next;
        if before.is_none() {
            break;
        }
    }
    if before.is_some() {
        complain(format!("only the newest {} are shown", found.len()));
    }
    list(shape, &["created_at", "id", "sender", "content"], found.iter().rev().map(message_value));
    Ok(())
}

fn webhook_value(webhook: &Webhook) -> Value {
    json!({
        "id": webhook.id,
        "name": webhook.name,
        "room_id": webhook.room_id,
        "created_by": webhook.created_by,
        "created_at": webhook.created_at.to_iso_seconds(),
        "updated_at": webhook.updated_at.to_iso_seconds(),
    })
}

fn with_url(shown: &webhooks::Shown) -> Value {
    let mut value = webhook_value(&shown.webhook);
    if let Some(members) = value.as_object_mut() {
        members.insert("url".to_owned(), json!(shown.url));
    }
    value
}

fn message_value(message: &Message) -> Value {
    json!({
        "id": message.id,
        "seq": message.seq,
        "sender": message.sender.name,
        "sender_kind": message.sender.kind.as_str(),
        "sender_id": message.sender.id,
        "content": message.content,
        "created_at": message.created_at.to_iso_millis(),
        "redacted_at": message.redacted_at.map(|at| at.to_iso_millis()),
    })
}
