//! Who may do what with the guest list of an image in the Image API v1.
//!
//! Owner and administrators may do everything; so may, within what it sees, a member with `can_share`. Everybody else
//! sees at most its own row. Images of any visibility have members; while an image is not shared they have no effect.
//!
//! The rules of the operator's policy are asked as if the caller owned the image: they say which *roles* may handle
//! guest lists, while who may share is v1's own matter (`can_share` has no word in the rule language).

use crate::{
    Caller, ImageId, Permitted, ProjectId, Result,
    image::{
        Image, ImageView,
        actions::{Action, AddMember, DeleteMember, GetMember, GetMembers, ReplaceMembers},
        sharing::{Guests, not_a_member},
        v1::manages,
    },
    membership::{MemberName, Membership},
    policy::{ImageTarget, Policy, image_absent},
};

/// How much of a guest list a caller may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of it.
    Whole,
    /// A member with `can_share`: it adds members, and of the rows that are there it sees its own, which this names.
    Own(String),
}

/// A caller who may change the guest list, and how far. Only the rules of this module make one.
#[derive(Debug)]
pub struct Sharer<A> {
    image: Permitted<ImageView, A>,
    reach: Reach,
}

impl<A> Sharer<A> {
    /// The permission.
    pub fn image(&self) -> &Permitted<ImageView, A> {
        &self.image
    }

    /// How far it goes.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }
}

/// May the caller add a member, or change one?
///
/// # Errors
/// NotFound when the image is invisible or not the caller's to share, Forbidden by policy.
pub fn grant(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Sharer<AddMember>> {
    let reach = reach(policy, caller, &view, AddMember::RULE)?;
    Ok(Sharer { image: Permitted::granted(view), reach })
}

/// May the caller replace the list, as far as it sees it?
///
/// # Errors
/// As [`grant`].
pub fn replace(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Sharer<ReplaceMembers>> {
    let reach = reach(policy, caller, &view, AddMember::RULE)?;
    requires_role(policy, caller, &view, DeleteMember::RULE)?;
    Ok(Sharer { image: Permitted::granted(view), reach })
}

/// May the caller remove `member`? Owner and administrators anybody, a member with `can_share` itself, nobody else.
///
/// # Errors
/// NotFound when image or member are not the caller's to see or to change, Forbidden by policy.
pub fn revoke(
    policy: &Policy,
    caller: &Caller,
    view: ImageView,
    member: &MemberName,
) -> Result<Permitted<ImageView, DeleteMember>> {
    match reach(policy, caller, &view, DeleteMember::RULE)? {
        Reach::Own(own) if own != member.as_str() => Err(not_a_member(&view.image.id, member.as_str())),
        Reach::Own(_) | Reach::Whole => Ok(Permitted::granted(view)),
    }
}

/// What may the caller see of the list?
///
/// # Errors
/// NotFound when the image is invisible, Forbidden by policy.
pub fn list(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Guests> {
    sees(policy, caller, &view)?;
    requires_role(policy, caller, &view, GetMembers::RULE)?;
    if manages(policy, caller, &view) {
        return Ok(Guests::All(Permitted::granted(view)));
    }
    Ok(Guests::Own(own_row(caller, &view).cloned()))
}

/// May the caller see the row of `member`?
///
/// # Errors
/// NotFound when image or row are not the caller's to see, Forbidden by policy.
pub fn show(
    policy: &Policy,
    caller: &Caller,
    view: ImageView,
    member: &MemberName,
) -> Result<Permitted<ImageView, GetMember>> {
    sees(policy, caller, &view)?;
    requires_role(policy, caller, &view, GetMember::RULE)?;
    let own = own_row(caller, &view).is_some_and(|row| row.member == member.as_str());
    if own || manages(policy, caller, &view) {
        return Ok(Permitted::granted(view));
    }
    Err(not_a_member(&view.image.id, member.as_str()))
}

/// Which memberships of `tenant` the caller may see: all of them, or those in images of its own.
/// The tenant itself sees all of its memberships in images it can reach.
///
/// # Errors
/// Forbidden by policy: the role that lists guests is needed, and that of listing images, which these are.
pub fn memberships_of(policy: &Policy, caller: &Caller, tenant: &MemberName) -> Result<Onlooker> {
    let own = policy.permit_list(caller)?.project;
    let target = own.as_ref().map_or("", ProjectId::as_str);
    // By all the names that rules have for owner and member of an image.
    let names = [("project_id", target), ("owner", target), ("member_id", target), ("member", target)];
    policy.require(caller, GetMembers::RULE, &names)?;
    Ok(match own {
        _ if policy.is_admin(caller) => Onlooker::Administrator,
        Some(project) if project.as_str() == tenant.as_str() => Onlooker::Member,
        Some(project) => Onlooker::Owner(project),
        None => Onlooker::Nobody,
    })
}

/// Who looks at the memberships of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Onlooker {
    /// Sees all.
    Administrator,
    /// The tenant itself: sees those that have an effect.
    Member,
    /// Sees those in its own images.
    Owner(ProjectId),
    /// Sees none.
    Nobody,
}

fn reach(policy: &Policy, caller: &Caller, view: &ImageView, rule: &str) -> Result<Reach> {
    sees(policy, caller, view)?;
    let reach = if manages(policy, caller, view) {
        Reach::Whole
    } else {
        match own_row(caller, view) {
            Some(row) if row.can_share => Reach::Own(row.member.clone()),
            // As if it were not there: v1 never tells who may not share that somebody else may.
            Some(_) | None => return Err(absent(&view.image.id)),
        }
    };
    requires_role(policy, caller, view, rule)?;
    Ok(reach)
}

fn sees(policy: &Policy, caller: &Caller, view: &ImageView) -> Result<()> {
    if policy.can_see(caller, view) { Ok(()) } else { Err(absent(&view.image.id)) }
}

fn absent(id: &ImageId) -> crate::Error {
    image_absent(id)
}

fn requires_role(policy: &Policy, caller: &Caller, view: &ImageView, rule: &str) -> Result<()> {
    let image = Image { owner: caller.project().cloned(), ..view.image.clone() };
    let as_owner = ImageView { image, membership: None };
    policy.require(caller, rule, &ImageTarget::of(&as_owner, caller))
}

fn own_row<'a>(caller: &Caller, view: &'a ImageView) -> Option<&'a Membership> {
    let project = caller.project()?;
    view.membership.as_ref().filter(|row| row.member == project.as_str())
}
