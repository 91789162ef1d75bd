//! Telling a bot what happened.

use salon_core::Result;

use super::{Outcome, Work};
use crate::messages::tell::tell;

/// Tells the bot that a job's notice is for.
pub(super) async fn perform(work: Work<'_>) -> Result<Outcome> {
    tell(work.service, &work.job.payload).await?;
    Ok(Outcome::Done)
}
