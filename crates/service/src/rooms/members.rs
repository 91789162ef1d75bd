//! Who is in a room. Every change is one transaction of the membership engine, which images share.

use salon_core::{
    Result,
    account::{AccountId, ItemError, Key, user_arn},
    membership::{MemberName, MemberRole, Shared as _, rules},
    room::{
        RoomId,
        actions::{
            BatchCreateRoomMembership, CreateRoomMembership, DeleteRoomMembership, ListRoomMemberships,
            UpdateRoomMembership,
        },
        members::{Joining, RoomMembership, check_batch},
    },
};

use super::{permitted, quotas};
use crate::{Ctx, Service, accounts::page, maintenance::JobKind, retry::until_fresh, sharing::Amendment};

/// Adds a person or bot of the account to the room. It is a member at once.
///
/// # Errors
/// NotFound when account, room or member are absent; Forbidden by policy, or because the account is no Enterprise
/// account; Conflict when it is a member already; Invalid for a suspended person, and a bot that is disabled or has no
/// events configuration; OverLimit when the room or the member has its quota.
pub async fn add(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
    joining: &Joining,
) -> Result<RoomMembership> {
    let actor = ctx.actor();
    let invited_by = user_arn(&ctx.caller);
    let added = until_fresh(service, || async {
        let room = permitted::<CreateRoomMembership>(service, ctx, account, room).await?;
        let invitation = joining.invitation(&invited_by)?;
        service.catalog().join_room(&room, &invitation, quotas(service), service.now(), &actor).await
    })
    .await?;
    service.jobs_waiting(JobKind::BotEvent).notify_one();
    tracing::info!(room = %room, member = added.guest.id, request = ctx.request_id, "member added");
    Ok(added)
}

/// Adds up to 50 people and bots to the room: each as [`add`] does or not at all. Answers what could not be done, in the
/// order of the call; a member named twice is one that is there already the second time.
///
/// # Errors
/// As [`crate::rooms::show`]; Invalid for more than 50 items.
pub async fn add_many(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
    joining: &[Joining],
) -> Result<Vec<ItemError>> {
    let actor = ctx.actor();
    let invited_by = user_arn(&ctx.caller);
    let outcomes = until_fresh(service, || async {
        let room = permitted::<BatchCreateRoomMembership>(service, ctx, account, room).await?;
        check_batch(joining.len())?;
        let catalog = service.catalog();
        catalog.join_room_together(&room, joining, &invited_by, quotas(service), service.now(), &actor).await
    })
    .await?;
    let failed: Vec<ItemError> = joining
        .iter()
        .zip(outcomes)
        .filter_map(|(one, outcome)| outcome.err().map(|error| ItemError { id: one.member.clone(), error }))
        .collect();
    let added = joining.len() - failed.len();
    service.jobs_waiting(JobKind::BotEvent).notify_one();
    tracing::info!(room = %room, members = added, request = ctx.request_id, "members added");
    Ok(failed)
}

/// Gives a person in the room another role; without one nothing changes.
///
/// # Errors
/// NotFound when account, room or membership are absent; Forbidden by policy, or because the account is no Enterprise
/// account; Invalid for a bot, and, where that is asked for, for the last administrator.
pub async fn amend(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
    member: &str,
    role: Option<MemberRole>,
) -> Result<RoomMembership> {
    let actor = ctx.actor();
    let after = until_fresh(service, || async {
        let room = permitted::<UpdateRoomMembership>(service, ctx, account, room).await?;
        let absent = || rules::absent(&room.thing(), member);
        let name = MemberName::parse(member).map_err(|_| absent())?;
        if role.is_none() {
            return service.catalog().room_member(&room, &name).await?.ok_or_else(absent);
        }
        let amendment = Amendment { role, can_share: None };
        service.catalog().amend_in_room(&room, &name, amendment, service.now(), &actor).await
    })
    .await?;
    tracing::info!(room = %room, member = after.guest.id, request = ctx.request_id, "member changed");
    Ok(after)
}

/// Takes somebody out of the room: from the answer on nothing succeeds through this membership.
///
/// # Errors
/// NotFound when account, room or membership are absent; Forbidden by policy, or because the account is no Enterprise
/// account; Invalid, where that is asked for, for the last administrator.
pub async fn remove(service: &Service, ctx: &Ctx, account: &AccountId, room: &RoomId, member: &str) -> Result<()> {
    let actor = ctx.actor();
    until_fresh(service, || async {
        let room = permitted::<DeleteRoomMembership>(service, ctx, account, room).await?;
        let name = MemberName::parse(member).map_err(|_| rules::absent(&room.thing(), member))?;
        service.catalog().revoke(&room, &name, service.now(), &actor).await
    })
    .await?;
    service.jobs_waiting(JobKind::BotEvent).notify_one();
    tracing::info!(room = %room, member, request = ctx.request_id, "member removed");
    Ok(())
}

/// One page of who is in the room, in the order of the members' ids, and where the next one begins, if there is one. Of
/// `after` only the id counts.
///
/// # Errors
/// As [`crate::rooms::show`].
pub async fn list(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<RoomMembership>, Option<Key>)> {
    let after = after.map(|key| key.id.as_str());
    let (room, mut found, webhooks) = until_fresh(service, || async {
        let room = permitted::<ListRoomMemberships>(service, ctx, account, room).await?;
        let found = service.catalog().room_members(&room, after, limit.saturating_add(1)).await?;
        let webhooks = service.catalog().webhooks(&room).await?;
        Ok((room, found, webhooks))
    })
    .await?;
    // Ten at most. What is beyond the page is cut, and comes with a later one.
    let later = webhooks.iter().filter(|webhook| after.is_none_or(|after| webhook.id.as_str() > after));
    found.extend(later.map(|webhook| webhook.listed(&room.account.id)));
    found.sort_by(|one, other| one.membership.member.cmp(&other.membership.member));
    Ok(page(found, limit))
}
