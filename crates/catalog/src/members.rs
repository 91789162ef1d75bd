//! The membership engine: guest lists of shared things.

use salon_core::{
    Permitted, Result, Timestamp,
    event::Actor,
    image::ImageView,
    membership::{
        Amends, Invites, MemberName, MemberRole, MemberStatus, Membership, ReadsGuests, Replaces, Responds, Revokes,
        Shared, ThingKind,
    },
};

use crate::Catalog;

/// What a permission on a shared thing was computed from; checked again under the thing's row lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The owner.
    pub owner: Option<String>,
    /// Who may find it.
    pub visibility: String,
}

/// A shared thing the engine can lock and re-check.
pub trait Guarded: Shared {
    /// What the permission was computed from.
    fn basis(&self) -> Basis;
}

impl Guarded for ImageView {
    fn basis(&self) -> Basis {
        Basis {
            owner: self.image.owner.as_ref().map(|owner| owner.as_str().to_owned()),
            visibility: self.image.visibility.as_str().to_owned(),
        }
    }
}

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
}

/// What an amendment changes; `None` leaves it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amendment {
    /// The role.
    pub role: Option<MemberRole>,
    /// Image API v1: it may share further.
    pub can_share: Option<bool>,
}

impl Catalog {
    /// Adds a member.
    ///
    /// # Errors
    /// OverLimit when the list has `quota` members already (checked first), Conflict when it is one already,
    /// Stale when the thing's owner or visibility changed or it went away since the permission was given.
    pub async fn invite<T: Guarded, A: Invites>(
        &self,
        thing: &Permitted<T, A>,
        invitation: &Invitation,
        quota: Option<u64>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Membership> {
        let _ = (thing, invitation, quota, now, actor);
        todo!()
    }

    /// Sets the answer of a member.
    ///
    /// # Errors
    /// NotFound when it is none; Stale.
    pub async fn respond<T: Guarded, A: Responds>(
        &self,
        thing: &Permitted<T, A>,
        member: &MemberName,
        status: MemberStatus,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Membership> {
        let _ = (thing, member, status, now, actor);
        todo!()
    }

    /// Changes role or sharing right of a member.
    ///
    /// # Errors
    /// NotFound when it is none; Stale.
    pub async fn amend<T: Guarded, A: Amends>(
        &self,
        thing: &Permitted<T, A>,
        member: &MemberName,
        amendment: Amendment,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Membership> {
        let _ = (thing, member, amendment, now, actor);
        todo!()
    }

    /// Makes the list exactly `list`: new members as invited, members that stay keep answer and role and take
    /// `can_share`, all others are revoked. One transaction.
    ///
    /// # Errors
    /// OverLimit when `list` is longer than `quota`; Stale.
    pub async fn replace<T: Guarded, A: Replaces>(
        &self,
        thing: &Permitted<T, A>,
        list: &[Invitation],
        quota: Option<u64>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Vec<Membership>> {
        let _ = (thing, list, quota, now, actor);
        todo!()
    }

    /// Removes a member; when this returns, no later read finds it.
    ///
    /// # Errors
    /// NotFound when it is none; Stale.
    pub async fn revoke<T: Guarded, A: Revokes>(
        &self,
        thing: &Permitted<T, A>,
        member: &MemberName,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let _ = (thing, member, now, actor);
        todo!()
    }

    /// Members of a thing in the order of their names, after `after`.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn members<T: Shared, A: ReadsGuests>(
        &self,
        thing: &Permitted<T, A>,
        after: Option<&MemberName>,
        limit: u32,
    ) -> Result<Vec<Membership>> {
        let _ = (thing, after, limit);
        todo!()
    }

    /// One member of a thing.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn member<T: Shared, A: ReadsGuests>(
        &self,
        thing: &Permitted<T, A>,
        member: &MemberName,
    ) -> Result<Option<Membership>> {
        let _ = (thing, member);
        todo!()
    }

    /// What is shared with `member`, in the order of the things' ids, after `after`. The caller of the use case must be
    /// that member or an administrator.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn things_of_member(
        &self,
        kind: ThingKind,
        member: &MemberName,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Membership>> {
        let _ = (kind, member, after, limit);
        todo!()
    }
}
