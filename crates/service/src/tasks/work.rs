//! Doing a task, as often as it is begun.

use salon_core::{
    Error, Kind, Result,
    task::{Input, KEPT, Outcome, TaskId},
};

use super::{export, import};
use crate::{Ctx, Service};

/// How often a task is begun while something that it needs does not answer; with the pauses between, some minutes.
const TRIES: i64 = 8;

/// Does the task that a job names and records how it ended; answers false when it is to be tried again later.
///
/// # Errors
/// Unavailable when something that it needs does not answer, until it was tried often enough.
pub(crate) async fn perform(service: &Service, id: &str, attempts: i64) -> Result<bool> {
    let id = TaskId::parse(id).ok_or_else(|| Error::internal("a job names no task"))?;
    if service.settings().containers.is_none() {
        // Asked for when this server, or another one, had containers.
        return Ok(false);
    }
    let Some(task) = service.catalog().begin_task(&id, service.now()).await? else { return Ok(true) };
    let ctx = Ctx::new(task.author.caller(), task.author.request_id.clone());
    tracing::info!(task = %id, kind = task.kind.as_str(), attempts, "task begun");
    let again = attempts > 0;
    let done = match Input::parse(task.kind, &task.input) {
        Ok(Input::Import(wanted)) => import::run(service, &ctx, &task.image_id, &wanted, attempts < TRIES).await,
        Ok(Input::Export(wanted)) => export::run(service, &ctx, &wanted, again).await,
        Err(error) => Err(error),
    };
    let outcome = match done {
        Ok(result) => Outcome::Success(result),
        Err(error) if waits(&error) && attempts < TRIES => return Err(error),
        Err(error) => {
            tracing::info!(task = %id, error = error.report(), "task failed");
            Outcome::Failure(error.message().to_owned())
        }
    };
    let now = service.now();
    let recorded = service.catalog().finish_task(&id, &outcome, now, now.plus(KEPT)).await?;
    tracing::info!(task = %id, recorded, "task ended");
    Ok(true)
}

/// Whether the same work may succeed later.
pub(super) fn waits(error: &Error) -> bool {
    matches!(error.kind(), Kind::Unavailable | Kind::Stale | Kind::Throttled)
}
