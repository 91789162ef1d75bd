//! Doing a task that somebody asked for.

use salon_core::Result;

use super::{Outcome, Work};
use crate::{maintenance::stopped, tasks};

/// Does the task a job names; a stop cuts it, and it is begun again at the next start.
pub(super) async fn perform(mut work: Work<'_>) -> Result<Outcome> {
    let done = tokio::select! {
        biased;
        done = tasks::perform(work.service, &work.job.payload, work.job.attempts) => done?,
        () = stopped(&mut work.stop) => return Ok(Outcome::Interrupted),
    };
    Ok(if done { Outcome::Done } else { Outcome::NotYet })
}
