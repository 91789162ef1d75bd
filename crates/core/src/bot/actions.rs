//! What can be done with bots, as types: one per operation of the Amazon Chime API 2018-05-01.

use crate::account::actions::operations;

operations! {
    /// Make a bot.
    CreateBot: Enterprise;
    /// See it, its security token included.
    GetBot: Enterprise;
    /// List an account's bots.
    ListBots: Enterprise;
    /// Disable or enable it.
    UpdateBot: Enterprise;
    /// Give it another security token.
    RegenerateSecurityToken: Enterprise;
    /// Say where its events go.
    PutEventsConfiguration: Enterprise;
    /// See where its events go.
    GetEventsConfiguration: Enterprise;
    /// Send its events nowhere.
    DeleteEventsConfiguration: Enterprise;
}

/// An action that may list bots.
pub trait ListsBots {}
impl ListsBots for ListBots {}

/// An operation that rewrites the bot.
pub trait ChangesBot: crate::account::actions::AccountAction {}
impl ChangesBot for UpdateBot {}
impl ChangesBot for RegenerateSecurityToken {}
impl ChangesBot for PutEventsConfiguration {}
impl ChangesBot for DeleteEventsConfiguration {}
