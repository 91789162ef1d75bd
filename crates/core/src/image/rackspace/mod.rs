//! The rules of Rackspace Cloud Images v2, on plain values.
//!
//! The dialect acts on the same images and the same guest lists as the Image API. What differs is decided here and nowhere
//! else: images are public or private, and private ones can be shared; who does not own an image cannot tell that it has
//! a guest list; lists tell what is one's own from what was received; product roles.

pub mod list;
pub mod patch;
pub mod roles;
pub mod sharing;
#[cfg(test)]
mod tests;

use crate::{
    Caller, Permitted, Result,
    image::{ImageView, Status, Visibility, actions::ImageAction},
    policy::{Policy, image_absent},
};

/// The visibility as this dialect knows it: an image is private with members or without.
pub const fn visibility(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Community | Visibility::Shared | Visibility::Private => "private",
    }
}

/// The status as this dialect knows it: the ways in which data arrives were one then.
pub const fn status(status: Status) -> Status {
    match status {
        Status::Uploading | Status::Importing => Status::Saving,
        other => other,
    }
}

/// As [`Policy::permit`], but community images of other projects are absent: this dialect has no word for them.
///
/// # Errors
/// NotFound, Forbidden.
pub fn permit<A: ImageAction>(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, A>> {
    if is_concealed(policy, caller, &view) {
        return Err(image_absent(&view.image.id));
    }
    policy.permit::<A>(caller, view)
}

/// Whether this dialect has the image for the caller.
#[must_use]
pub fn can_see(policy: &Policy, caller: &Caller, view: &ImageView) -> bool {
    !is_concealed(policy, caller, view) && policy.can_see(caller, view)
}

fn is_concealed(policy: &Policy, caller: &Caller, view: &ImageView) -> bool {
    view.image.visibility == Visibility::Community && !manages(policy, caller, view)
}

fn manages(policy: &Policy, caller: &Caller, view: &ImageView) -> bool {
    Policy::owns(caller, view.image.owner.as_ref()) || policy.is_admin(caller)
}
