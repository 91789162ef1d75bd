//! Who may do what with a guest list (Cloud Images, image sharing).
//!
//! The owner does everything but answer. A member sees itself and answers. For everybody else, whether they see the image
//! or not, there is no guest list: what they ask for or try to change is absent.

use crate::{
    Caller, Error, Permitted, Result,
    image::{
        ImageView, Visibility,
        actions::{Action, DeleteMember, GetMember, GetMembers, Share},
        rackspace::{can_see, manages},
        sharing::{Guests, not_a_member},
    },
    membership::{MemberName, Membership},
    policy::{ImageTarget, Policy, image_absent},
};

/// May the caller share the image with somebody? A private image becomes a shared one with its first member.
///
/// # Errors
/// NotFound unless the caller is owner or administrator, Forbidden for a public image and by policy.
pub fn invite(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, Share>> {
    owners(policy, caller, &view)?;
    match view.image.visibility {
        Visibility::Private | Visibility::Shared => {}
        Visibility::Public | Visibility::Community => {
            return Err(Error::forbidden(format!(
                "Image {} is there for everybody: it cannot be shared with a member.",
                view.image.id
            )));
        }
    }
    policy.require(caller, Share::RULE, &ImageTarget::of(&view, caller))?;
    Ok(Permitted::granted(view))
}

/// May the caller remove members? A member does not even remove itself: it rejects.
///
/// # Errors
/// NotFound unless the caller is owner or administrator, Forbidden by policy.
/// (A member that is not there is the catalog's to report.)
pub fn revoke(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, DeleteMember>> {
    owners(policy, caller, &view)?;
    policy.require(caller, DeleteMember::RULE, &ImageTarget::of(&view, caller))?;
    Ok(Permitted::granted(view))
}

/// What may the caller see of the list?
///
/// # Errors
/// NotFound unless the caller is owner, administrator or member, Forbidden by policy.
pub fn list(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Guests> {
    sees(policy, caller, &view)?;
    let rule = |view: &ImageView| policy.require(caller, GetMembers::RULE, &ImageTarget::of(view, caller));
    if manages(policy, caller, &view) {
        rule(&view)?;
        return Ok(Guests::All(Permitted::granted(view)));
    }
    match own_row(caller, &view).cloned() {
        Some(own) => rule(&view).map(|()| Guests::Own(Some(own))),
        None => Err(image_absent(&view.image.id)),
    }
}

/// May the caller see the row of `member`? The row itself may still be absent.
///
/// # Errors
/// NotFound for everything that is not the caller's to see, Forbidden by policy.
pub fn show(
    policy: &Policy,
    caller: &Caller,
    view: ImageView,
    member: &MemberName,
) -> Result<Permitted<ImageView, GetMember>> {
    reach(policy, caller, &view, member)?;
    policy.require(caller, GetMember::RULE, &ImageTarget::of(&view, caller))?;
    Ok(Permitted::granted(view))
}

/// First step of an answer: may the caller look the row of `member` up to answer for it? The second is
/// [`crate::image::sharing::respond`].
///
/// # Errors
/// Forbidden for the owner, who sees that the image has members; NotFound for everybody but the member itself and
/// administrators.
pub fn look_up(
    policy: &Policy,
    caller: &Caller,
    view: ImageView,
    member: &MemberName,
) -> Result<Permitted<ImageView, GetMember>> {
    sees(policy, caller, &view)?;
    if Policy::owns(caller, view.image.owner.as_ref()) && !policy.is_admin(caller) {
        return Err(Error::forbidden(format!("The owner of image {} does not answer for its members.", view.image.id)));
    }
    reach(policy, caller, &view, member)?;
    Ok(Permitted::granted(view))
}

fn sees(policy: &Policy, caller: &Caller, view: &ImageView) -> Result<()> {
    if can_see(policy, caller, view) { Ok(()) } else { Err(image_absent(&view.image.id)) }
}

fn owners(policy: &Policy, caller: &Caller, view: &ImageView) -> Result<()> {
    sees(policy, caller, view)?;
    if manages(policy, caller, view) { Ok(()) } else { Err(image_absent(&view.image.id)) }
}

/// Owner and administrators reach every row, a member its own.
fn reach(policy: &Policy, caller: &Caller, view: &ImageView, member: &MemberName) -> Result<()> {
    sees(policy, caller, view)?;
    let own = own_row(caller, view).is_some_and(|row| row.member == member.as_str());
    if own || manages(policy, caller, view) { Ok(()) } else { Err(not_a_member(&view.image.id, member.as_str())) }
}

/// The caller's row, if it has an effect.
fn own_row<'a>(caller: &Caller, view: &'a ImageView) -> Option<&'a Membership> {
    let project = caller.project()?;
    let row = view.membership.as_ref().filter(|row| row.member == project.as_str());
    row.filter(|_| view.image.visibility == Visibility::Shared)
}
