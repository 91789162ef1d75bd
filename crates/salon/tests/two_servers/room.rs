//! What a chat room does when calls come one after the other (Chime). Its guest list is the reference model's.

use salon_core::{
    Kind, Timestamp,
    membership::{
        MemberName, MemberRole, ThingKind, ThingRef,
        model::{Model, Operation},
        rules::{Amendment, Invitation},
    },
};

use super::history::Object;

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

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) action: Action,
    pub(crate) seen: Seen,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Room {
    exists: bool,
    name: u32,
    guests: Model,
}

fn thing() -> ThingRef {
    ThingRef { kind: ThingKind::Room, id: "room".to_owned() }
}

impl Object for Room {
    type Call = Call;

    fn after(&self, call: &Call) -> Option<Self> {
        let (expected, next) = self.answer(&call.action);
        (call.seen == expected || call.seen == Seen::Unknown).then_some(next)
    }

    fn is_look(call: &Call) -> bool {
        match call.seen {
            Seen::Unknown => false,
            // Refused.
            Seen::Status(400..) => true,
            _ => matches!(call.action, Action::Show | Action::Members | Action::Listed(_)),
        }
    }

    fn instead(&self, call: &Call) -> String {
        format!("{:?}", self.answer(&call.action).0)
    }
}

impl Room {
    /// What is answered, and the room afterwards.
    pub(crate) fn answer(&self, action: &Action) -> (Seen, Self) {
        let mut next = self.clone();
        match next.act(action) {
            Ok(seen) => (seen, next),
            Err(status) => (Seen::Status(status), self.clone()),
        }
    }

    fn act(&mut self, action: &Action) -> Result<Seen, u16> {
        match action {
            Action::Create => {
                *self = Self { exists: true, ..Self::default() };
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
                *self = Self::default();
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
                self.run(&Operation::Amend(person.to_string(), Amendment { role: Some(*role), can_share: None }))?;
                Ok(Seen::Status(200))
            }
            Action::Leave(person) => {
                self.run(&Operation::Revoke(person.to_string()))?;
                Ok(Seen::Status(204))
            }
            Action::Members => Ok(Seen::Members(
                self.guests
                    .members(&thing())
                    .into_iter()
                    .map(|row| (row.member.parse().unwrap(), row.role == MemberRole::Administrator))
                    .collect(),
            )),
        }
    }

    fn join(&mut self, person: Person, role: MemberRole) -> Result<(), u16> {
        let name = MemberName::parse(&person.to_string()).unwrap();
        self.run(&Operation::Invite(Invitation::immediate(name, role, String::new())))
    }

    fn row(&self, person: Person) -> Option<MemberRole> {
        self.guests.member(&thing(), &person.to_string()).map(|row| row.role)
    }

    fn run(&mut self, operation: &Operation) -> Result<(), u16> {
        self.guests.run(&thing(), operation, None, Timestamp(0)).map_err(|kind| match kind {
            Kind::Conflict => 409,
            _ => 404,
        })
    }
}
