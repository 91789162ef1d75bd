//! Chat accounts and the people in them (Amazon Chime API 2018-05-01).
//!
//! An account belongs to a project, as it belonged to an AWS account; everything else – people, rooms, bots – belongs to
//! one account. "Person" is the house's word for what the wire calls a User: users are the identity's.

pub mod actions;
pub mod changes;
pub mod decide;
pub mod operator;
pub mod person;
pub mod texts;

#[cfg(test)]
mod tests;

pub use changes::{AccountChanges, RetentionChange, SettingsChange};
pub use decide::{absent, permit, permit_create, permit_list, person_absent};
pub use person::{
    Alexa, Invite, InviteStatus, NewPerson, Person, PersonChanges, PersonFilter, PersonView, RegistrationStatus,
    Telephony, UserType,
};

use crate::{Caller, Error, ProjectId, Result, Timestamp, id::text_id};

text_id! {
    /// The id of an account: a UUID in lower case when made here, opaque to everybody.
    AccountId
}
text_id! {
    /// The id of a person in an account: a UUID in lower case when made here, opaque to everybody.
    PersonId
}

/// Most accounts a project can make; the operator can make more. Lists of a project's accounts may look at all of them.
pub const MAX_ACCOUNTS: u64 = 1000;
/// Longest name of an account, in characters.
pub const MAX_NAME_CHARS: usize = 100;
/// Most groups of delegates of one account.
pub const MAX_DELEGATE_GROUPS: usize = 100;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$value_doc])* $value,)* }

        impl $name {
            /// The text on the wire and in the catalog.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)* }
            }

            /// Reads the text on the wire and in the catalog.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$value),)* _ => None }
            }
        }
    )*};
}
pub(crate) use words;

words! {
    /// What kind of account it is. It decides which operations there are.
    AccountType {
        /// People are invited one by one.
        Team = "Team",
        /// People come from an Active Directory.
        EnterpriseDirectory = "EnterpriseDirectory",
        /// People are managed here (Login with Amazon, in the original).
        EnterpriseLwa = "EnterpriseLWA",
        /// People come from an OpenID provider.
        EnterpriseOidc = "EnterpriseOIDC",
    }
    /// What a person may do in meetings. Chat is the same with every license.
    License {
        /// Attend.
        Basic = "Basic",
        /// An old one.
        Plus = "Plus",
        /// Host.
        Pro = "Pro",
        /// Host, for thirty days.
        ProTrial = "ProTrial",
    }
    /// Whether an account is in use.
    AccountStatus {
        /// It is not.
        Suspended = "Suspended",
        /// It is.
        Active = "Active",
    }
}

impl AccountType {
    /// Whether it is one of the three Enterprise types.
    pub const fn is_enterprise(self) -> bool {
        !matches!(self, Self::Team)
    }
}

/// Switches of an account. They are about meetings: kept and shown, nothing here acts on them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountSettings {
    /// Nobody may take over a shared screen.
    pub disable_remote_control: bool,
    /// Meetings may call phones.
    pub enable_dial_out: bool,
}

/// How long messages are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Days messages in rooms are kept; `None` is for ever.
    pub room_days: Option<u32>,
    /// Days messages in conversations are kept; `None` is for ever.
    pub conversation_days: Option<u32>,
    /// When what fell out of the period at the last change is destroyed for good; `None` while nothing is limited.
    pub initiate_deletion_at: Option<Timestamp>,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The project it belongs to; never changes.
    pub project_id: ProjectId,
    /// Its name, at most 100 characters; not unique.
    pub name: String,
    /// What kind it is.
    pub account_type: AccountType,
    /// Whether it is in use.
    pub status: AccountStatus,
    /// The license new people get.
    pub default_license: License,
    /// Licenses its people may have.
    pub supported_licenses: Vec<License>,
    /// Groups whose members may act as delegates, in the order they were added.
    pub delegate_groups: Vec<String>,
    /// Switches.
    pub settings: AccountSettings,
    /// How long messages are kept.
    pub retention: Retention,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts the changes of this row; a write names the revision it was computed from.
    pub revision: i64,
}

impl Account {
    /// An account as CreateAccount and the operator make it: people get `Pro`, and may have `Basic`.
    ///
    /// # Errors
    /// Invalid for a name that is none.
    pub fn new(
        id: AccountId,
        project_id: ProjectId,
        name: &str,
        account_type: AccountType,
        now: Timestamp,
    ) -> Result<Self> {
        Ok(Self {
            id,
            project_id,
            name: texts::account_name(name)?,
            account_type,
            status: AccountStatus::Active,
            default_license: License::Pro,
            supported_licenses: vec![License::Basic, License::Pro],
            delegate_groups: Vec::new(),
            settings: AccountSettings::default(),
            retention: Retention::default(),
            created_at: now,
            updated_at: now,
            revision: 1,
        })
    }

    /// Refuses a license that people of the account cannot have.
    ///
    /// # Errors
    /// Invalid.
    pub fn check_license(&self, license: License) -> Result<()> {
        if self.supported_licenses.contains(&license) {
            return Ok(());
        }
        Err(Error::invalid(format!("The account does not support the license {}.", license.as_str())))
    }
}

/// Where a list goes on: after the thing that was made at that instant with that id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// When it was made.
    pub at: Timestamp,
    /// Its id.
    pub id: String,
}

/// What is listed in the order in which it was made.
pub trait Listed {
    /// Where a list goes on after it.
    fn key(&self) -> Key;
}

impl Listed for Account {
    fn key(&self) -> Key {
        Key { at: self.created_at, id: self.id.as_str().to_owned() }
    }
}

/// Which accounts of a project are wanted; `None` does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Names that begin like this, byte by byte.
    pub name_prefix: Option<String>,
    /// Accounts that have a person with this e-mail address.
    pub email: Option<String>,
}

impl AccountFilter {
    /// Refuses what no list can be narrowed by.
    ///
    /// # Errors
    /// Invalid for a prefix that begins no name, or a bad e-mail address.
    pub fn check(&self) -> Result<()> {
        if let Some(prefix) = &self.name_prefix {
            texts::account_name(prefix)?;
        }
        self.email.as_deref().map_or(Ok(()), |email| texts::email(email).map(drop))
    }
}

/// What could not be done with one item of a call about several; the others are not affected.
#[derive(Debug)]
pub struct ItemError {
    /// The item's id, as it was given.
    pub id: String,
    /// Why.
    pub error: Error,
}

/// The twelve digits by which AWS clients know a project: the project's id if it is such a number, digits derived from
/// it otherwise. They are for showing only; nothing is looked up by them.
pub fn aws_account_id(project: &ProjectId) -> String {
    let id = project.as_str();
    if id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return id.to_owned();
    }
    // FNV-1a, then a finaliser, so that ids that differ in one character differ everywhere.
    let mut hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    format!("{:012}", hash % 1_000_000_000_000)
}

/// The caller as AWS clients write it: `arn:aws:iam::<account>:user/<name>`, with the user's id where the identity tells
/// no name.
pub fn user_arn(caller: &Caller) -> String {
    let project = caller.project().map_or_else(|| "000000000000".to_owned(), aws_account_id);
    let name = caller.user_name.as_deref().unwrap_or_else(|| caller.user_id.as_str());
    format!("arn:aws:iam::{project}:user/{name}")
}
