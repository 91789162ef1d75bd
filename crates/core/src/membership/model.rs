//! A naive model of all guest lists, for tests: a flat list of rows and one plain rule per operation, written without
//! looking at [`super::rules`] so that a mistake there does not repeat itself here. Whatever the engine answers to some
//! serial order of operations, this answers too.

use super::{
    Membership, ThingRef,
    rules::{Amendment, Invitation, Quotas},
};
use crate::{
    Kind, Timestamp,
    membership::{MemberStatus, ThingKind},
};

/// One operation on one guest list, permission aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Add a member.
    Invite(Invitation),
    /// Set a member's answer.
    Respond(String, MemberStatus),
    /// Change role or sharing right.
    Amend(String, Amendment),
    /// Make the list exactly this.
    Replace(Vec<Invitation>),
    /// Remove a member.
    Revoke(String),
}

/// All guest lists. Two models are equal when every list is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Model {
    /// By thing and member.
    rows: Vec<Membership>,
}

impl Model {
    /// Runs one operation on the list of `thing`; on an error nothing changes.
    ///
    /// # Errors
    /// The kind of error the engine answers: OverLimit, Conflict, NotFound.
    pub fn run(
        &mut self,
        thing: &ThingRef,
        operation: &Operation,
        quotas: impl Into<Quotas>,
        now: Timestamp,
    ) -> Result<(), Kind> {
        let Quotas { members: quota, of_member } = quotas.into();
        match operation {
            Operation::Invite(invitation) => {
                let count = self.members(thing).len() as u64;
                let member = invitation.member.as_str();
                let things = self.things_of(member).iter().filter(|row| row.thing.kind == thing.kind).count() as u64;
                let full = quota.is_some_and(|quota| count >= quota) || of_member.is_some_and(|quota| things >= quota);
                if thing.kind == ThingKind::Room && self.member(thing, member).is_some() {
                    return Err(Kind::Conflict);
                }
                if full {
                    return Err(Kind::OverLimit);
                }
                if self.member(thing, invitation.member.as_str()).is_some() {
                    return Err(Kind::Conflict);
                }
                self.add(thing, invitation, now);
                Ok(())
            }
            Operation::Respond(member, status) => {
                let row = self.row(thing, member).ok_or(Kind::NotFound)?;
                row.status = *status;
                row.updated_at = now;
                Ok(())
            }
            Operation::Amend(member, amendment) => {
                let row = self.row(thing, member).ok_or(Kind::NotFound)?;
                if let Some(role) = amendment.role {
                    row.role = role;
                }
                if let Some(can_share) = amendment.can_share {
                    row.can_share = can_share;
                }
                row.updated_at = now;
                Ok(())
            }
            Operation::Replace(wanted) => {
                let mut names: Vec<&str> = wanted.iter().map(|one| one.member.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                if quota.is_some_and(|quota| names.len() as u64 > quota) {
                    return Err(Kind::OverLimit);
                }
                self.rows.retain(|row| row.thing != *thing || names.contains(&row.member.as_str()));
                for name in names {
                    let Some(last) = wanted.iter().rev().find(|one| one.member.as_str() == name) else { continue };
                    match self.row(thing, name) {
                        Some(row) if row.can_share != last.can_share => {
                            row.can_share = last.can_share;
                            row.updated_at = now;
                        }
                        Some(_) => {}
                        None => self.add(thing, last, now),
                    }
                }
                Ok(())
            }
            Operation::Revoke(member) => {
                let before = self.rows.len();
                self.rows.retain(|row| row.thing != *thing || row.member != *member);
                if self.rows.len() == before { Err(Kind::NotFound) } else { Ok(()) }
            }
        }
    }

    /// The list of `thing`, by member.
    pub fn members(&self, thing: &ThingRef) -> Vec<&Membership> {
        let mut members: Vec<_> = self.rows.iter().filter(|row| row.thing == *thing).collect();
        members.sort_by(|a, b| a.member.cmp(&b.member));
        members
    }

    /// One row.
    pub fn member(&self, thing: &ThingRef, member: &str) -> Option<&Membership> {
        self.rows.iter().find(|row| row.thing == *thing && row.member == member)
    }

    /// What is shared with `member`, by thing.
    pub fn things_of(&self, member: &str) -> Vec<&Membership> {
        let mut things: Vec<_> = self.rows.iter().filter(|row| row.member == member).collect();
        things.sort_by(|a, b| a.thing.id.cmp(&b.thing.id));
        things
    }

    /// Forgets a thing that was deleted.
    pub fn forget(&mut self, thing: &ThingRef) {
        self.rows.retain(|row| row.thing != *thing);
    }

    fn row(&mut self, thing: &ThingRef, member: &str) -> Option<&mut Membership> {
        self.rows.iter_mut().find(|row| row.thing == *thing && row.member == member)
    }

    fn add(&mut self, thing: &ThingRef, invitation: &Invitation, now: Timestamp) {
        self.rows.push(Membership {
            thing: thing.clone(),
            member: invitation.member.as_str().to_owned(),
            status: invitation.status,
            role: invitation.role,
            can_share: invitation.can_share,
            invited_by: invitation.invited_by.clone(),
            created_at: now,
            updated_at: now,
        });
        self.rows.sort_by(|a, b| (&a.thing.id, &a.member).cmp(&(&b.thing.id, &b.member)));
    }
}
