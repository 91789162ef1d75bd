//! Guest lists.

use salon_core::{
    Caller, ImageId, Result,
    image::rackspace::sharing as rules,
    membership::{MemberName, MemberStatus, Membership},
    policy::Policy,
};

use crate::{
    Ctx, Service,
    images::load,
    retry::until_fresh,
    sharing::{Invitation, LONGEST, walks},
};

/// The guest list as far as it is the caller's to see.
///
/// # Errors
/// NotFound for everybody but owner, members and administrators; Forbidden by policy.
pub async fn members(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Vec<Membership>> {
    walks::list(service, ctx, id, rules::list).await
}

/// One membership.
///
/// # Errors
/// NotFound for everything that is not there or not the caller's to see; Forbidden by policy.
pub async fn member(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<Membership> {
    walks::show(service, ctx, id, member, rules::show).await
}

/// Shares the image with `member`, whose answer is pending. A private image becomes a shared one. There is no quota
/// but the longest list that can be answered: this dialect promises sharing without a number.
///
/// # Errors
/// NotFound unless the caller is owner or administrator; Forbidden for a public image and by policy; Conflict when it is
/// a member already.
pub async fn invite(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<Membership> {
    let policy = service.policy();
    let actor = ctx.actor();
    let invitation = Invitation::pending(member.clone());
    let quota = u64::try_from(LONGEST).ok();
    let membership = until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let image = rules::invite(&policy, &ctx.caller, view)?;
        service.catalog().share_image(&image, &invitation, quota, service.now(), &actor).await
    })
    .await?;
    tracing::info!(image = %id, member = membership.member, request = ctx.request_id, "member invited");
    Ok(membership)
}

/// Records the member's answer.
///
/// # Errors
/// Forbidden for the owner and by policy; NotFound for everybody but the member itself and administrators.
pub async fn respond(
    service: &Service,
    ctx: &Ctx,
    id: &ImageId,
    member: &MemberName,
    status: MemberStatus,
) -> Result<Membership> {
    walks::respond(service, ctx, id, member, status, rules::look_up).await
}

/// Removes `member`: from the answer on nothing succeeds through this membership.
///
/// # Errors
/// NotFound unless the caller is owner or administrator, and when the member is not there; Forbidden by policy.
pub async fn revoke(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<()> {
    let rule = |policy: &Policy, caller: &Caller, view, _: &MemberName| rules::revoke(policy, caller, view);
    walks::revoke(service, ctx, id, member, rule).await
}
