//! What can be done with a chat account and the people in it, as types: one per operation of the Amazon Chime API
//! 2018-05-01, each with the policy rule that guards it (`chime:` and the operation's name, as IAM spells actions) and
//! the types of account it is for.

use crate::image::actions::Action;

/// Types of account an operation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// All of them.
    Any,
    /// Enterprise accounts; refused otherwise with Forbidden.
    Enterprise,
    /// Enterprise accounts; refused otherwise with Invalid, which is what the real service answers to CreateUser.
    EnterprisePeople,
    /// Team accounts; Invalid.
    Team,
    /// Accounts whose people are managed here and not in a directory; Invalid.
    TeamOrLwa,
    /// EnterpriseLWA accounts; Invalid.
    Lwa,
}

/// An operation on an account, or on something in one.
pub trait AccountAction: Action {
    /// Types of account it is for.
    const NEEDS: Needs;
}

/// Operations as types: `/// Words. Name: Needs;`. The rule is `chime:Name`.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident: $needs:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl $crate::image::actions::Action for $name {
            const RULE: &'static str = concat!("chime:", stringify!($name));
        }

        impl $crate::account::actions::AccountAction for $name {
            const NEEDS: $crate::account::actions::Needs = $crate::account::actions::Needs::$needs;
        }
    )*};
}
pub(crate) use operations;

self::operations! {
    /// Make an account.
    CreateAccount: Any;
    /// See it.
    GetAccount: Any;
    /// List the project's accounts.
    ListAccounts: Any;
    /// Change name or default license.
    UpdateAccount: Any;
    /// Remove it.
    DeleteAccount: Any;
    /// See its switches.
    GetAccountSettings: Any;
    /// Set its switches.
    UpdateAccountSettings: Any;
    /// Add groups whose members may act as delegates.
    AssociateSigninDelegateGroupsWithAccount: Any;
    /// Take such groups away.
    DisassociateSigninDelegateGroupsFromAccount: Any;
    /// See how long messages are kept.
    GetRetentionSettings: Enterprise;
    /// Set how long messages are kept.
    PutRetentionSettings: Enterprise;
    /// Invite people by e-mail address.
    InviteUsers: Team;
    /// List people.
    ListUsers: Any;
    /// See a person.
    GetUser: Any;
    /// Change a person.
    UpdateUser: Any;
    /// Change several people.
    BatchUpdateUser: Any;
    /// Suspend people.
    BatchSuspendUser: TeamOrLwa;
    /// Let suspended people in again.
    BatchUnsuspendUser: Lwa;
    /// Add a person.
    CreateUser: EnterprisePeople;
    /// Sign a person out everywhere.
    LogoutUser: Any;
    /// See a person's switches.
    GetUserSettings: Any;
    /// Set a person's switches.
    UpdateUserSettings: Any;
    /// Give a person a new PIN for meetings.
    ResetPersonalPIN: Any;
}

/// An operation that rewrites the account itself.
pub trait ChangesAccount: AccountAction {}
impl ChangesAccount for UpdateAccount {}
impl ChangesAccount for UpdateAccountSettings {}
impl ChangesAccount for AssociateSigninDelegateGroupsWithAccount {}
impl ChangesAccount for DisassociateSigninDelegateGroupsFromAccount {}
impl ChangesAccount for PutRetentionSettings {}

/// An operation that changes licenses and types of people.
pub trait ChangesPeople: AccountAction {}
impl ChangesPeople for UpdateUser {}
impl ChangesPeople for BatchUpdateUser {}
