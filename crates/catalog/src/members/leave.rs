//! Leaving every room at once, for somebody who goes away.

use salon_core::{
    Error, Result, Timestamp,
    event::{Actor, MemberChange},
    membership::{ThingKind, ThingRef},
};

use super::{Basis, List};
use crate::{
    rooms,
    sql::{Tx, values},
};

/// Most rooms that are left in one transaction.
const AT_ONCE: usize = 10_000;

/// The rooms of a member, locked until the transaction ends.
pub(crate) struct Rooms {
    lists: Vec<(String, rooms::Basis)>,
}

/// Locks the rooms `member` is in, in the order of their ids. The member's own row is to be locked after them and before
/// [`Rooms::leave`], as everywhere.
///
/// # Errors
/// OverLimit for too many rooms; Stale when one went away meanwhile.
pub(crate) async fn lock(tx: &mut Tx, member: &str) -> Result<Rooms> {
    let ids = of(tx, member).await?;
    if ids.len() > AT_ONCE {
        return Err(Error::over_limit(format!("{member} is in more than {AT_ONCE} rooms; take it out of some first.")));
    }
    let mut lists = Vec::with_capacity(ids.len());
    for id in ids {
        let (basis, _) = rooms::lock(tx, &id).await?.ok_or_else(Error::stale)?;
        lists.push((id, basis));
    }
    Ok(Rooms { lists })
}

async fn of(tx: &mut Tx, member: &str) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT thing_id FROM memberships WHERE kind = 'room' AND member = ? ORDER BY thing_id LIMIT {}",
        AT_ONCE + 1
    );
    tx.all(&sql, values![member], "memberships", |row| row.text("thing_id")).await
}

impl Rooms {
    /// Takes the member, whose row is locked, off the lists of its rooms, the last administrator too.
    ///
    /// # Errors
    /// Stale when the member came into another room before its row was locked.
    pub(crate) async fn leave(self, tx: &mut Tx, member: &str, now: Timestamp, actor: &Actor) -> Result<()> {
        let ids = of(tx, member).await?;
        if !ids.iter().eq(self.lists.iter().map(|(id, _)| id)) {
            return Err(Error::stale());
        }
        for (id, basis) in self.lists {
            let list = List {
                thing: ThingRef { kind: ThingKind::Room, id },
                basis: Basis::Room(basis),
                keeps_administrator: false,
                now,
                actor: actor.clone(),
            };
            let membership = list.require(tx, member).await?;
            list.delete(tx, member).await?;
            list.record(tx, MemberChange::Revoke, "delete", &membership).await?;
        }
        Ok(())
    }
}
