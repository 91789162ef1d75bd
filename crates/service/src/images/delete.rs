//! Deleting an image.

use salon_core::{
    Caller, ImageId, Permitted, Result,
    image::{ImageView, actions::Delete, lifecycle},
    policy::Policy,
};

use crate::{Ctx, Service, images::load, maintenance::JobKind, retry::until_fresh};

/// Deletes the image: from the answer on it is gone for everybody, its id stays used, and its bytes are removed
/// by a job that survives any crash. A running upload to it fails.
///
/// # Errors
/// NotFound when the image is absent or invisible; Forbidden by policy or protection.
pub async fn delete(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<()> {
    delete_by(service, ctx, id, Policy::permit::<Delete>).await
}

/// As [`delete`], if `rule` allows it.
///
/// # Errors
/// Those of the rule; NotFound when the image is absent; Forbidden by protection.
pub(crate) async fn delete_by(
    service: &Service,
    ctx: &Ctx,
    id: &ImageId,
    rule: fn(&Policy, &Caller, ImageView) -> Result<Permitted<ImageView, Delete>>,
) -> Result<()> {
    let policy = service.policy();
    let actor = ctx.actor();
    let locations = until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let image = rule(&policy, &ctx.caller, view)?;
        lifecycle::delete(&image.image)?;
        service.catalog().delete_image(&image, service.now(), &actor, service.entropy()).await
    })
    .await?;
    service.jobs_waiting(JobKind::RemoveBytes).notify_one();
    tracing::info!(image = %id, request = ctx.request_id, objects = locations.len(), "image deleted");
    Ok(())
}
