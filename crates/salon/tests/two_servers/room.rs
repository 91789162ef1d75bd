//! What a chat room does when calls come one after the other (Chime): its name, its guest list, what is said in it, and the
//! one bot that may be in it. Its guest list is the reference model's.

use salon_core::membership::{
    MemberName, MemberRole, ThingKind,
    model::Operation,
    rules::{Amendment, Invitation},
};

use super::{guests::Guests, history::Object};

/// A person of the account, by number, or the room's bot.
pub(crate) type Person = u8;
/// People of the account.
pub(crate) const PERSONS: Person = 5;
pub(crate) const BOT: Person = PERSONS;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Show,
    Rename(u32),
    Delete,
    Join(Person, MemberRole),
    JoinMany(Vec<(Person, MemberRole)>),
    Amend(Person, MemberRole),
    Leave(Person),
    Members,
    /// Whether it is among a person's rooms.
    Listed(Person),
    /// The bot is switched off, or on.
    Switch(bool),
    Bot,
    /// The operator makes a webhook.
    Hook,
    /// Something is said through a webhook. Every message has a text of its own.
    Post(u8, Text),
    Redact(Text),
    /// So many of the newest messages, for the account's owner or an administrator.
    Messages(bool, usize),
}

/// What a message says, by number.
pub(crate) type Text = u32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Status(u16),
    Name(u32),
    /// Whoever of a batch was refused, in its order, and why.
    Refused(Vec<(Person, u16)>),
    /// And how many webhooks.
    Members(Vec<(Person, bool)>, usize),
    Listed(bool),
    /// Whether it is switched off.
    Bot(bool),
    /// Newest first, and whether the text was taken back; and whether there are more.
    Messages(Vec<(Text, bool)>, bool),
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Room {
    exists: bool,
    name: u32,
    guests: Guests,
    /// The bot outlives the room.
    bot_is_off: bool,
    hooks: usize,
    /// Oldest first.
    messages: Vec<(Text, bool)>,
}

impl Object for Room {
    type Action = Action;
    type Seen = Seen;

    fn answer(&self, action: &Action) -> (Seen, Self) {
        let mut next = self.clone();
        match next.act(action) {
            Ok(seen) => (seen, next),
            Err(status) => (Seen::Status(status), self.clone()),
        }
    }

    fn is_look(action: &Action, seen: &Seen) -> bool {
        let refused = matches!(seen, Seen::Status(400..));
        refused
            || matches!(action, Action::Show | Action::Members | Action::Listed(_) | Action::Bot | Action::Messages(..))
    }

    fn is_unknown(seen: &Seen) -> bool {
        *seen == Seen::Unknown
    }
}

impl Room {
    /// Before it is there.
    pub(crate) fn unborn() -> Self {
        let guests = Guests::of(ThingKind::Room);
        Self { exists: false, name: 0, guests, bot_is_off: false, hooks: 0, messages: Vec::new() }
    }

    fn act(&mut self, action: &Action) -> Result<Seen, u16> {
        match action {
            Action::Create => {
                *self = Self { exists: true, bot_is_off: self.bot_is_off, ..Self::unborn() };
                return Ok(Seen::Status(201));
            }
            Action::Switch(off) => {
                self.bot_is_off = *off;
                return Ok(Seen::Bot(*off));
            }
            Action::Bot => return Ok(Seen::Bot(self.bot_is_off)),
            Action::Listed(person) => return Ok(Seen::Listed(self.exists && self.row(*person).is_some())),
            _ if !self.exists => return Err(404),
            _ => {}
        }
        match action {
            Action::Create | Action::Switch(_) | Action::Bot | Action::Listed(_) => Err(0),
            Action::Show => Ok(Seen::Name(self.name)),
            Action::Rename(name) => {
                self.name = *name;
                Ok(Seen::Name(*name))
            }
            Action::Delete => {
                *self = Self { bot_is_off: self.bot_is_off, ..Self::unborn() };
                Ok(Seen::Status(204))
            }
            Action::Join(person, role) => {
                self.join(*person, *role)?;
                Ok(Seen::Status(201))
            }
            Action::JoinMany(people) => {
                let refused =
                    people.iter().filter_map(|(person, role)| Some((*person, self.join(*person, *role).err()?)));
                Ok(Seen::Refused(refused.collect()))
            }
            // A bot's role is what it was added with.
            Action::Amend(BOT, _) => Err(if self.row(BOT).is_some() { 400 } else { 404 }),
            Action::Amend(person, role) => {
                self.guests
                    .run(&Operation::Amend(person.to_string(), Amendment { role: Some(*role), can_share: None }))?;
                Ok(Seen::Status(200))
            }
            Action::Leave(person) => {
                self.guests.run(&Operation::Revoke(person.to_string()))?;
                Ok(Seen::Status(204))
            }
            Action::Members => {
                let rows = self.guests.rows();
                let rows = rows.map(|(person, row)| (person, row.role == MemberRole::Administrator)).collect();
                Ok(Seen::Members(rows, self.hooks))
            }
            Action::Hook | Action::Post(..) | Action::Redact(_) | Action::Messages(..) => Ok(self.talk(action)),
        }
    }

    /// What is said in a room that is there.
    fn talk(&mut self, action: &Action) -> Seen {
        match action {
            Action::Hook => {
                self.hooks += 1;
                Seen::Status(201)
            }
            Action::Post(_, text) => {
                self.messages.push((*text, false));
                Seen::Status(200)
            }
            Action::Redact(text) => {
                // What is not there needs no taking back.
                for message in self.messages.iter_mut().filter(|(said, _)| said == text) {
                    message.1 = true;
                }
                Seen::Status(200)
            }
            Action::Messages(_, limit) => {
                let newest = self.messages.iter().rev().take(*limit).copied().collect();
                Seen::Messages(newest, self.messages.len() > *limit)
            }
            _ => panic!("{action:?} says nothing"),
        }
    }

    fn join(&mut self, person: Person, role: MemberRole) -> Result<(), u16> {
        // Whether it is there already is told first.
        if person == BOT && self.bot_is_off && self.row(BOT).is_none() {
            return Err(400);
        }
        let name = MemberName::parse(&person.to_string()).unwrap();
        self.guests.run(&Operation::Invite(Invitation::immediate(name, role, String::new())))
    }

    fn row(&self, person: Person) -> Option<MemberRole> {
        self.guests.row(person).map(|row| row.role)
    }
}
