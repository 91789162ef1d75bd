//! Who may do what with the guest list of an image (Image API v2, members).
//!
//! Each function turns a view that proves nothing into a permission for one action on the guest list, or answers as
//! an observer may be answered. Two things are beyond the rule language and therefore here: only images with
//! visibility `shared` have members, and a member sees its own record only.

use crate::{
    Caller, Error, ImageId, Kind, Permitted, Result,
    image::{
        ImageView, Visibility,
        actions::{Action, AddMember, DeleteMember, GetMember, GetMembers, ModifyMember, ReplaceMembers},
    },
    membership::{MemberName, Membership, Shared},
    policy::{ImageTarget, Policy, image_absent, refused},
};

/// What of a guest list the caller sees.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once per request and taken apart at once; a box would only cost")]
pub enum Guests {
    /// Owner and administrators: everybody; read it from the catalog.
    All(Permitted<ImageView, GetMembers>),
    /// Everybody else: its own record at most, which is here.
    Own(Option<Membership>),
}

/// May the caller invite?
///
/// # Errors
/// NotFound when the image is invisible, Forbidden otherwise.
pub fn invite(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, AddMember>> {
    let words = format!("Not allowed to create members for image {}.", view.image.id);
    is_shared(policy, caller, &view, &words)?;
    if policy.is_legacy() && !manages(policy, caller, &view) {
        return Err(Error::forbidden(words));
    }
    passes(policy, caller, &view, AddMember::RULE)?;
    Ok(Permitted::granted(view))
}

/// May the caller revoke `member`? Not even its own membership, unless it is owner or administrator.
///
/// # Errors
/// NotFound when the image is invisible or the caller cannot see that record, Forbidden otherwise.
/// (A member that is not there is the catalog's to report, with [`not_a_member`].)
pub fn revoke(
    policy: &Policy,
    caller: &Caller,
    view: ImageView,
    member: &MemberName,
) -> Result<Permitted<ImageView, DeleteMember>> {
    let words = format!("Not allowed to delete members for image {}.", view.image.id);
    is_shared(policy, caller, &view, &words)?;
    if policy.is_legacy() && !manages(policy, caller, &view) {
        return Err(Error::forbidden(words));
    }
    passes(policy, caller, &view, GetMember::RULE)?;
    sees_record(policy, caller, &view, member)?;
    passes(policy, caller, &view, DeleteMember::RULE)?;
    Ok(Permitted::granted(view))
}

/// May the caller replace the whole list (Image API v1)?
///
/// # Errors
/// NotFound when the image is invisible, Forbidden otherwise.
pub fn replace(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, ReplaceMembers>> {
    let view = invite(policy, caller, view)?.into_inner();
    passes(policy, caller, &view, DeleteMember::RULE)?;
    if !manages(policy, caller, &view) {
        // Whoever does not see the whole list cannot replace it.
        return Err(refused(DeleteMember::RULE));
    }
    Ok(Permitted::granted(view))
}

/// What may the caller see of the list?
///
/// # Errors
/// NotFound when the image is invisible, Forbidden otherwise.
pub fn list(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Guests> {
    let words = format!("Not allowed to list members for image {}: {ONLY_SHARED}", view.image.id);
    is_shared(policy, caller, &view, &words)?;
    passes(policy, caller, &view, GetMembers::RULE)?;
    // The second rule is asked for each member in Glance; it cannot differ between the members of one image.
    let may_see_records = passes(policy, caller, &view, GetMember::RULE).is_ok();
    if !may_see_records {
        Ok(Guests::Own(None))
    } else if manages(policy, caller, &view) {
        Ok(Guests::All(Permitted::granted(view)))
    } else {
        let own = |record: &Membership| caller.project().is_some_and(|project| project.as_str() == record.member);
        Ok(Guests::Own(view.membership.filter(own)))
    }
}

/// May the caller see the record of `member`? The record itself may still be absent: the catalog says so, and
/// [`not_a_member`] has the words.
///
/// # Errors
/// NotFound for everything that is not the caller's to see, images that have no members included.
pub fn show(
    policy: &Policy,
    caller: &Caller,
    view: ImageView,
    member: &MemberName,
) -> Result<Permitted<ImageView, GetMember>> {
    let hide = |error: Error| match error.kind() {
        Kind::Forbidden => Error::not_found(error.message().to_owned()),
        _ => error,
    };
    reach_record(policy, caller, &view, member, ONLY_SHARED).map_err(hide)?;
    Ok(Permitted::granted(view))
}

/// First step of an answer to an invitation: may the caller look the record of `member` up?
/// The second is [`respond`], with the record (which is in the view when it is the caller's own).
///
/// # Errors
/// NotFound when image or record are not the caller's to see, Forbidden when the image is visible but not shared.
pub fn look_up(
    policy: &Policy,
    caller: &Caller,
    view: ImageView,
    member: &MemberName,
) -> Result<Permitted<ImageView, GetMember>> {
    let words = format!("Not allowed to update members for image {}.", view.image.id);
    if policy.is_legacy() && policy.reaches(caller, &view) && owner_answers(policy, caller, &view) {
        return Err(Error::forbidden(words));
    }
    reach_record(policy, caller, &view, member, &words)?;
    Ok(Permitted::granted(view))
}

/// May the caller answer the invitation in `record`? The member itself and administrators; never the owner.
///
/// # Errors
/// Forbidden, or NotFound when the image is invisible under the operator's rules or the record is another image's.
pub fn respond(
    policy: &Policy,
    caller: &Caller,
    found: Permitted<ImageView, GetMember>,
    record: &Membership,
) -> Result<Permitted<ImageView, ModifyMember>> {
    let view = found.into_inner();
    if record.thing != view.thing() {
        return Err(not_a_member(&view.image.id, &record.member));
    }
    passes(policy, caller, &view, ModifyMember::RULE)?;
    Ok(Permitted::granted(view))
}

/// What everybody reads about a member that is absent or not theirs to see: always the same words.
pub fn not_a_member(image: &ImageId, member: &str) -> Error {
    Error::not_found(format!("{member} not found in the member list of the image {image}."))
}

const ONLY_SHARED: &str = "Only shared images have members.";

/// Visible and shared, in this order: for a caller whose role shows it no image, there are no two kinds of them.
fn is_shared(policy: &Policy, caller: &Caller, view: &ImageView, words: &str) -> Result<()> {
    if !policy.can_see(caller, view) {
        return Err(image_absent(&view.image.id));
    }
    match view.image.visibility {
        Visibility::Shared => Ok(()),
        Visibility::Public | Visibility::Community | Visibility::Private => Err(Error::forbidden(words.to_owned())),
    }
}

/// `get_image`, then `rule`.
fn passes(policy: &Policy, caller: &Caller, view: &ImageView, rule: &str) -> Result<()> {
    if !policy.can_see(caller, view) {
        return Err(image_absent(&view.image.id));
    }
    policy.require(caller, rule, &ImageTarget::of(view, caller))
}

fn reach_record(policy: &Policy, caller: &Caller, view: &ImageView, member: &MemberName, words: &str) -> Result<()> {
    is_shared(policy, caller, view, words)?;
    passes(policy, caller, view, GetMember::RULE)?;
    sees_record(policy, caller, view, member)
}

/// Owner and administrators see every record; everybody else its own, and only if there is one.
fn sees_record(policy: &Policy, caller: &Caller, view: &ImageView, member: &MemberName) -> Result<()> {
    let own = || {
        caller.project().is_some_and(|project| project.as_str() == member.as_str())
            && view.membership.as_ref().is_some_and(|record| record.member == member.as_str())
    };
    if manages(policy, caller, view) || own() { Ok(()) } else { Err(not_a_member(&view.image.id, member.as_str())) }
}

fn manages(policy: &Policy, caller: &Caller, view: &ImageView) -> bool {
    Policy::owns(caller, view.image.owner.as_ref()) || policy.is_admin(caller)
}

fn owner_answers(policy: &Policy, caller: &Caller, view: &ImageView) -> bool {
    Policy::owns(caller, view.image.owner.as_ref()) && !policy.is_admin(caller)
}
