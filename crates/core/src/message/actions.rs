//! What can be done with the messages and webhooks of rooms, as types. Redaction is the Amazon Chime API's (2018-05-01);
//! webhooks were made and messages read in the app only, so those operations and their rules are this server's own.

use crate::{account::actions::operations, room::actions::ListRoomMemberships};

operations! {
    /// Take a message in a room back.
    RedactRoomMessage: Enterprise;
    /// Take a message in a conversation back.
    RedactConversationMessage: Enterprise;
    /// Read a room's messages.
    ListRoomMessages: Enterprise;
    /// Make a webhook.
    CreateWebhook: Enterprise;
    /// List a room's webhooks.
    ListWebhooks: Enterprise;
    /// Give a webhook a new URL, and let the old one end.
    RegenerateWebhook: Enterprise;
    /// Remove a webhook.
    DeleteWebhook: Enterprise;
}

/// Post a message. Whoever has a URL for it may: there is no caller and no rule.
#[derive(Clone, Copy, Debug)]
pub enum Post {}

/// What the operator does at the server's command line, where there is no caller and no rule.
#[derive(Clone, Copy, Debug)]
pub enum Operate {}

macro_rules! purposes {
    ($($(#[$doc:meta])* $purpose:ident: $action:ident;)*) => {$(
        $(#[$doc])*
        pub trait $purpose {}
        impl $purpose for $action {}
        impl $purpose for Operate {}
    )*};
}

purposes! {
    /// An action that reads messages.
    ReadsMessages: ListRoomMessages;
    /// An action that makes webhooks.
    CreatesWebhooks: CreateWebhook;
    /// An action that sees webhooks.
    ListsWebhooks: ListWebhooks;
    /// An action that gives webhooks new URLs.
    RegeneratesWebhooks: RegenerateWebhook;
    /// An action that removes webhooks.
    DeletesWebhooks: DeleteWebhook;
}

impl ListsWebhooks for ListRoomMemberships {}
