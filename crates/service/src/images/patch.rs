//! Changing an image record.

use salon_core::{
    ImageId, Result,
    image::{
        Image,
        actions::{Get, Modify},
        patch::Changes,
    },
};

use crate::{Ctx, Service, images::load, retry::in_turn};

/// Applies all changes or none, and answers the image as it is then.
///
/// An empty list of changes needs no more than sight of the image and writes nothing.
///
/// # Errors
/// NotFound when the image is absent or invisible; Forbidden, Invalid, Conflict and OverLimit as the changes have
/// them; Conflict also when other writers were faster every time.
pub async fn patch(service: &Service, ctx: &Ctx, id: &ImageId, changes: &Changes) -> Result<Image> {
    let policy = service.policy();
    if changes.is_empty() {
        let view = load(service, ctx, id).await?;
        let image = policy.permit::<Get>(&ctx.caller, view)?.into_inner().image;
        return Ok(policy.shown(&ctx.caller, image));
    }
    let actor = ctx.actor();
    let changed = in_turn(service, id.as_str(), || async {
        let view = load(service, ctx, id).await?;
        let before = policy.permit::<Modify>(&ctx.caller, view)?;
        let after = changes.apply(&before, &ctx.caller, &policy, service.limits(), service.now())?;
        service.catalog().update_image(&before, &after, &actor).await
    })
    .await?;
    tracing::debug!(image = %id, request = ctx.request_id, "image changed");
    Ok(policy.shown(&ctx.caller, changed))
}
