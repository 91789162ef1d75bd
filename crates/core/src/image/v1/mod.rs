//! The rules of the Image API v1, on plain values: what it lets a client write, list and share.
//!
//! v1 acts on the same images and the same guest lists as v2. What differs is decided here and nowhere else: `is_public`
//! for visibilities, members who may share further, members of images of any visibility, and refusals that look like
//! absence.

pub mod fields;
pub mod grants;
pub mod list;
pub mod location;
pub mod sharing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_sharing;

use crate::{
    Caller, Error, Kind, Permitted, Result,
    image::{Image, ImageView, Status, Visibility, actions::ImageAction},
    policy::{Policy, image_absent},
};

/// As [`Policy::permit`], but whoever is neither owner nor administrator reads that a private, shared or community image
/// is absent, where v2 says that it is forbidden.
///
/// # Errors
/// NotFound, Forbidden.
pub fn permit<A: ImageAction>(policy: &Policy, caller: &Caller, view: ImageView) -> Result<Permitted<ImageView, A>> {
    let concealed = view.image.visibility != Visibility::Public && !manages(policy, caller, &view);
    let absent = image_absent(&view.image.id);
    policy.permit::<A>(caller, view).map_err(|error: Error| match error.kind() {
        Kind::Forbidden if concealed => absent,
        _ => error,
    })
}

/// May the data be asked for? An image that has none, or none any more, is answered as absent.
///
/// # Errors
/// NotFound.
pub fn read_data(image: &Image) -> Result<()> {
    match image.status {
        Status::Active | Status::Deactivated => Ok(()),
        Status::Queued
        | Status::Saving
        | Status::Uploading
        | Status::Importing
        | Status::PendingDelete
        | Status::Killed
        | Status::Deleted => Err(Error::not_found(format!("Image {} is not active", image.id))),
    }
}

fn manages(policy: &Policy, caller: &Caller, view: &ImageView) -> bool {
    Policy::owns(caller, view.image.owner.as_ref()) || policy.is_admin(caller)
}
