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
    /// Chime: the ARN of the caller that invites it.
    pub invited_by: Option<String>,
}

impl Invitation {
    /// As the Image API invites: pending, an ordinary member that may not share further.
    pub fn pending(member: MemberName) -> Self {
        Self { member, status: MemberStatus::Pending, role: MemberRole::Member, can_share: false, invited_by: None }
    }

    /// As Chime adds to a room: nobody is asked, and the membership holds at once.
    pub fn immediate(member: MemberName, role: MemberRole, invited_by: String) -> Self {
        Self { member, status: MemberStatus::Accepted, role, can_share: false, invited_by: Some(invited_by) }
    }

    /// The row it becomes.
    pub fn into_membership(self, thing: ThingRef, now: Timestamp) -> Membership {
        Membership {
            thing,
            member: self.member.0,
            status: self.status,
            role: self.role,
            can_share: self.can_share,
            invited_by: self.invited_by,
            created_at: now,
            updated_at: now,
        }
    }
}

/// How long lists may become; `None` leaves a list unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Members of one thing.
    pub members: Option<u64>,
    /// Things of one member, of the kind it is invited to.
    pub of_member: Option<u64>,
}

impl From<Option<u64>> for Quotas {
    fn from(members: Option<u64>) -> Self {
        Self { members, of_member: None }
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

/// How long lists are. Where there is no quota, nobody needs to have counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Members of the thing.
    pub members: u64,
    /// Things of the member, of this kind.
    pub of_member: u64,
}

/// The new row of an invitation to lists of these lengths, `existing` being the invited one's.
///
/// # Errors
/// OverLimit when a list is full already, Conflict when it is a member already. For images the quota is checked first, as
/// in the reference; for rooms the member, so that repeating a call that succeeded always says that it did.
pub fn invite(
    thing: &ThingRef,
    counts: Counts,
    existing: Option<&Membership>,
    invitation: Invitation,
    quotas: Quotas,
    now: Timestamp,
) -> Result<Membership> {
    let free = match existing {
        Some(_) => Err(duplicate(thing, invitation.member.as_str())),
        None => Ok(()),
    };
    let room = check_quota(thing, counts.members.saturating_add(1), quotas.members)
        .and_then(|()| check_member_quota(thing.kind, counts.of_member.saturating_add(1), quotas.of_member));
    match thing.kind {
        ThingKind::Image => room.and(free),
        ThingKind::Room => free.and(room),
    }?;
    Ok(invitation.into_membership(thing.clone(), now))
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
            let id = &thing.id;
            Err(Error::over_limit(match thing.kind {
                ThingKind::Image => format!(
                    "Image member limit exceeded for image {id}: The limit has been exceeded on the number of allowed \
                     image members for this image. Attempted: {attempted}, Maximum: {maximum}:"
                ),
                ThingKind::Room => format!("A room can have {maximum} members at most."),
            }))
        }
        Some(_) | None => Ok(()),
    }
}

/// Refuses a member that would have `attempted` things of a kind, beyond the quota.
///
/// # Errors
/// OverLimit.
pub fn check_member_quota(kind: ThingKind, attempted: u64, quota: Option<u64>) -> Result<()> {
    match quota {
        Some(maximum) if attempted > maximum => {
            Err(Error::over_limit(format!("A member can be in {maximum} {}s at most.", kind.as_str())))
        }
        Some(_) | None => Ok(()),
    }
}

/// The member is on the list already.
pub fn duplicate(thing: &ThingRef, member: &str) -> Error {
    match thing.kind {
        ThingKind::Image => Error::conflict(format!("Member {member} is duplicated for image {}", thing.id)),
        ThingKind::Room => Error::conflict("The member is already in the room."),
    }
}

/// The member is not on the list.
pub fn absent(thing: &ThingRef, member: &str) -> Error {
    match thing.kind {
        ThingKind::Image => {
            Error::not_found(format!("{member} not found in the member list of the image {}.", thing.id))
        }
        ThingKind::Room => Error::not_found("The member is not in the room."),
    }
}
