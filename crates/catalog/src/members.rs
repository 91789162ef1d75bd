//! The membership engine: guest lists of shared things.

mod grants;
pub(crate) mod guests;
pub(crate) mod leave;
mod share;
mod told;

use salon_core::{
    Error, Permitted, Result, Timestamp,
    event::{Actor, MemberChange},
    image::{Image, ImageView},
    membership::{
        Amends, Invites, MemberName, MemberRole, MemberStatus, Membership, ReadsGuests, Replaces, Responds, Revokes,
        Shared, ThingKind, ThingRef,
        rules::{self, Counts, Quotas, Replacement},
    },
    message::event::What,
    room::{self, members::Guest},
};

pub use salon_core::membership::rules::{Amendment, Invitation};

use crate::{
    Catalog, messages, outbox, rooms,
    sql::{Answer, Reader, Tx, values},
};

/// What a permission on a shared thing was computed from; checked again under the thing's row lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// An image.
    Image {
        /// The owner.
        owner: Option<String>,
        /// Who may find it.
        visibility: String,
    },
    /// A room: what counts about its account.
    Room(rooms::Basis),
}

impl Basis {
    pub(crate) fn of(image: &Image) -> Self {
        Self::Image {
            owner: image.owner.as_ref().map(|owner| owner.as_str().to_owned()),
            visibility: image.visibility.as_str().to_owned(),
        }
    }
}

/// A shared thing the engine can lock and re-check.
pub trait Guarded: Shared {
    /// What the permission was computed from.
    fn basis(&self) -> Basis;

    /// Whether its list may not lose its last administrator.
    fn keeps_administrator(&self) -> bool {
        false
    }
}

impl Guarded for ImageView {
    fn basis(&self) -> Basis {
        Basis::of(&self.image)
    }
}

impl Catalog {
    /// Adds a member.
    ///
    /// # Errors
    /// Images: OverLimit when the list has its quota of members already (checked first), Conflict when it is one
    /// already. Rooms, in this order: NotFound when the account has no such person or bot, Conflict, Invalid when it
    /// cannot be added now, OverLimit when the room or the member has its quota. Stale when what the permission was
    /// computed from changed or the thing went away since the permission was given.
    pub async fn invite<T: Guarded, A: Invites>(
        &self,
        thing: &Permitted<T, A>,
        invitation: &Invitation,
        quotas: impl Into<Quotas>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Membership> {
        let list = List::new(&**thing, now, actor);
        self.db.write((list, invitation.clone(), quotas.into()), invite).await.map(|(membership, _)| membership)
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
        let list = List::new(&**thing, now, actor);
        let change = Change::Respond(status);
        self.db.write((list, member.as_str().to_owned(), change), change_member).await.map(|(membership, _)| membership)
    }

    /// Changes role or sharing right of a member.
    ///
    /// # Errors
    /// NotFound when it is none; Invalid when it is a bot, or the last administrator of a list that keeps one; Stale.
    pub async fn amend<T: Guarded, A: Amends>(
        &self,
        thing: &Permitted<T, A>,
        member: &MemberName,
        amendment: Amendment,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Membership> {
        let list = List::new(&**thing, now, actor);
        let change = Change::Amend(amendment);
        self.db.write((list, member.as_str().to_owned(), change), change_member).await.map(|(membership, _)| membership)
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
        let changed = List::new(&**thing, now, actor);
        self.db.write((changed, list.to_vec(), quota), replace).await
    }

    /// Removes a member; when this returns, no later read finds it.
    ///
    /// # Errors
    /// NotFound when it is none; Invalid when it is the last administrator of a list that keeps one; Stale.
    pub async fn revoke<T: Guarded, A: Revokes>(
        &self,
        thing: &Permitted<T, A>,
        member: &MemberName,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let list = List::new(&**thing, now, actor);
        self.db.write((list, member.as_str().to_owned()), revoke).await
    }

    /// Members of an image in the order of their names, after `after`.
    ///
    /// # Errors
    /// Stale when what the permission was computed from changed or the image went away; Unavailable.
    pub async fn members<A: ReadsGuests>(
        &self,
        image: &Permitted<ImageView, A>,
        after: Option<&MemberName>,
        limit: u32,
    ) -> Result<Vec<Membership>> {
        let after = after.map(|name| name.as_str().to_owned()).unwrap_or_default();
        self.db.read((image.thing(), image.basis(), after, limit), members).await
    }

    /// What is shared with `member`, in the order of the things' ids, after `after`; no index has that order. The caller of
    /// the use case must be that member or an administrator.
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
        let after = after.unwrap_or_default().to_owned();
        self.db.read((kind, member.as_str().to_owned(), after, limit), things_of).await
    }
}

/// Rows of history kept for one thing, give or take a few: every so many entries the older ones go.
const HISTORY_PER_THING: u32 = 1000;
const HISTORY_TRIM_EVERY: i64 = 32;

/// A guest list that is about to change.
#[derive(Debug)]
pub(crate) struct List {
    thing: ThingRef,
    basis: Basis,
    keeps_administrator: bool,
    now: Timestamp,
    actor: Actor,
}

impl List {
    pub(crate) fn new<T: Guarded>(thing: &T, now: Timestamp, actor: &Actor) -> Self {
        Self {
            thing: thing.thing(),
            basis: thing.basis(),
            keeps_administrator: thing.keeps_administrator(),
            now,
            actor: actor.clone(),
        }
    }

    fn kind(&self) -> &'static str {
        self.thing.kind.as_str()
    }

    fn id(&self) -> &str {
        &self.thing.id
    }

    /// Keeps everybody else off the list until the transaction ends, and makes sure that what the permission was
    /// computed from is still so. Answers when the thing was created.
    pub(crate) async fn lock(&self, tx: &mut Tx) -> Result<Timestamp> {
        let lock = tx.for_update();
        still(tx, &self.thing, &self.basis, lock).await
    }

    /// How many members there are, or, as long as that is surely below the quota, a number between the two.
    async fn count(&self, tx: &mut Tx, quota: Option<u64>) -> Result<u64> {
        const COUNT: &str = "SELECT COUNT(*) FROM memberships WHERE kind = ? AND thing_id = ?";
        let Some(quota) = quota else { return Ok(0) };
        if let Some(most) = tx.ceilings.of(&self.thing).filter(|most| *most < quota) {
            return Ok(most);
        }
        let count = tx.count(COUNT, values![self.kind(), self.id()], "memberships").await?;
        tx.ceilings.counted(&self.thing, count);
        Ok(count)
    }

    /// Adds a member under the thing's lock, if it may be added. Answers who it is, where the catalog knows.
    pub(crate) async fn admit(
        &self,
        tx: &mut Tx,
        invitation: &Invitation,
        quotas: Quotas,
        created: Timestamp,
    ) -> Result<(Membership, Option<Guest>)> {
        let member = invitation.member.as_str();
        let (guest, existing) = match &self.basis {
            // Any project may be invited; whether it exists is not asked. The unique key finds the one that is there.
            Basis::Image { .. } => (None, None),
            Basis::Room(basis) => {
                let guest = guests::lock(tx, &basis.account, member).await?;
                let existing = find(tx, &self.thing, member).await?;
                if existing.is_none() {
                    room::members::check_admission(&guest)?;
                }
                (Some(guest), existing)
            }
        };
        let mut counts = Counts { members: self.count(tx, quotas.members).await?, ..Counts::default() };
        if quotas.of_member.is_some() {
            // It stays right until the end where members have rows of their own: those are locked.
            const COUNT: &str = "SELECT COUNT(*) FROM memberships WHERE kind = ? AND member = ?";
            counts.of_member = tx.count(COUNT, values![self.kind(), member], "memberships").await?;
        }
        let membership = rules::invite(&self.thing, counts, existing.as_ref(), invitation.clone(), quotas, self.now)?;
        if !self.insert(tx, &membership, created).await? {
            return Err(rules::duplicate(&self.thing, &membership.member));
        }
        self.record(tx, MemberChange::Invite, "create", &membership).await?;
        self.tell_bot(tx, &membership, What::Invite).await?;
        Ok((membership, guest))
    }

    /// Tells a bot that it is in a room now, or not any more.
    async fn tell_bot(&self, tx: &mut Tx, membership: &Membership, what: What) -> Result<()> {
        match self.thing.kind {
            ThingKind::Image => Ok(()),
            ThingKind::Room => {
                let inviter = membership.invited_by.as_ref().filter(|_| what == What::Invite);
                let by = inviter.unwrap_or(&self.actor.user_id);
                messages::notices::membership(tx, self.id(), &membership.member, what, by, self.now).await
            }
        }
    }

    /// Refuses a change after which nobody administers the list, where that is asked for.
    async fn check_administrator(&self, tx: &mut Tx, before: &Membership, after: Option<MemberRole>) -> Result<()> {
        if !self.keeps_administrator || before.role != MemberRole::Administrator || after == Some(before.role) {
            return Ok(());
        }
        const COUNT: &str = "SELECT COUNT(*) FROM memberships WHERE kind = ? AND thing_id = ? AND role = ?";
        let count = tx.count(COUNT, values![self.kind(), self.id(), before.role.as_str()], "memberships").await?;
        if count > 1 { Ok(()) } else { Err(room::members::last_administrator()) }
    }

    async fn require(&self, tx: &mut Tx, member: &str) -> Result<Membership> {
        find(tx, &self.thing, member).await?.ok_or_else(|| rules::absent(&self.thing, member))
    }

    /// The whole list; it is locked.
    async fn everybody(&self, tx: &mut Tx) -> Result<Vec<Membership>> {
        let sql = format!("SELECT {COLUMNS} FROM memberships WHERE kind = ? AND thing_id = ? ORDER BY member");
        tx.all(&sql, values![self.kind(), self.id()], "memberships", |row| read(self.thing.kind, row)).await
    }

    /// Writes what a replacement of the list changes; the list is locked.
    async fn take(&self, tx: &mut Tx, replacement: &Replacement, created: Timestamp) -> Result<()> {
        let Replacement { added, amended, kept: _, removed } = replacement;
        for membership in removed {
            self.delete(tx, &membership.member).await?;
            self.record(tx, MemberChange::Replace, "delete", membership).await?;
        }
        for membership in amended {
            self.update(tx, membership).await?;
            self.record(tx, MemberChange::Replace, "update", membership).await?;
        }
        for membership in added {
            self.add(tx, membership, created).await?;
            self.record(tx, MemberChange::Replace, "create", membership).await?;
        }
        Ok(())
    }

    /// Adds a row that is not there; the list is locked.
    async fn add(&self, tx: &mut Tx, membership: &Membership, created: Timestamp) -> Result<()> {
        if self.insert(tx, membership, created).await? {
            return Ok(());
        }
        Err(Error::internal(format!("the members of {} changed under its lock", self.id())))
    }

    /// Adds a row; false when the member has one.
    async fn insert(&self, tx: &mut Tx, membership: &Membership, created: Timestamp) -> Result<bool> {
        let row = values![
            self.kind(),
            self.id(),
            &membership.member,
            membership.status.as_str(),
            membership.role.as_str(),
            membership.can_share,
            &membership.invited_by,
            self.now,
            self.now,
            created,
        ];
        const INSERT: &str = "INSERT INTO memberships (kind, thing_id, member, status, role, can_share, invited_by, \
            created_at, updated_at, thing_created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let inserted = tx.insert(INSERT, row).await?;
        if inserted {
            tx.ceilings.added(&self.thing);
        }
        Ok(inserted)
    }

    async fn update(&self, tx: &mut Tx, membership: &Membership) -> Result<()> {
        let row = values![
            membership.status.as_str(),
            membership.role.as_str(),
            membership.can_share,
            membership.updated_at,
            self.kind(),
            self.id(),
            &membership.member,
        ];
        const UPDATE: &str = "UPDATE memberships SET status = ?, role = ?, can_share = ?, updated_at = ? \
            WHERE kind = ? AND thing_id = ? AND member = ?";
        match tx.execute(UPDATE, row).await? {
            1 => Ok(()),
            _ => Err(Error::internal(format!("a membership of {} changed under its lock", self.id()))),
        }
    }

    async fn delete(&self, tx: &mut Tx, member: &str) -> Result<bool> {
        const DELETE: &str = "DELETE FROM memberships WHERE kind = ? AND thing_id = ? AND member = ?";
        Ok(tx.execute(DELETE, values![self.kind(), self.id(), member]).await? > 0)
    }

    /// History and outbox of one change.
    async fn record(&self, tx: &mut Tx, change: MemberChange, topic: &str, membership: &Membership) -> Result<()> {
        let row = values![
            self.kind(),
            self.id(),
            &membership.member,
            change.as_str(),
            membership.status.as_str(),
            membership.role.as_str(),
            membership.can_share,
            self.now,
            &self.actor.user_id,
            &self.actor.project_id,
            &self.actor.request_id,
        ];
        const INSERT: &str = "INSERT INTO membership_history (kind, thing_id, member, changed, status, role, can_share, at, \
            user_id, project_id, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq";
        let seq = tx.number(INSERT, row, "membership_history").await?;
        let seq = seq.ok_or_else(|| Error::internal("a row of membership_history was not written"))?;
        if seq % HISTORY_TRIM_EVERY == 0 {
            self.trim(tx).await?;
        }
        let payload = told::told(&self.actor, change, membership)?;
        let topic = format!("{}.member.{topic}", self.kind());
        let note =
            outbox::Note { topic: &topic, kind: self.kind(), thing_id: self.id(), at: self.now, payload: &payload };
        outbox::note(tx, &note).await
    }

    async fn trim(&self, tx: &mut Tx) -> Result<()> {
        let oldest = format!(
            "SELECT seq FROM membership_history WHERE kind = ? AND thing_id = ? \
             ORDER BY seq DESC LIMIT 1 OFFSET {HISTORY_PER_THING}"
        );
        if let Some(seq) = tx.number(&oldest, values![self.kind(), self.id()], "membership_history").await? {
            tx.execute(
                "DELETE FROM membership_history WHERE kind = ? AND thing_id = ? AND seq <= ?",
                values![self.kind(), self.id(), seq],
            )
            .await?;
        }
        Ok(())
    }
}

/// What changes about a member.
#[derive(Debug)]
pub(crate) enum Change {
    Respond(MemberStatus),
    Amend(Amendment),
}

const COLUMNS: &str = "thing_id, member, status, role, can_share, invited_by, created_at, updated_at";

/// The columns [`read`] reads, of a table called `name`.
pub(crate) fn columns_of(name: &str) -> String {
    COLUMNS.split(", ").map(|column| format!("{name}.{column}")).collect::<Vec<_>>().join(", ")
}

/// What the guest list of an image says of somebody, for whoever may read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record(Option<Membership>);

impl Record {
    /// The row, if there is one. `image` is the one that it was read with.
    #[must_use]
    pub fn shown<A: ReadsGuests>(self, image: &Permitted<ImageView, A>) -> Option<Membership> {
        self.0.filter(|row| row.thing == image.thing())
    }

    /// The columns [`Record::read`] reads, of a table called `name` that may have no row.
    pub(crate) fn columns(name: &str) -> String {
        format!("CASE WHEN {name}.member IS NULL THEN 0 ELSE 1 END, {}", columns_of(name))
    }

    pub(crate) fn read(row: &mut Reader<'_>) -> Result<Self> {
        Ok(Self(if row.flag("(member)")? { Some(read(ThingKind::Image, row)?) } else { None }))
    }
}

/// Makes sure that what a permission was computed from is still so; `lock` ends the query. Answers when the thing was created.
async fn still(tx: &mut Tx, thing: &ThingRef, basis: &Basis, lock: &str) -> Result<Timestamp> {
    let found = match thing.kind {
        ThingKind::Image => image_basis(tx, &thing.id, lock).await?,
        ThingKind::Room => {
            let found = rooms::basis(tx, &thing.id, lock).await?;
            found.map(|(basis, created)| (Basis::Room(basis), created))
        }
    };
    match found {
        Some((found, created)) if found == *basis => Ok(created),
        Some(_) | None => Err(Error::stale()),
    }
}

/// After a list was read: makes sure that it was the list of something that was there, and as the permission to read it
/// says. Otherwise the list of a thing that was just deleted would be an empty one.
pub(crate) async fn still_readable(tx: &mut Tx, thing: &ThingRef, basis: &Basis) -> Result<()> {
    still(tx, thing, basis, "").await.map(drop)
}

async fn image_basis(tx: &mut Tx, id: &str, lock: &str) -> Result<Option<(Basis, Timestamp)>> {
    let sql = format!("SELECT id, owner, visibility, created_at FROM images WHERE id = ?{lock}");
    tx.one(&sql, values![id], "images", |row| {
        row.text("id")?;
        let basis = Basis::Image { owner: row.opt_text("owner")?, visibility: row.text("visibility")? };
        Ok((basis, row.time("created_at")?))
    })
    .await
}

pub(crate) fn read(kind: ThingKind, row: &mut Reader<'_>) -> Result<Membership> {
    Ok(Membership {
        thing: ThingRef { kind, id: row.text("thing_id")? },
        member: row.text("member")?,
        status: row.parsed("status", MemberStatus::parse)?,
        role: row.parsed("role", MemberRole::parse)?,
        can_share: row.flag("can_share")?,
        invited_by: row.opt_text("invited_by")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

async fn find(tx: &mut Tx, thing: &ThingRef, member: &str) -> Result<Option<Membership>> {
    let sql = format!("SELECT {COLUMNS} FROM memberships WHERE kind = ? AND thing_id = ? AND member = ?");
    let bound = values![thing.kind.as_str(), &thing.id, member];
    tx.one(&sql, bound, "memberships", |row| read(thing.kind, row)).await
}

pub(crate) fn invite<'a>(
    tx: &'a mut Tx,
    input: &'a (List, Invitation, Quotas),
) -> Answer<'a, (Membership, Option<Guest>)> {
    let (list, invitation, quotas) = input;
    Box::pin(async move {
        let created = list.lock(tx).await?;
        list.admit(tx, invitation, *quotas, created).await
    })
}

fn change_member<'a>(tx: &'a mut Tx, input: &'a (List, String, Change)) -> Answer<'a, (Membership, Option<Guest>)> {
    let (list, member, change) = input;
    Box::pin(change_one(tx, list, member, change))
}

pub(crate) async fn change_one(
    tx: &mut Tx,
    list: &List,
    member: &str,
    change: &Change,
) -> Result<(Membership, Option<Guest>)> {
    list.lock(tx).await?;
    let before = list.require(tx, member).await?;
    let guest = match &list.basis {
        Basis::Image { .. } => None,
        Basis::Room(basis) => guests::find(tx, &basis.account, member).await?,
    };
    if let Change::Amend(amendment) = change {
        if let Some(guest) = &guest {
            room::members::check_amendment(guest)?;
        }
        list.check_administrator(tx, &before, amendment.role.or(Some(before.role))).await?;
    }
    let (named, membership) = match change {
        Change::Respond(status) => (MemberChange::Respond, rules::respond(before, *status, list.now)),
        Change::Amend(amendment) => (MemberChange::Amend, rules::amend(before, *amendment, list.now)),
    };
    list.update(tx, &membership).await?;
    list.record(tx, named, "update", &membership).await?;
    Ok((membership, guest))
}

fn revoke<'a>(tx: &'a mut Tx, input: &'a (List, String)) -> Answer<'a, ()> {
    let (list, member) = input;
    Box::pin(async move {
        list.lock(tx).await?;
        let membership = list.require(tx, member).await?;
        list.check_administrator(tx, &membership, None).await?;
        list.delete(tx, member).await?;
        list.record(tx, MemberChange::Revoke, "delete", &membership).await?;
        list.tell_bot(tx, &membership, What::Remove).await
    })
}

fn replace<'a>(tx: &'a mut Tx, input: &'a (List, Vec<Invitation>, Option<u64>)) -> Answer<'a, Vec<Membership>> {
    let (list, invitations, quota) = input;
    Box::pin(async move {
        let created = list.lock(tx).await?;
        let before = list.everybody(tx).await?;
        let replacement = rules::replace(&list.thing, &before, invitations, *quota, list.now)?;
        list.take(tx, &replacement, created).await?;
        let Replacement { added, amended, kept, removed: _ } = replacement;
        let mut members = [kept, amended, added].concat();
        members.sort_by(|one, other| one.member.cmp(&other.member));
        Ok(members)
    })
}

/// In one statement with what permits it: rows from before or after the time in which they may be shown would be a list that nobody
/// could have seen.
fn members<'a>(tx: &'a mut Tx, input: &'a (ThingRef, Basis, String, u32)) -> Answer<'a, Vec<Membership>> {
    let (thing, basis, after, limit) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT i.owner, i.visibility, {} FROM images i LEFT JOIN (SELECT * FROM memberships WHERE kind = ? \
             AND thing_id = ? AND member > ? ORDER BY member LIMIT {limit}) AS m ON 1 = 1 WHERE i.id = ? ORDER BY m.member",
            Record::columns("m")
        );
        let bound = values![thing.kind.as_str(), &thing.id, after, &thing.id];
        let found = tx.all(&sql, bound, "memberships", |row| {
            let now = Basis::Image { owner: row.opt_text("owner")?, visibility: row.text("visibility")? };
            Ok((now, Record::read(row)?))
        });
        let found = found.await?;
        if found.is_empty() || found.iter().any(|(now, _)| now != basis) {
            return Err(Error::stale());
        }
        Ok(found.into_iter().filter_map(|(_, record)| record.0).collect())
    })
}

fn things_of<'a>(tx: &'a mut Tx, input: &'a (ThingKind, String, String, u32)) -> Answer<'a, Vec<Membership>> {
    let (kind, member, after, limit) = input;
    Box::pin(async move {
        let sql = format!(
            "SELECT {COLUMNS} FROM memberships WHERE kind = ? AND member = ? AND thing_id > ? \
             ORDER BY thing_id LIMIT {limit}"
        );
        tx.all(&sql, values![kind.as_str(), member, after], "memberships", |row| read(*kind, row)).await
    })
}

/// Empties the list of a thing that goes away; its row is locked.
pub(crate) async fn revoke_all(tx: &mut Tx, kind: &str, id: &str, now: Timestamp, actor: &Actor) -> Result<()> {
    const HISTORY: &str = "INSERT INTO membership_history (kind, thing_id, member, changed, status, role, can_share, at, \
        user_id, project_id, request_id) SELECT kind, thing_id, member, 'revoke', status, role, can_share, ?, ?, ?, ? \
        FROM memberships WHERE kind = ? AND thing_id = ?";
    let row = values![now, &actor.user_id, &actor.project_id, &actor.request_id, kind, id];
    if tx.execute(HISTORY, row).await? > 0 {
        tx.execute("DELETE FROM memberships WHERE kind = ? AND thing_id = ?", values![kind, id]).await?;
    }
    Ok(())
}
