//! People in an account: what they are, and what each operation does to one.

use super::{Account, AccountId, AccountType, Key, License, Listed, PersonId, texts, words};
use crate::{Error, Result, Timestamp};

/// Most people in one call that invites, suspends or lets in again.
pub const MAX_BATCH: usize = 50;
/// Most people in one call that changes them.
pub const MAX_UPDATE_BATCH: usize = 20;

words! {
    /// Who it is.
    UserType {
        /// Somebody.
        PrivateUser = "PrivateUser",
        /// A device in a meeting room.
        SharedDevice = "SharedDevice",
    }
    /// How far a person got.
    RegistrationStatus {
        /// Invited, and has not come yet.
        Unregistered = "Unregistered",
        /// In.
        Registered = "Registered",
        /// Kept out.
        Suspended = "Suspended",
    }
    /// What became of an invitation.
    InviteStatus {
        /// Not answered.
        Pending = "Pending",
        /// Answered: the person is in.
        Accepted = "Accepted",
        /// Could not be delivered.
        Failed = "Failed",
    }
}

/// Alexa for Business data of a person: kept and shown, nothing here acts on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alexa {
    /// Whether it is on.
    pub enabled: bool,
    /// The ARN of the room.
    pub room_arn: Option<String>,
}

/// Switches of a person. They are about telephony: kept and shown, nothing here acts on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telephony {
    /// May be called.
    pub inbound_calling: bool,
    /// May call.
    pub outbound_calling: bool,
    /// May send and get short messages.
    pub sms: bool,
}

impl Default for Telephony {
    fn default() -> Self {
        Self { inbound_calling: true, outbound_calling: true, sms: true }
    }
}

/// A person in an account (a User, on the wire).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The person's id.
    pub id: PersonId,
    /// The account the person is in.
    pub account_id: AccountId,
    /// E-mail address as it was given; unique in the account whatever the case of its ASCII letters.
    pub email: String,
    /// Name for others.
    pub display_name: String,
    /// What the person may do in meetings.
    pub license: License,
    /// Who it is.
    pub user_type: UserType,
    /// How far the person got.
    pub registration: RegistrationStatus,
    /// What became of the invitation, for people that were invited.
    pub invitation: Option<InviteStatus>,
    /// The invitation's id.
    pub invite_id: Option<String>,
    /// When the person was invited.
    pub invited_at: Option<Timestamp>,
    /// When the person came in.
    pub registered_at: Option<Timestamp>,
    /// Alexa for Business data.
    pub alexa: Alexa,
    /// The PIN for meetings, once one was made.
    pub pin: Option<String>,
    /// Switches.
    pub telephony: Telephony,
    /// When all sessions of the person were ended last.
    pub signed_out_at: Option<Timestamp>,
    /// When the person was added.
    pub created_at: Timestamp,
    /// When the record last changed.
    pub updated_at: Timestamp,
}

impl Listed for Person {
    fn key(&self) -> Key {
        Key { at: self.created_at, id: self.id.as_str().to_owned() }
    }
}

/// An account with one person of it, in one read. The person is `None` when the account has none with that id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// The account.
    pub account: Account,
    /// The person.
    pub person: Option<Person>,
}

/// Which people of an account are wanted; `None` does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonFilter {
    /// With this e-mail address, whatever the case of its ASCII letters.
    pub email: Option<String>,
    /// Of this type.
    pub user_type: Option<UserType>,
}

impl PersonFilter {
    /// Refuses what no list can be narrowed by.
    ///
    /// # Errors
    /// Invalid for a bad e-mail address.
    pub fn check(&self) -> Result<()> {
        self.email.as_deref().map_or(Ok(()), |email| texts::email(email).map(drop))
    }
}

/// What CreateUser makes a person of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPerson {
    /// E-mail address; required here, though the model leaves it open.
    pub email: Option<String>,
    /// Name for others; the e-mail address when there is none.
    pub name: Option<String>,
    /// Who it is; somebody, when not said.
    pub user_type: Option<UserType>,
}

impl NewPerson {
    /// The person it becomes: in at once, with the account's license.
    ///
    /// # Errors
    /// Invalid for a missing or bad e-mail address, or a bad name.
    pub fn into_person(self, account: &Account, id: PersonId, now: Timestamp) -> Result<Person> {
        let email = self.email.ok_or_else(|| Error::invalid("Email is required."))?;
        let mut person = blank(account, id, &email, self.user_type, now)?;
        if let Some(name) = self.name {
            person.display_name = texts::name(&name, "Username")?;
        }
        person.registration = RegistrationStatus::Registered;
        person.registered_at = Some(now);
        Ok(person)
    }
}

/// The person an invitation makes: not in yet.
///
/// # Errors
/// Invalid for a bad e-mail address.
pub fn invited(
    account: &Account,
    id: PersonId,
    invite_id: String,
    email: &str,
    user_type: Option<UserType>,
    now: Timestamp,
) -> Result<Person> {
    let person = blank(account, id, email, user_type, now)?;
    Ok(Person { invitation: Some(InviteStatus::Pending), invite_id: Some(invite_id), invited_at: Some(now), ..person })
}

fn blank(account: &Account, id: PersonId, email: &str, user_type: Option<UserType>, now: Timestamp) -> Result<Person> {
    let email = texts::email(email)?;
    Ok(Person {
        id,
        account_id: account.id.clone(),
        display_name: email.clone(),
        email,
        license: account.default_license,
        user_type: user_type.unwrap_or(UserType::PrivateUser),
        registration: RegistrationStatus::Unregistered,
        invitation: None,
        invite_id: None,
        invited_at: None,
        registered_at: None,
        alexa: Alexa::default(),
        pin: None,
        telephony: Telephony::default(),
        signed_out_at: None,
        created_at: now,
        updated_at: now,
    })
}

/// What InviteUsers answers about one address. No mail leaves this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// The invitation's id.
    pub id: String,
    /// What became of it.
    pub status: InviteStatus,
    /// The address, as it was given.
    pub email: String,
}

/// Somebody who was invited and is not in yet, as invited again by `again`; `None` when he is in, or kept out.
pub fn invited_again(before: &Person, again: &Person) -> Option<Person> {
    (before.registration == RegistrationStatus::Unregistered).then(|| Person {
        invitation: Some(InviteStatus::Pending),
        invite_id: before.invite_id.clone().or_else(|| again.invite_id.clone()),
        invited_at: again.invited_at,
        updated_at: again.updated_at.max(before.created_at),
        ..before.clone()
    })
}

/// Somebody who was invited and is not in yet, as he comes in by what the operator says in `now`; `None` otherwise.
pub fn admitted(before: &Person, now: &Person) -> Option<Person> {
    (before.registration == RegistrationStatus::Unregistered).then(|| Person {
        registration: RegistrationStatus::Registered,
        invitation: before.invitation.map(|_| InviteStatus::Accepted),
        registered_at: now.registered_at,
        display_name: now.display_name.clone(),
        user_type: now.user_type,
        updated_at: now.updated_at.max(before.created_at),
        ..before.clone()
    })
}

/// What InviteUsers answers about `person`, who was asked for by `asked`.
pub fn answer(person: &Person, asked: &Person) -> Invite {
    let id = person.invite_id.clone().or_else(|| asked.invite_id.clone());
    Invite {
        id: id.unwrap_or_else(|| person.id.as_str().to_owned()),
        status: match person.registration {
            RegistrationStatus::Unregistered => InviteStatus::Pending,
            RegistrationStatus::Registered | RegistrationStatus::Suspended => InviteStatus::Accepted,
        },
        email: asked.email.clone(),
    }
}

/// What UpdateUser changes; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonChanges {
    /// Another license.
    pub license: Option<License>,
    /// Another type.
    pub user_type: Option<UserType>,
    /// Other Alexa for Business data.
    pub alexa: Option<Alexa>,
}

/// One thing that happens to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// License, type, Alexa for Business data.
    Update(PersonChanges),
    /// Kept out: leaves a Team account, is suspended in an EnterpriseLWA one.
    Suspend,
    /// Let in again.
    Unsuspend,
    /// All sessions end.
    SignOut,
    /// Other switches.
    Settings(Telephony),
    /// A new PIN.
    Pin(String),
}

/// What a change comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Kept(Person),
    /// The person is like this afterwards.
    Changed(Person),
    /// The person is not in the account any more.
    Left,
}

/// What `change` does to `person`. Doing it twice is the same as doing it once, but for PINs and signing out.
///
/// # Errors
/// Invalid, for a license the account does not support or does not manage, or for an ARN that is none.
pub fn apply(account: &Account, person: &Person, change: &Change, now: Timestamp) -> Result<Outcome> {
    let mut after = person.clone();
    match change {
        Change::Update(changes) => {
            if let Some(license) = changes.license {
                managed_here(account)?;
                account.check_license(license)?;
                after.license = license;
            }
            if let Some(alexa) = &changes.alexa {
                if let Some(arn) = &alexa.room_arn {
                    texts::name(arn, "AlexaForBusinessRoomArn")?;
                }
                after.alexa.clone_from(alexa);
            }
            after.user_type = changes.user_type.unwrap_or(after.user_type);
        }
        Change::Suspend if account.account_type == AccountType::Team => return Ok(Outcome::Left),
        Change::Suspend => {
            if after.registration != RegistrationStatus::Suspended {
                after.registration = RegistrationStatus::Suspended;
                after.signed_out_at = Some(now);
            }
        }
        Change::Unsuspend => {
            if after.registration == RegistrationStatus::Suspended {
                // Who was invited and never came is where he was.
                let came = after.registered_at.is_some();
                after.registration =
                    if came { RegistrationStatus::Registered } else { RegistrationStatus::Unregistered };
            }
        }
        Change::SignOut => after.signed_out_at = Some(now),
        Change::Settings(telephony) => after.telephony = *telephony,
        Change::Pin(pin) => after.pin = Some(pin.clone()),
    }
    if after == *person {
        return Ok(Outcome::Kept(after));
    }
    after.updated_at = now.max(person.created_at);
    Ok(Outcome::Changed(after))
}

/// Licenses of people that come from a directory are the directory's to give.
fn managed_here(account: &Account) -> Result<()> {
    match account.account_type {
        AccountType::Team | AccountType::EnterpriseLwa => Ok(()),
        AccountType::EnterpriseDirectory | AccountType::EnterpriseOidc => {
            Err(Error::invalid("Licenses of this account are managed in its directory."))
        }
    }
}

/// Refuses a call about too many people.
///
/// # Errors
/// Invalid.
pub fn check_batch(length: usize, most: usize) -> Result<()> {
    if length <= most { Ok(()) } else { Err(Error::invalid(format!("The list must not have more than {most} items."))) }
}

/// A PIN for meetings, ten digits, made of a random number.
pub fn pin(random: u64) -> String {
    format!("{:010}", random % 10_u64.pow(10))
}
