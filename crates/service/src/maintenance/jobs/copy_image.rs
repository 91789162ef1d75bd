//! Fetching the data of an image.

use salon_core::{
    Kind, ProjectId, Result,
    image::{Status, copy::CopyOrder},
};

use super::{Outcome, Work};
use crate::{data, maintenance::stopped};

/// The try after which nothing is tried any more.
const LAST: i64 = 20;

/// Carries an order out, unless the image has its data from somewhere else by now, or is gone.
pub(super) async fn perform(mut work: Work<'_>) -> Result<Outcome> {
    let service = work.service;
    let order = CopyOrder::from_json(&work.job.payload)?;
    let id = order.image_id();
    let Some(view) = service.catalog().image(id, None).await? else { return Ok(Outcome::Done) };
    match view.image.status {
        Status::Queued => {}
        // Somebody's upload runs, or a dead one is about to be taken back.
        Status::Saving | Status::Uploading | Status::Importing => return Ok(Outcome::NotYet),
        Status::Active | Status::Deactivated | Status::PendingDelete | Status::Killed | Status::Deleted => {
            return Ok(Outcome::Done);
        }
    }
    let owner = view.image.owner.as_ref().map_or("", ProjectId::as_str);
    let Some(_slot) = service.copying().take(owner) else { return Ok(Outcome::NotYet) };
    match service.outbound().check(order.url()) {
        Ok(source) => tracing::info!(image = %id, %source, attempt = work.job.attempts, "data is being fetched"),
        // It was in order when it was accepted; the settings are others now. Fetching says so.
        Err(failure) => tracing::warn!(image = %id, %failure, "data is to be fetched from a URL that is refused"),
    }
    let last = work.job.attempts >= LAST;
    let copied = tokio::select! {
        biased;
        copied = data::copy(service, &order, last) => copied,
        () = stopped(&mut work.stop) => return Ok(Outcome::Interrupted),
    };
    match copied {
        Ok(_) => Ok(Outcome::Done),
        // Killed, or gone: that was logged where it happened.
        Err(error) => match error.kind() {
            Kind::Conflict => Ok(Outcome::NotYet),
            Kind::Unavailable | Kind::Internal | Kind::Stale | Kind::Throttled if !last => Err(error),
            _ => Ok(Outcome::Done),
        },
    }
}
