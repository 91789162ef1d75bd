//! What the state of an image allows, beyond the rules of who may do it.

use crate::{
    Caller, Error, Result,
    image::{Image, ImageView, Status},
    policy::{Policy, image_absent},
};

/// The status to write for `deactivate`; `None` when it is deactivated already.
///
/// # Errors
/// Forbidden in any other status than active and deactivated.
pub fn deactivate(image: &Image) -> Result<Option<Status>> {
    switch(image, Status::Active, Status::Deactivated, "deactivate")
}

/// The status to write for `reactivate`; `None` when it is active already.
///
/// # Errors
/// Forbidden in any other status than active and deactivated.
pub fn reactivate(image: &Image) -> Result<Option<Status>> {
    switch(image, Status::Deactivated, Status::Active, "reactivate")
}

fn switch(image: &Image, from: Status, to: Status, verb: &str) -> Result<Option<Status>> {
    if image.status == to {
        Ok(None)
    } else if image.status == from {
        Ok(Some(to))
    } else {
        Err(Error::forbidden(format!("Not allowed to {verb} image in status '{}'", image.status.as_str())))
    }
}

/// Whether the image may be deleted in its state.
///
/// # Errors
/// Forbidden for a protected image, Invalid for a status that has no way to deleted.
pub fn delete(image: &Image) -> Result<()> {
    if image.protected {
        return Err(Error::forbidden(format!("Image {} is protected and cannot be deleted.", image.id)));
    }
    if image.status.may_become(Status::Deleted) { Ok(()) } else { Err(no_transition(image.status, Status::Deleted)) }
}

/// Whether an upload may begin.
///
/// # Errors
/// Conflict unless queued, Invalid while the formats are not set.
pub fn begin_upload(image: &Image) -> Result<()> {
    if image.status != Status::Queued {
        let from = image.status.as_str();
        return Err(Error::conflict(format!("Image status transition from {from} to saving is not allowed")));
    }
    let missing: Vec<_> = [("disk_format", &image.disk_format), ("container_format", &image.container_format)]
        .into_iter()
        .filter(|(_, format)| format.as_deref().is_none_or(str::is_empty))
        .map(|(name, _)| name)
        .collect();
    match missing.as_slice() {
        [] => Ok(()),
        [one] => Err(Error::invalid(format!("Property {one} must be set prior to saving data."))),
        several => Err(Error::invalid(format!("Properties {} must be set prior to saving data.", several.join(", ")))),
    }
}

/// Whether the data may be read in the image's state, by whom the rules let read data.
///
/// # Errors
/// Forbidden for a deactivated image unless the caller is an administrator; NotFound for one that the caller does not see.
pub fn read_data(policy: &Policy, caller: &Caller, view: &ImageView) -> Result<()> {
    if view.image.status != Status::Deactivated || policy.is_admin(caller) {
        return Ok(());
    }
    if !policy.can_see(caller, view) {
        return Err(image_absent(&view.image.id));
    }
    Err(Error::forbidden("The requested image has been deactivated. Image data download is forbidden."))
}

fn no_transition(from: Status, to: Status) -> Error {
    Error::invalid(format!("Image status transition from {} to {} is not allowed", from.as_str(), to.as_str()))
}
