//! Deleting an image.

use salon_core::{
    ImageId, Result,
    image::{actions::Delete, lifecycle, v1},
};

use crate::{Ctx, Service, images::load, maintenance::JobKind, retry::until_fresh};

/// As [`crate::images::delete`], with v1's refusals.
///
/// # Errors
/// NotFound when the image is absent, invisible, or somebody else's and not public; Forbidden for somebody else's
/// public image, by policy, or by protection.
pub async fn delete(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<()> {
    let policy = service.policy();
    let actor = ctx.actor();
    let locations = until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let image = v1::permit::<Delete>(&policy, &ctx.caller, view)?;
        lifecycle::delete(&image.image)?;
        service.catalog().delete_image(&image, service.now(), &actor, service.entropy()).await
    })
    .await?;
    service.jobs_waiting(JobKind::RemoveBytes).notify_one();
    tracing::info!(image = %id, request = ctx.request_id, objects = locations.len(), "image deleted");
    Ok(())
}
