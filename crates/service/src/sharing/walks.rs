//! The walks of an image's guest list. Every dialect takes them, each under rules of its own.

use salon_core::{
    Caller, ImageId, Permitted, Result,
    image::{
        ImageView,
        actions::{DeleteMember, GetMember},
        sharing::{self as rules, Guests, not_a_member},
    },
    membership::{MemberName, MemberStatus, Membership},
    policy::{Policy, image_absent},
};

use super::everybody;
use crate::{Ctx, Service, images::load, retry::until_fresh};

/// A rule about a whole list.
pub(crate) type ListRule = fn(&Policy, &Caller, ImageView) -> Result<Guests>;

/// A rule about one member.
pub(crate) type MemberRule<A> = fn(&Policy, &Caller, ImageView, &MemberName) -> Result<Permitted<ImageView, A>>;

/// The list as far as `rule` shows it.
///
/// # Errors
/// Those of the rule; NotFound when the image is absent; OverLimit for a list too long to be answered.
pub(crate) async fn list(service: &Service, ctx: &Ctx, id: &ImageId, rule: ListRule) -> Result<Vec<Membership>> {
    until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        everybody(service, rule(&service.policy(), &ctx.caller, view)?).await
    })
    .await
}

/// One membership, if `rule` shows it.
///
/// # Errors
/// Those of the rule; NotFound when image or member are absent.
pub(crate) async fn show(
    service: &Service,
    ctx: &Ctx,
    id: &ImageId,
    member: &MemberName,
    rule: MemberRule<GetMember>,
) -> Result<Membership> {
    let (_, record) = look_up(service, &service.policy(), ctx, id, member, rule).await?;
    Ok(record)
}

/// Records the answer of a member that `rule` finds; who may answer is the same in every dialect.
///
/// # Errors
/// Those of the rule; NotFound when image or member are absent; Forbidden for the owner and by policy.
pub(crate) async fn respond(
    service: &Service,
    ctx: &Ctx,
    id: &ImageId,
    member: &MemberName,
    status: MemberStatus,
    rule: MemberRule<GetMember>,
) -> Result<Membership> {
    let policy = service.policy();
    let actor = ctx.actor();
    let membership = until_fresh(service, || async {
        let (found, record) = look_up(service, &policy, ctx, id, member, rule).await?;
        let image = rules::respond(&policy, &ctx.caller, found, &record)?;
        service.catalog().respond(&image, member, status, service.now(), &actor).await
    })
    .await?;
    tracing::info!(
        image = %id, member = membership.member, status = status.as_str(), request = ctx.request_id,
        "invitation answered"
    );
    Ok(membership)
}

/// Removes a member, if `rule` allows it: from the answer on nothing succeeds through this membership.
///
/// # Errors
/// Those of the rule; NotFound when image or member are absent.
pub(crate) async fn revoke(
    service: &Service,
    ctx: &Ctx,
    id: &ImageId,
    member: &MemberName,
    rule: MemberRule<DeleteMember>,
) -> Result<()> {
    let policy = service.policy();
    let actor = ctx.actor();
    until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let image = rule(&policy, &ctx.caller, view, member)?;
        service.catalog().revoke(&image, member, service.now(), &actor).await
    })
    .await?;
    tracing::info!(image = %id, member = member.as_str(), request = ctx.request_id, "member revoked");
    Ok(())
}

/// An image whose guest list `rule` lets the caller look at for `member`, and its record, read at the same moment.
async fn look_up(
    service: &Service,
    policy: &Policy,
    ctx: &Ctx,
    id: &ImageId,
    member: &MemberName,
    rule: MemberRule<GetMember>,
) -> Result<(Permitted<ImageView, GetMember>, Membership)> {
    let found = service.catalog().image_and_member(id, &ctx.viewer(service), member).await?;
    let (view, record) = found.ok_or_else(|| image_absent(id))?;
    let image = rule(policy, &ctx.caller, view, member)?;
    let record = record.shown(&image).ok_or_else(|| not_a_member(id, member.as_str()))?;
    Ok((image, record))
}
