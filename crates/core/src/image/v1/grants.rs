//! What the Image API v1 does to the rows of a guest list.

use std::collections::BTreeMap;

use crate::{
    Result, Timestamp,
    image::v1::sharing::Reach,
    membership::{
        MemberName, Membership, ThingRef,
        rules::{Amendment, Invitation, Replacement, amend, check_quota},
    },
};

/// A member as v1 names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who.
    pub member: MemberName,
    /// It may share further. Without it a new member may not, and a member that is there stays as it is.
    pub can_share: Option<bool>,
}

/// What a grant does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A row to add.
    Added(Membership),
    /// A row as it is afterwards.
    Amended(Membership),
    /// Nothing.
    Kept(Membership),
}

/// Adds a member to a list of `members` rows, or changes the row that is there. Doing it twice changes nothing.
///
/// A sharer that does not see the row may widen what it says but not narrow it: in the original its grant became a
/// second row, and the wider of the two held.
///
/// # Errors
/// OverLimit when a row is to be added and the list is full.
pub fn grant(
    thing: &ThingRef,
    reach: &Reach,
    members: u64,
    existing: Option<Membership>,
    grant: &Grant,
    quota: Option<u64>,
    now: Timestamp,
) -> Result<Effect> {
    let Some(row) = existing else {
        check_quota(thing, members.saturating_add(1), quota)?;
        let can_share = grant.can_share.unwrap_or(false);
        let invitation = Invitation { can_share, ..Invitation::pending(grant.member.clone()) };
        return Ok(Effect::Added(invitation.into_membership(thing.clone(), now)));
    };
    let narrows = !sees(reach, &row) && grant.can_share == Some(false);
    match grant.can_share {
        Some(can_share) if can_share != row.can_share && !narrows => {
            Ok(Effect::Amended(amend(row, Amendment { role: None, can_share: Some(can_share) }, now)))
        }
        Some(_) | None => Ok(Effect::Kept(row)),
    }
}

/// Makes the list, as far as the sharer sees it, exactly `wanted`; rows it does not see stay, and named members are added.
/// A member named twice is taken as named last.
///
/// # Errors
/// OverLimit when the list would be longer than `quota`.
pub fn replace(
    thing: &ThingRef,
    reach: &Reach,
    before: &[Membership],
    wanted: &[Grant],
    quota: Option<u64>,
    now: Timestamp,
) -> Result<Replacement> {
    let wanted: BTreeMap<&str, &Grant> = wanted.iter().map(|grant| (grant.member.as_str(), grant)).collect();
    let mut replacement = Replacement::default();
    for row in before {
        match wanted.get(row.member.as_str()) {
            None if sees(reach, row) => replacement.removed.push(row.clone()),
            None => replacement.kept.push(row.clone()),
            Some(named) => match grant(thing, reach, 0, Some(row.clone()), named, None, now)? {
                Effect::Amended(row) => replacement.amended.push(row),
                Effect::Kept(row) | Effect::Added(row) => replacement.kept.push(row),
            },
        }
    }
    for (member, named) in wanted {
        if !before.iter().any(|row| row.member == member)
            && let Effect::Added(row) = grant(thing, reach, 0, None, named, None, now)?
        {
            replacement.added.push(row);
        }
    }
    let after = replacement.kept.len() + replacement.amended.len() + replacement.added.len();
    check_quota(thing, u64::try_from(after).unwrap_or(u64::MAX), quota)?;
    Ok(replacement)
}

fn sees(reach: &Reach, row: &Membership) -> bool {
    match reach {
        Reach::Whole => true,
        Reach::Own(own) => *own == row.member,
    }
}
