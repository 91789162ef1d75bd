//! What the state of an image allows, beyond the rules of who may do it.

use crate::{
    Caller, Result,
    image::{Image, Status},
    policy::Policy,
};

/// The status to write for `deactivate`; `None` when it is deactivated already.
///
/// # Errors
/// Forbidden in any other status than active and deactivated.
pub fn deactivate(image: &Image) -> Result<Option<Status>> {
    let _ = image;
    todo!()
}

/// The status to write for `reactivate`; `None` when it is active already.
///
/// # Errors
/// Forbidden in any other status than active and deactivated.
pub fn reactivate(image: &Image) -> Result<Option<Status>> {
    let _ = image;
    todo!()
}

/// Whether the image may be deleted in its state.
///
/// # Errors
/// Forbidden for a protected image, Invalid for a status that has no way to deleted.
pub fn delete(image: &Image) -> Result<()> {
    let _ = image;
    todo!()
}

/// Whether an upload may begin.
///
/// # Errors
/// Conflict unless queued, Invalid while the formats are not set.
pub fn begin_upload(image: &Image) -> Result<()> {
    let _ = image;
    todo!()
}

/// Whether the data may be read in the image's state.
///
/// # Errors
/// Forbidden for a deactivated image unless the caller is an administrator.
pub fn read_data(policy: &Policy, caller: &Caller, image: &Image) -> Result<()> {
    let _ = (policy, caller, image);
    todo!()
}
