//! Taking an image out of use and back.

use salon_core::{ImageId, Result};

use crate::{Ctx, Service};

/// Deactivates the image: only administrators read its data from then on. Doing it twice is no error.
///
/// # Errors
/// NotFound when the image is absent or invisible; Forbidden by policy, or in a status that has no way there.
pub async fn deactivate(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<()> {
    let _ = (service, ctx, id);
    todo!()
}

/// Puts a deactivated image back into use. Doing it twice is no error.
///
/// # Errors
/// As [`deactivate`].
pub async fn reactivate(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<()> {
    let _ = (service, ctx, id);
    todo!()
}
