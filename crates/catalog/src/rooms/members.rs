//! The guest lists of rooms, with who is on them. Changes are the engine's; this adds names to what it answers.

use salon_core::{
    Error, Kind, Result,
    account::AccountId,
    membership::{Membership, ThingKind, ThingRef, rules::Quotas},
    room::members::{Guest, Joining, RoomMembership},
};

use crate::{
    members::{self, Amendment, Change, Invitation, List, guests},
    sql::{Answer, Reader, Tx, values},
};

pub(super) fn join<'a>(tx: &'a mut Tx, input: &'a (List, Invitation, Quotas)) -> Answer<'a, RoomMembership> {
    Box::pin(async move { named(members::invite(tx, input).await?) })
}

pub(super) fn amend<'a>(tx: &'a mut Tx, input: &'a (List, String, Amendment)) -> Answer<'a, RoomMembership> {
    let (list, member, amendment) = input;
    Box::pin(async move { named(members::change_one(tx, list, member, &Change::Amend(*amendment)).await?) })
}

fn named((membership, guest): (Membership, Option<Guest>)) -> Result<RoomMembership> {
    match guest {
        Some(guest) => Ok(RoomMembership { membership, guest }),
        None => Err(Error::internal(format!("member {} of a room is nobody", membership.member))),
    }
}

type Batch = (List, Vec<Joining>, String, Quotas);

/// Members are locked in the order of their ids, whatever order the call has.
pub(super) fn join_together<'a>(tx: &'a mut Tx, input: &'a Batch) -> Answer<'a, Vec<Result<RoomMembership>>> {
    let (list, joining, invited_by, quotas) = input;
    Box::pin(async move {
        let created = list.lock(tx).await?;
        let mut order: Vec<(usize, &Joining)> = joining.iter().enumerate().collect();
        order.sort_by(|(_, one), (_, other)| one.member.cmp(&other.member));
        let mut answers = Vec::with_capacity(joining.len());
        for (at, one) in order {
            let answer = match one.invitation(invited_by) {
                Ok(invitation) => list.admit(tx, &invitation, *quotas, created).await.and_then(named),
                Err(error) => Err(error),
            };
            match answer {
                Err(error) if !is_about_the_item(error.kind()) => return Err(error),
                answer => answers.push((at, answer)),
            }
        }
        answers.sort_by_key(|(at, _)| *at);
        Ok(answers.into_iter().map(|(_, answer)| answer).collect())
    })
}

/// Whether an error says something about one item, and not about the transaction.
fn is_about_the_item(kind: Kind) -> bool {
    match kind {
        Kind::Invalid | Kind::NotFound | Kind::Conflict | Kind::OverLimit => true,
        Kind::Unauthenticated
        | Kind::Forbidden
        | Kind::Gone
        | Kind::Throttled
        | Kind::UnsupportedMedia
        | Kind::Range
        | Kind::Unsupported
        | Kind::Stale
        | Kind::Unavailable
        | Kind::Internal => false,
    }
}

type Page = (AccountId, String, String, u32);

/// The rows of the page first, then their names: the other way round a planner may walk all people before them.
fn page(limit: u32) -> String {
    format!(
        "SELECT {}, {} FROM (SELECT * FROM memberships WHERE kind = ? AND thing_id = ? AND member > ? \
         ORDER BY member LIMIT {limit}) AS m {} ORDER BY m.member",
        members::columns_of("m"),
        guests::COLUMNS,
        guests::JOINS
    )
}

fn read(row: &mut Reader<'_>, account: &AccountId) -> Result<RoomMembership> {
    let membership = members::read(ThingKind::Room, row)?;
    let guest = guests::read(row, account, &membership.member)?;
    named((membership, guest))
}

pub(super) fn list<'a>(tx: &'a mut Tx, input: &'a (Page, ThingRef, members::Basis)) -> Answer<'a, Vec<RoomMembership>> {
    let ((account, room, after, limit), thing, basis) = input;
    Box::pin(async move {
        if after.contains('\0') {
            return Ok(Vec::new());
        }
        let account_id = account.as_str();
        let values = values!["room", room, after, account_id, account_id];
        let found = tx.all(&page(*limit), values, "memberships", |row| read(row, account)).await?;
        members::still_readable(tx, thing, basis).await?;
        Ok(found)
    })
}

pub(super) fn list_steps<'a>(tx: &'a mut Tx, input: &'a Page) -> Answer<'a, u64> {
    let (account, room, after, limit) = input;
    Box::pin(async move {
        let account = account.as_str();
        tx.steps(&page(*limit), values!["room", room, after, account, account]).await
    })
}

pub(super) fn one<'a>(tx: &'a mut Tx, input: &'a (AccountId, String, String)) -> Answer<'a, Option<RoomMembership>> {
    let (account, room, member) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT {}, {} FROM memberships m {} WHERE m.kind = ? AND m.thing_id = ? AND m.member = ?",
            members::columns_of("m"),
            guests::COLUMNS,
            guests::JOINS
        );
        let account_id = account.as_str();
        let bound = values![account_id, account_id, "room", room, member];
        tx.one(&sql, bound, "memberships", |row| read(row, account)).await
    })
}
