//! Changes of a guest list.

use salon_core::{
    ImageId, Result,
    image::sharing as rules,
    membership::{MemberName, MemberStatus, Membership},
};

use crate::{
    Ctx, Service,
    images::load,
    retry::until_fresh,
    sharing::{Invitation, walks},
};

/// Invites `member` to the image, as the Image API does: the invitation is pending.
///
/// # Errors
/// NotFound when the image is invisible; Forbidden by policy, or when the image is not shared; OverLimit over the
/// quota of members; Conflict when it is a member already.
pub async fn invite(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<Membership> {
    let invitation = Invitation::pending(member.clone());
    let policy = service.policy();
    let actor = ctx.actor();
    let membership = until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let image = rules::invite(&policy, &ctx.caller, view)?;
        service.catalog().invite(&image, &invitation, service.limits().image_members, service.now(), &actor).await
    })
    .await?;
    tracing::info!(image = %id, member = membership.member, request = ctx.request_id, "member invited");
    Ok(membership)
}

/// Records the member's answer.
///
/// # Errors
/// NotFound when image or membership are not the caller's to see; Forbidden for the owner and by policy.
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
/// NotFound when the image is invisible or the member is not there; Forbidden by policy, or when the image is not
/// shared.
pub async fn revoke(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<()> {
    walks::revoke(service, ctx, id, member, rules::revoke).await
}
