//! What a chat room does when calls come one after the other (Chime). Its guest list is the reference model's.

use salon_core::membership::{
    MemberName, MemberRole, ThingKind,
    model::Operation,
    rules::{Amendment, Invitation},
};

use super::{guests::Guests, history::Object};

/// A person of the account, by number.
pub(crate) type Person = u8;

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
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Status(u16),
    Name(u32),
    /// Whoever of a batch was there already, in its order.
    Refused(Vec<Person>),
    Members(Vec<(Person, bool)>),
    Listed(bool),
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Room {
    exists: bool,
    name: u32,
    guests: Guests,
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
        refused || matches!(action, Action::Show | Action::Members | Action::Listed(_))
    }

    fn is_unknown(seen: &Seen) -> bool {
        *seen == Seen::Unknown
    }
}

impl Room {
    /// Before it is there.
    pub(crate) fn unborn() -> Self {
        Self { exists: false, name: 0, guests: Guests::of(ThingKind::Room) }
    }

    fn act(&mut self, action: &Action) -> Result<Seen, u16> {
        match action {
            Action::Create => {
                *self = Self { exists: true, ..Self::unborn() };
                return Ok(Seen::Status(201));
            }
            Action::Listed(person) => return Ok(Seen::Listed(self.exists && self.row(*person).is_some())),
            _ if !self.exists => return Err(404),
            _ => {}
        }
        match action {
            Action::Create | Action::Show | Action::Listed(_) => Ok(Seen::Name(self.name)),
            Action::Rename(name) => {
                self.name = *name;
                Ok(Seen::Name(*name))
            }
            Action::Delete => {
                *self = Self::unborn();
                Ok(Seen::Status(204))
            }
            Action::Join(person, role) => {
                self.join(*person, *role)?;
                Ok(Seen::Status(201))
            }
            Action::JoinMany(people) => {
                let refused = people.iter().filter(|(person, role)| self.join(*person, *role).is_err());
                Ok(Seen::Refused(refused.map(|(person, _)| *person).collect()))
            }
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
                Ok(Seen::Members(rows.map(|(person, row)| (person, row.role == MemberRole::Administrator)).collect()))
            }
        }
    }

    fn join(&mut self, person: Person, role: MemberRole) -> Result<(), u16> {
        let name = MemberName::parse(&person.to_string()).unwrap();
        self.guests.run(&Operation::Invite(Invitation::immediate(name, role, String::new())))
    }

    fn row(&self, person: Person) -> Option<MemberRole> {
        self.guests.row(person).map(|row| row.role)
    }
}
