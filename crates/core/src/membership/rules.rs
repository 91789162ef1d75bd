//! What each operation on a guest list does to its rows, on plain values. The catalog does the same inside one
//! transaction and uses these for rows and words; [`super::model`] is the independent second opinion of the tests.

use super::{MemberName, MemberRole, MemberStatus, Membership, ThingKind, ThingRef};
use crate::{Error, Result, Timestamp};

/// A member to be invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Who.
    pub member: MemberName,
    /// The answer it starts with.
    pub status: MemberStatus,
    /// Its role.
    pub role: MemberRole,
    /// Image API v1: it may share further.
    pub can_share: bool,
}

impl Invitation {
    /// As the Image API invites: pending, an ordinary member that may not share further.
    pub fn pending(member: MemberName) -> Self {
        Self { member, status: MemberStatus::Pending, role: MemberRole::Member, can_share: false }
    }

    /// The row it becomes.
    pub fn into_membership(self, thing: ThingRef, now: Timestamp) -> Membership {
        Membership {
            thing,
            member: self.member.0,
            status: self.status,
            role: self.role,
            can_share: self.can_share,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What an amendment changes; `None` leaves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amendment {
    /// The role.
    pub role: Option<MemberRole>,
    /// Image API v1: it may share further.
    pub can_share: Option<bool>,
}

/// The new row of an invitation to a list that has `members` rows, `existing` being the invited one's.
///
/// # Errors
/// OverLimit when the list is full already (checked first, as in the reference), Conflict when it is a member already.
pub fn invite(
    thing: &ThingRef,
    members: u64,
    existing: Option<&Membership>,
    invitation: Invitation,
    quota: Option<u64>,
    now: Timestamp,
) -> Result<Membership> {
    check_quota(thing, members.saturating_add(1), quota)?;
    match existing {
        Some(_) => Err(duplicate(thing, invitation.member.as_str())),
        None => Ok(invitation.into_membership(thing.clone(), now)),
    }
}

/// The row after an answer.
pub fn respond(record: Membership, status: MemberStatus, now: Timestamp) -> Membership {
    Membership { status, updated_at: now.max(record.created_at), ..record }
}

/// The row after an amendment.
pub fn amend(record: Membership, amendment: Amendment, now: Timestamp) -> Membership {
    Membership {
        role: amendment.role.unwrap_or(record.role),
        can_share: amendment.can_share.unwrap_or(record.can_share),
        updated_at: now.max(record.created_at),
        ..record
    }
}

/// What a replacement does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replacement {
    /// Rows to add.
    pub added: Vec<Membership>,
    /// Rows that stay with another sharing right, as they are afterwards.
    pub amended: Vec<Membership>,
    /// Rows that stay as they are.
    pub kept: Vec<Membership>,
    /// Rows to remove.
    pub removed: Vec<Membership>,
}

/// Makes the list exactly `wanted`: new members as invited, members that stay keep answer and role and take
/// `can_share`, all others are revoked. A member wanted twice is taken as wanted last.
///
/// # Errors
/// OverLimit when the list would be longer than `quota`.
pub fn replace(
    thing: &ThingRef,
    before: &[Membership],
    wanted: &[Invitation],
    quota: Option<u64>,
    now: Timestamp,
) -> Result<Replacement> {
    let wanted: std::collections::BTreeMap<&str, &Invitation> =
        wanted.iter().map(|invitation| (invitation.member.as_str(), invitation)).collect();
    check_quota(thing, u64::try_from(wanted.len()).unwrap_or(u64::MAX), quota)?;
    let mut replacement = Replacement::default();
    for record in before {
        match wanted.get(record.member.as_str()) {
            None => replacement.removed.push(record.clone()),
            Some(invitation) if invitation.can_share == record.can_share => replacement.kept.push(record.clone()),
            Some(invitation) => {
                let amendment = Amendment { role: None, can_share: Some(invitation.can_share) };
                replacement.amended.push(amend(record.clone(), amendment, now));
            }
        }
    }
    for (member, invitation) in wanted {
        if !before.iter().any(|record| record.member == member) {
            replacement.added.push(invitation.clone().into_membership(thing.clone(), now));
        }
    }
    Ok(replacement)
}

/// Refuses a list of `attempted` members beyond the quota.
///
/// # Errors
/// OverLimit.
pub fn check_quota(thing: &ThingRef, attempted: u64, quota: Option<u64>) -> Result<()> {
    match quota {
        Some(maximum) if attempted > maximum => {
            let kind = thing.kind.as_str();
            let id = &thing.id;
            Err(Error::over_limit(match thing.kind {
                ThingKind::Image => format!(
                    "Image member limit exceeded for image {id}: The limit has been exceeded on the number of allowed \
                     image members for this image. Attempted: {attempted}, Maximum: {maximum}:"
                ),
                ThingKind::Room => {
                    format!("Member limit exceeded for {kind} {id}. Attempted: {attempted}, Maximum: {maximum}")
                }
            }))
        }
        Some(_) | None => Ok(()),
    }
}

/// The member is on the list already.
pub fn duplicate(thing: &ThingRef, member: &str) -> Error {
    Error::conflict(format!("Member {member} is duplicated for {} {}", thing.kind.as_str(), thing.id))
}

/// The member is not on the list.
pub fn absent(thing: &ThingRef, member: &str) -> Error {
    Error::not_found(format!("{member} not found in the member list of the {} {}.", thing.kind.as_str(), thing.id))
}
