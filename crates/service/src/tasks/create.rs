//! Asking for a task.

use salon_catalog::tasks::TaskLimits;
use salon_core::{
    Error, ImageId, Result,
    id::uuid_text,
    task::{self as rules, New, Task, TaskId},
};

use super::containers;
use crate::{Ctx, Service, maintenance::JobKind};

/// Tasks of a project that have not ended.
const RUNNING: u64 = 100;
/// Tasks of a project whose records are kept.
const RECORDS: u64 = 5000;

/// Writes the task down and has it done.
///
/// # Errors
/// Forbidden by policy; Invalid for an input of a wrong shape; OverLimit beyond the project's tasks; Unsupported where
/// there are no containers.
pub async fn create(service: &Service, ctx: &Ctx, new: New) -> Result<Task> {
    containers(service)?;
    let id = TaskId::parse(&uuid_text(service.entropy())).ok_or_else(|| Error::internal("an id has no shape"))?;
    let ids = (id, ImageId::random(service.entropy()));
    let now = service.now();
    let task = rules::create(&service.policy(), &ctx.caller, new, ids, &ctx.request_id, now)?;
    let limits = TaskLimits { running: RUNNING, records: RECORDS };
    service.catalog().create_task(&task, &uuid_text(service.entropy()), limits, now).await?;
    service.jobs_waiting(JobKind::Task).notify_one();
    tracing::info!(task = %task.id, kind = task.kind.as_str(), request = ctx.request_id, "task created");
    Ok(task.into_inner())
}
