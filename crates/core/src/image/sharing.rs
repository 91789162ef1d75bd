//! Who may do what with the guest list of an image (Image API v2, members).
//!
//! Each function turns a view that proves nothing into a permission for one action on the guest list, or answers as
//! an observer may be answered. Two things are beyond the rule language and therefore here: only images with
//! visibility `shared` have members, and a member sees its own record only.

use crate::{
    Caller, Permitted, Result,
    image::{
        ImageView,
        actions::{AddMember, DeleteMember, GetMember, GetMembers, ModifyMember, ReplaceMembers},
    },
    membership::{MemberName, Membership},
    policy::Policy,
};

/// What of a guest list the caller sees.
#[derive(Debug)]
pub enum Guests {
    /// Owner and administrators: everybody; read it from the catalog.
    All(Permitted<ImageView, GetMembers>),
    /// A member: its own record, which is here.
    Own(Membership),
}

/// May the caller invite?
///
/// # Errors
/// NotFound when the image is invisible, Forbidden otherwise.
pub fn invite(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, AddMember>> {
    let _ = (policy, caller, view);
    todo!()
}

/// May the caller revoke? Not even its own membership, unless it is owner or administrator.
///
/// # Errors
/// NotFound when the image is invisible, Forbidden otherwise. (A member that is not there is the catalog's to report.)
pub fn revoke(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, DeleteMember>> {
    let _ = (policy, caller, view);
    todo!()
}

/// May the caller replace the whole list (Image API v1)?
///
/// # Errors
/// As [`invite`] and [`revoke`].
pub fn replace(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, ReplaceMembers>> {
    let _ = (policy, caller, view);
    todo!()
}

/// What may the caller see of the list?
///
/// # Errors
/// NotFound when the image is invisible, Forbidden otherwise.
pub fn list(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Guests> {
    let _ = (policy, caller, view);
    todo!()
}

/// May the caller see the record of `member`? The record itself may still be absent: the catalog says so.
///
/// # Errors
/// NotFound for everything that is not the caller's to see, images that have no members included.
pub fn show(
    policy: &Policy,
    caller: &Caller,
    view: ImageView,
    member: &MemberName,
) -> Result<Permitted<ImageView, GetMember>> {
    let _ = (policy, caller, view, member);
    todo!()
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
    let _ = (policy, caller, view, member);
    todo!()
}

/// May the caller answer the invitation in `record`? The member itself and administrators; never the owner.
///
/// # Errors
/// Forbidden, or NotFound when the image is invisible under the operator's rules.
pub fn respond(
    policy: &Policy,
    caller: &Caller,
    found: Permitted<ImageView, GetMember>,
    record: &Membership,
) -> Result<Permitted<ImageView, ModifyMember>> {
    let _ = (policy, caller, found, record);
    todo!()
}
