//! Guest lists: inviting, answering, revoking, looking.

use salon_core::{
    ImageId, Result,
    membership::{MemberName, MemberStatus, Membership},
};

use crate::{Ctx, Service};

/// Invites `member` to the image; the invitation is pending.
///
/// # Errors
/// NotFound when the image is invisible; Forbidden by policy, or when the image is not shared; OverLimit over the
/// quota of members; Conflict when it is a member already.
pub async fn invite(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<Membership> {
    let _ = (service, ctx, id, member);
    todo!()
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
    let _ = (service, ctx, id, member, status);
    todo!()
}

/// Removes `member`: from the answer on nothing succeeds through this membership.
///
/// # Errors
/// NotFound when the image is invisible or the member is not there; Forbidden by policy, or when the image is not
/// shared.
pub async fn revoke(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<()> {
    let _ = (service, ctx, id, member);
    todo!()
}

/// The guest list as far as it is the caller's to see: everybody for the owner, its own record for a member.
///
/// # Errors
/// NotFound when the image is invisible; Forbidden by policy, or when the image is not shared.
pub async fn list(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Vec<Membership>> {
    let _ = (service, ctx, id);
    todo!()
}

/// One membership.
///
/// # Errors
/// NotFound for everything that is not there or not the caller's to see.
pub async fn show(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<Membership> {
    let _ = (service, ctx, id, member);
    todo!()
}
