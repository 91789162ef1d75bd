//! Changing an image record.

use salon_core::{
    ImageId, Result,
    image::{Image, patch::Changes},
};

use crate::{Ctx, Service};

/// Applies all changes or none, and answers the image as it is then.
///
/// # Errors
/// NotFound when the image is absent or invisible; Forbidden, Invalid, Conflict and OverLimit as the changes have
/// them; Conflict also when other writers were faster every time.
pub async fn patch(service: &Service, ctx: &Ctx, id: &ImageId, changes: &Changes) -> Result<Image> {
    let _ = (service, ctx, id, changes);
    todo!()
}
