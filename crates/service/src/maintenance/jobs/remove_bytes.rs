//! Removing bytes that no image has.

use salon_core::{
    Error, Result,
    image::{Location, Status},
};
use salon_store::Key;

use super::{Outcome, Removal, Work};

/// Removes the bytes a job names, unless an image has them.
///
/// The look into the catalog makes it safe to queue a removal on mere suspicion, as recovery does: bytes that an image
/// came to have after all stay, and nothing goes while an upload is on its way to publish.
pub(super) async fn perform(work: Work<'_>) -> Result<Outcome> {
    let service = work.service;
    let removal = Removal::from_json(&work.job.payload)?;
    let store = service.store();
    if removal.store != store.id() {
        return Err(Error::unavailable(format!("store {} is not open here", removal.store)));
    }
    if let Some(view) = service.catalog().image(&removal.image_id, None).await? {
        let used = |at: &Location| at.store == removal.store && at.key == removal.key;
        if view.image.location.as_ref().is_some_and(used) {
            tracing::info!(image = %removal.image_id, key = removal.key, "data is in use after all and stays");
            return Ok(Outcome::Done);
        }
        if view.image.status == Status::Saving {
            return Ok(Outcome::NotYet);
        }
    }
    let removed = store.delete(&Key::parse(&removal.key)?).await?;
    tracing::info!(image = %removal.image_id, key = removal.key, removed, "image data removed from the store");
    Ok(Outcome::Done)
}
