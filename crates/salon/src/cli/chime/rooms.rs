//! `salon chime room` and `salon chime bot`.

use clap::Subcommand;
use salon_core::{
    Result,
    account::{AccountId, Key},
    bot::Bot,
    room::{Room, members::RoomMembership},
};
use salon_service::{Service, bots, rooms::admin};
use serde_json::{Value, json};

use super::{
    super::identity::{Shape, list, show},
    PAGE, all, operator,
    webhooks::{self, InRoom, RoomCommand as LogCommand},
};
use crate::output::say;

/// `salon chime room`.
#[derive(Debug, Subcommand)]
pub(crate) enum RoomCommand {
    /// List the rooms of an account, or those somebody is in.
    List {
        /// The account's id.
        #[arg(long)]
        account: String,
        /// Only rooms that this person or bot is in, by id.
        #[arg(long)]
        member: Option<String>,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Show a room.
    Show {
        /// The room.
        #[command(flatten)]
        room: InRoom,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// List who is in a room.
    Members {
        /// The room.
        #[command(flatten)]
        room: InRoom,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
    /// Remove a room with its members, messages and webhooks.
    Delete {
        /// The room.
        #[command(flatten)]
        room: InRoom,
    },
    /// What is said there.
    #[command(flatten)]
    Said(LogCommand),
}

/// `salon chime bot`.
#[derive(Debug, Subcommand)]
pub(crate) enum BotCommand {
    /// List the bots of an account. Their security tokens are not shown.
    List {
        /// The account's id.
        #[arg(long)]
        account: String,
        /// Table or JSON.
        #[command(flatten)]
        shape: Shape,
    },
}

/// Runs `salon chime room`.
///
/// # Errors
/// For the person at the terminal.
pub(super) async fn room(service: &Service, command: RoomCommand) -> Result<()> {
    match command {
        RoomCommand::List { account, member, shape } => {
            let id = AccountId::new(account);
            let page =
                async |after: Option<Key>| admin::list(service, &id, member.as_deref(), after.as_ref(), PAGE).await;
            let rooms = all(page).await?;
            list(shape, &["id", "name", "created_by", "created_at"], rooms.iter().map(room_value));
        }
        RoomCommand::Show { room, shape } => {
            let (account, room) = room.ids();
            let found = admin::show(service, &account, &room).await?;
            show(shape, &room_value(&found));
        }
        RoomCommand::Members { room, shape } => {
            let (account, room) = room.ids();
            let page = async |after: Option<Key>| admin::members(service, &account, &room, after.as_ref(), PAGE).await;
            let members = all(page).await?;
            list(shape, &["id", "type", "email", "name", "role", "invited_by"], members.iter().map(member_value));
        }
        RoomCommand::Delete { room } => {
            let (account, room) = room.ids();
            admin::delete(service, &operator(), &account, &room).await?;
            say(format!("room {room} is removed"));
        }
        RoomCommand::Said(command) => webhooks::room(service, command).await?,
    }
    Ok(())
}

/// Runs `salon chime bot`.
///
/// # Errors
/// For the person at the terminal.
pub(super) async fn bot(service: &Service, command: BotCommand) -> Result<()> {
    match command {
        BotCommand::List { account, shape } => {
            let id = AccountId::new(account);
            let page = async |after: Option<Key>| bots::admin::list(service, &id, after.as_ref(), PAGE).await;
            let bots = all(page).await?;
            list(shape, &["id", "name", "email", "disabled", "events", "created_at"], bots.iter().map(bot_value));
        }
    }
    Ok(())
}

fn room_value(room: &Room) -> Value {
    json!({
        "id": room.id,
        "account_id": room.account_id,
        "name": room.name,
        "created_by": room.created_by,
        "created_at": room.created_at.to_iso_seconds(),
        "updated_at": room.updated_at.to_iso_seconds(),
    })
}

fn member_value(member: &RoomMembership) -> Value {
    json!({
        "id": member.guest.id,
        "type": member.guest.member_type.as_str(),
        "email": member.guest.email,
        "name": member.guest.full_name,
        "role": member.membership.role.as_str(),
        "invited_by": member.membership.invited_by,
    })
}

fn bot_value(bot: &Bot) -> Value {
    json!({
        "id": bot.id,
        "account_id": bot.account_id,
        "name": bot.display_name,
        "email": bot.email,
        "disabled": bot.disabled,
        "events": bot.endpoint.is_some(),
        "created_at": bot.created_at.to_iso_seconds(),
    })
}
