//! Deleting an image.

use salon_core::{ImageId, Result, image::v1};

use crate::{Ctx, Service, images};

/// As [`images::delete`], with v1's refusals.
///
/// # Errors
/// NotFound when the image is absent, invisible, or somebody else's and not public; Forbidden for somebody else's
/// public image, by policy, or by protection.
pub async fn delete(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<()> {
    images::delete_by(service, ctx, id, v1::permit).await
}
