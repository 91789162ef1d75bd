//! Looking at tasks, and at the containers they read and write.

use salon_core::{
    Error, Result,
    task::{self as rules, Task, TaskId, TaskQuery},
};
use salon_store::file::containers::Usage;

use super::containers;
use crate::{Ctx, Service};

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The marker of the next page; `None` when this page is the last one.
    pub next: Option<TaskId>,
}

/// A task of the caller's project.
///
/// # Errors
/// NotFound when it is absent, over or another project's; Forbidden by policy.
pub async fn show(service: &Service, ctx: &Ctx, id: &TaskId) -> Result<Task> {
    let owner = rules::show(&service.policy(), &ctx.caller)?;
    let found = service.catalog().task(id, &owner, service.now()).await?;
    found.ok_or_else(|| rules::absent(id.as_str()))
}

/// Tasks of the caller's project.
///
/// # Errors
/// Forbidden by policy; Invalid for an unknown marker.
pub async fn list(service: &Service, ctx: &Ctx, query: &TaskQuery) -> Result<Page> {
    let owner = rules::list(&service.policy(), &ctx.caller)?;
    if query.limit == 0 {
        return Ok(Page { tasks: Vec::new(), next: None });
    }
    let wanted = TaskQuery { limit: query.limit.saturating_add(1), ..query.clone() };
    let mut tasks = service.catalog().tasks(&owner, &wanted, service.now()).await?;
    let limit = query.limit as usize;
    let more = tasks.len() > limit;
    tasks.truncate(limit);
    let next = tasks.last().filter(|_| more).map(|task| task.id.clone());
    Ok(Page { tasks, next })
}

/// How full a container of the caller's project is.
///
/// # Errors
/// NotFound when there is none; Forbidden as [`list`].
pub async fn container(service: &Service, ctx: &Ctx, name: &str) -> Result<Usage> {
    let owner = rules::list(&service.policy(), &ctx.caller)?;
    let usage = containers(service)?.usage(owner.as_str(), name).await?;
    usage.ok_or_else(|| Error::not_found("The container does not exist."))
}
