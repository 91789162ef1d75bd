//! What can be done with the messages and webhooks of rooms, as types. Redaction is the Amazon Chime API's (2018-05-01);
//! webhooks were made and messages read in the app only, so those operations and their rules are this server's own.

use crate::account::actions::operations;

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
