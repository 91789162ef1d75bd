//! Creating an image record.

use salon_core::{
    ImageId, Result,
    image::{Image, draft::Draft},
};

use crate::{Ctx, Service};

/// Creates the record that `draft` describes; it is queued and has no data.
///
/// # Errors
/// Forbidden by policy; OverLimit over the quotas of properties and tags; Conflict when the id was ever used.
pub async fn create(service: &Service, ctx: &Ctx, draft: Draft) -> Result<Image> {
    let fresh = ImageId::random(service.entropy());
    let image = draft.into_image(&ctx.caller, fresh, service.now(), service.limits())?;
    let policy = service.policy();
    let image = policy.permit_create(&ctx.caller, image)?;
    service.catalog().create_image(&image, &ctx.actor()).await?;
    tracing::info!(image = %image.id, request = ctx.request_id, "image created");
    Ok(policy.shown(&ctx.caller, image.into_inner()))
}
