//! Tags, one at a time.

use salon_core::{ImageId, Result};

use crate::{Ctx, Service};

/// Adds `tag`; adding it twice is the same as adding it once.
///
/// # Errors
/// NotFound when the image is absent or invisible; Forbidden by policy; Invalid for a bad tag; OverLimit over the
/// quota of tags; Conflict when other writers were faster every time.
pub async fn add_tag(service: &Service, ctx: &Ctx, id: &ImageId, tag: &str) -> Result<()> {
    let _ = (service, ctx, id, tag);
    todo!()
}

/// Removes `tag`.
///
/// # Errors
/// NotFound when the image is absent or invisible, or does not have the tag; otherwise as [`add_tag`].
pub async fn remove_tag(service: &Service, ctx: &Ctx, id: &ImageId, tag: &str) -> Result<()> {
    let _ = (service, ctx, id, tag);
    todo!()
}
