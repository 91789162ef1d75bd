//! Guest lists.

use salon_core::{
    ImageId, Result,
    image::{
        rackspace::sharing as rules,
        sharing::{not_a_member, respond as answer},
    },
    membership::{MemberName, MemberStatus, Membership},
};

use crate::{
    Ctx, Service,
    images::load,
    retry::until_fresh,
    sharing::{Invitation, LONGEST, everybody},
};

/// The guest list as far as it is the caller's to see.
///
/// # Errors
/// NotFound for everybody but owner, members and administrators; Forbidden by policy.
pub async fn members(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Vec<Membership>> {
    until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        everybody(service, rules::list(&service.policy(), &ctx.caller, view)?).await
    })
    .await
}

/// One membership.
///
/// # Errors
/// NotFound for everything that is not there or not the caller's to see; Forbidden by policy.
pub async fn member(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<Membership> {
    let view = load(service, ctx, id).await?;
    let image = rules::show(&service.policy(), &ctx.caller, view, member)?;
    service.catalog().member(&image, member).await?.ok_or_else(|| not_a_member(id, member.as_str()))
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
    let policy = service.policy();
    let actor = ctx.actor();
    let membership = until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let found = rules::look_up(&policy, &ctx.caller, view, member)?;
        let record = service.catalog().member(&found, member).await?;
        let record = record.ok_or_else(|| not_a_member(id, member.as_str()))?;
        let image = answer(&policy, &ctx.caller, found, &record)?;
        service.catalog().respond(&image, member, status, service.now(), &actor).await
    })
    .await?;
    tracing::info!(
        image = %id, member = membership.member, status = status.as_str(), request = ctx.request_id,
        "invitation answered"
    );
    Ok(membership)
}

/// Removes `member`: from the answer on nothing succeeds through this membership.
///
/// # Errors
/// NotFound unless the caller is owner or administrator, and when the member is not there; Forbidden by policy.
pub async fn revoke(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<()> {
    let policy = service.policy();
    let actor = ctx.actor();
    until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let image = rules::revoke(&policy, &ctx.caller, view)?;
        service.catalog().revoke(&image, member, service.now(), &actor).await
    })
    .await?;
    tracing::info!(image = %id, member = member.as_str(), request = ctx.request_id, "member revoked");
    Ok(())
}
