//! Taking an image out of use and back.

use salon_core::{
    ImageId, Result,
    image::{
        actions::{Deactivate, Reactivate},
        lifecycle,
    },
};

use crate::{Ctx, Service, images::load, retry::until_fresh};

/// Deactivates the image: only administrators read its data from then on. Doing it twice is no error.
///
/// # Errors
/// NotFound when the image is absent or invisible; Forbidden by policy, or in a status that has no way there.
pub async fn deactivate(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<()> {
    let policy = service.policy();
    let actor = ctx.actor();
    until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let image = policy.permit::<Deactivate>(&ctx.caller, view)?;
        match lifecycle::deactivate(&image.image)? {
            Some(_) => service.catalog().deactivate_image(&image, service.now(), &actor).await,
            None => Ok(()),
        }
    })
    .await?;
    tracing::info!(image = %id, request = ctx.request_id, "image deactivated");
    Ok(())
}

/// Puts a deactivated image back into use. Doing it twice is no error.
///
/// # Errors
/// As [`deactivate`].
pub async fn reactivate(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<()> {
    let policy = service.policy();
    let actor = ctx.actor();
    until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let image = policy.permit::<Reactivate>(&ctx.caller, view)?;
        match lifecycle::reactivate(&image.image)? {
            Some(_) => service.catalog().reactivate_image(&image, service.now(), &actor).await,
            None => Ok(()),
        }
    })
    .await?;
    tracing::info!(image = %id, request = ctx.request_id, "image reactivated");
    Ok(())
}
