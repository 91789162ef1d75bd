//! Removing the messages of a room that is gone.

use salon_core::Result;

use super::{Outcome, Work};
use crate::messages::retain::remove;

/// Removes what is left of the messages of the room that a job names.
pub(super) async fn perform(work: Work<'_>) -> Result<Outcome> {
    remove(work.service, &work.job.payload).await?;
    Ok(Outcome::Done)
}
