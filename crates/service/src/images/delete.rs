//! Deleting an image.

use salon_core::{ImageId, Result};

use crate::{Ctx, Service};

/// Deletes the image: from the answer on it is gone for everybody, its id stays used, and its bytes are removed
/// by a job that survives any crash. A running upload to it fails.
///
/// # Errors
/// NotFound when the image is absent or invisible; Forbidden by policy or protection.
pub async fn delete(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<()> {
    let _ = (service, ctx, id);
    todo!()
}
