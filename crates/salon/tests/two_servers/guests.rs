//! The guest list of one object: the reference model's, with the statuses of its refusals.

use salon_core::{
    Kind, Timestamp,
    membership::{
        Membership, ThingKind, ThingRef,
        model::{Model, Operation},
    },
};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Guests {
    kind: ThingKind,
    model: Model,
}

impl Guests {
    /// Nobody is on it.
    pub(crate) fn of(kind: ThingKind) -> Self {
        Self { kind, model: Model::default() }
    }

    fn thing(&self) -> ThingRef {
        ThingRef { kind: self.kind, id: "object".to_owned() }
    }

    pub(crate) fn run(&mut self, operation: &Operation) -> Result<(), u16> {
        let thing = self.thing();
        self.model.run(&thing, operation, None, Timestamp(0)).map_err(|kind| match kind {
            Kind::Conflict => 409,
            _ => 404,
        })
    }

    pub(crate) fn row(&self, member: u8) -> Option<&Membership> {
        self.model.member(&self.thing(), &member.to_string())
    }

    /// Everybody on it, by their numbers.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (u8, &Membership)> {
        self.model.members(&self.thing()).into_iter().map(|row| (row.member.parse().unwrap(), row))
    }
}
