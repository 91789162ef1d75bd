//! Reading one image record.

use salon_core::{ImageId, Result, image::Image};

use crate::{Ctx, Service};

/// The image, if it is there for the caller.
///
/// # Errors
/// NotFound when it is absent or invisible.
pub async fn show(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Image> {
    let _ = (service, ctx, id);
    todo!()
}
