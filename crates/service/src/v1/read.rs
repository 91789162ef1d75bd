//! Reading an image with its data.

use salon_core::{
    ImageId, Result,
    image::{Image, v1},
};

use crate::{
    Ctx, Service,
    data::{self, Data},
};

/// The record as the caller may see it, and the data.
///
/// # Errors
/// As [`data::read`]; NotFound for an image without data.
pub async fn read(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<(Image, Data)> {
    let (image, data) = data::read(service, ctx, id).await?;
    v1::read_data(&image)?;
    Ok((service.policy().shown(&ctx.caller, image), data))
}
