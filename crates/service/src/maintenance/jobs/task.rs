//! Doing a task that somebody asked for.

use salon_core::Result;

use super::{Outcome, Work};
use crate::tasks;

/// Does the task a job names.
pub(super) async fn perform(work: Work<'_>) -> Result<Outcome> {
    let done = tasks::perform(work.service, &work.job.payload, work.job.attempts).await?;
    Ok(if done { Outcome::Done } else { Outcome::NotYet })
}
