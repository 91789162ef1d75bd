//! Changes of guest lists as the Image API v1 makes them: add or change, and replace as far as the sharer sees.

use salon_core::{
    Error, Result, Timestamp,
    event::{Actor, MemberChange},
    image::v1::{
        grants::{self, Effect, Grant},
        sharing::{Reach, Sharer},
    },
    membership::{Amends, Invites, Membership, Replaces},
};

use super::{List, find};
use crate::{
    Catalog,
    sql::{Answer, Tx},
};

impl Catalog {
    /// Adds a member, or changes what is named of the one that is there.
    ///
    /// # Errors
    /// OverLimit when a row is to be added and the list has `quota` already; Stale when the thing or the sharer's own
    /// right to share changed since the permission was given.
    pub async fn grant<A: Invites + Amends>(
        &self,
        sharer: &Sharer<A>,
        grant: &Grant,
        quota: Option<u64>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Membership> {
        let list = List::new(&**sharer.image(), now, actor);
        self.db.write((list, sharer.reach().clone(), grant.clone(), quota), add_or_change).await
    }

    /// Makes the list, as far as the sharer sees it, exactly `wanted`. One transaction.
    ///
    /// # Errors
    /// OverLimit when the list would be longer than `quota`; Stale as [`Catalog::grant`].
    pub async fn replace_grants<A: Replaces>(
        &self,
        sharer: &Sharer<A>,
        wanted: &[Grant],
        quota: Option<u64>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let list = List::new(&**sharer.image(), now, actor);
        self.db.write((list, sharer.reach().clone(), wanted.to_vec(), quota), replace).await
    }
}

/// Under the thing's lock: whoever shares by a right in the list itself must still have it.
async fn still_shares(list: &List, tx: &mut Tx, reach: &Reach) -> Result<()> {
    let Reach::Own(own) = reach else { return Ok(()) };
    match find(tx, &list.thing, own).await? {
        Some(row) if row.can_share => Ok(()),
        Some(_) | None => Err(Error::stale()),
    }
}

fn add_or_change<'a>(tx: &'a mut Tx, input: &'a (List, Reach, Grant, Option<u64>)) -> Answer<'a, Membership> {
    let (list, reach, grant, quota) = input;
    Box::pin(async move {
        let created = list.lock(tx).await?;
        still_shares(list, tx, reach).await?;
        let members = list.count(tx, *quota).await?;
        let existing = find(tx, &list.thing, grant.member.as_str()).await?;
        match grants::grant(&list.thing, reach, members, existing, grant, *quota, list.now)? {
            Effect::Kept(row) => Ok(row),
            Effect::Amended(row) => {
                list.update(tx, &row).await?;
                list.record(tx, MemberChange::Amend, "update", &row).await?;
                Ok(row)
            }
            Effect::Added(row) => {
                list.add(tx, &row, created).await?;
                list.record(tx, MemberChange::Invite, "create", &row).await?;
                Ok(row)
            }
        }
    })
}

fn replace<'a>(tx: &'a mut Tx, input: &'a (List, Reach, Vec<Grant>, Option<u64>)) -> Answer<'a, ()> {
    let (list, reach, wanted, quota) = input;
    Box::pin(async move {
        let created = list.lock(tx).await?;
        still_shares(list, tx, reach).await?;
        let before = list.everybody(tx).await?;
        let replacement = grants::replace(&list.thing, reach, &before, wanted, *quota, list.now)?;
        list.take(tx, &replacement, created).await
    })
}
