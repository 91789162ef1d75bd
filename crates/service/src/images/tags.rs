//! Tags, one at a time.

use salon_core::{
    ImageId, Result,
    image::{actions::Modify, tag as rules},
};

use crate::{Ctx, Service, images::load, retry::in_turn};

/// Adds `tag`; adding it twice is the same as adding it once.
///
/// # Errors
/// NotFound when the image is absent or invisible; Forbidden by policy; Invalid for a bad tag; OverLimit over the
/// quota of tags; Conflict when other writers were faster every time.
pub async fn add_tag(service: &Service, ctx: &Ctx, id: &ImageId, tag: &str) -> Result<()> {
    rules::check(tag)?;
    let policy = service.policy();
    let actor = ctx.actor();
    in_turn(service, id.as_str(), || async {
        let view = load(service, ctx, id).await?;
        let image = policy.permit::<Modify>(&ctx.caller, view)?;
        let quota = service.limits().image_tags;
        service.catalog().add_tag(&image, tag, quota, service.now(), &actor).await
    })
    .await
}

/// Removes `tag`.
///
/// # Errors
/// NotFound when the image is absent or invisible, or does not have the tag; otherwise as [`add_tag`].
pub async fn remove_tag(service: &Service, ctx: &Ctx, id: &ImageId, tag: &str) -> Result<()> {
    let policy = service.policy();
    let actor = ctx.actor();
    in_turn(service, id.as_str(), || async {
        let view = load(service, ctx, id).await?;
        let image = policy.permit::<Modify>(&ctx.caller, view)?;
        service.catalog().remove_tag(&image, tag, service.now(), &actor).await
    })
    .await
}
