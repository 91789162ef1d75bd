//! Reading one image record.

use salon_core::{
    ImageId, Result,
    image::{Image, actions::Get},
};

use crate::{Ctx, Service, images::load};

/// The image, if it is there for the caller.
///
/// # Errors
/// NotFound when it is absent or invisible.
pub async fn show(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Image> {
    let view = load(service, ctx, id).await?;
    let policy = service.policy();
    let image = policy.permit::<Get>(&ctx.caller, view)?.into_inner().image;
    Ok(policy.shown(&ctx.caller, image))
}
