//! Who may have tasks. A task is its project's alone: for everybody else, administrators included, it is not there.

use serde_json::Value;

use super::{Author, Input, Task, TaskId, TaskKind, TaskStatus};
use crate::{Caller, Error, ImageId, Permitted, ProjectId, Result, Timestamp, image::actions::Action, policy::Policy};

/// Ask for a task.
#[derive(Clone, Copy, Debug)]
pub enum CreateTask {}

impl Action for CreateTask {
    const RULE: &'static str = "rackspace:create_task";
}

/// What a client asks for.
#[derive(Clone, Debug)]
pub struct New {
    /// What is to be done.
    pub kind: TaskKind,
    /// With what, as the client said it.
    pub input: Value,
}

/// May the caller have this done? What it does to images is decided once more when it is done, by the rules for that.
///
/// # Errors
/// Forbidden by policy and without a project; Invalid for an input of a wrong shape.
pub fn create(
    policy: &Policy,
    caller: &Caller,
    new: New,
    ids: (TaskId, ImageId),
    request_id: &str,
    now: Timestamp,
) -> Result<Permitted<Task, CreateTask>> {
    let owner = owner(policy, caller, CreateTask::RULE)?;
    Input::parse(new.kind, &new.input)?;
    let author = Author::of(caller, request_id).ok_or_else(|| crate::policy::refused(CreateTask::RULE))?;
    let (id, image_id) = ids;
    Ok(Permitted::granted(Task {
        id,
        kind: new.kind,
        status: TaskStatus::Pending,
        owner,
        input: new.input,
        result: None,
        message: None,
        image_id,
        author,
        created_at: now,
        updated_at: now,
        expires_at: None,
    }))
}

/// Whose tasks the caller may list.
///
/// # Errors
/// Forbidden by policy and without a project.
pub fn list(policy: &Policy, caller: &Caller) -> Result<ProjectId> {
    owner(policy, caller, "rackspace:get_tasks")
}

/// Whose task the caller may see.
///
/// # Errors
/// Forbidden by policy and without a project.
pub fn show(policy: &Policy, caller: &Caller) -> Result<ProjectId> {
    owner(policy, caller, "rackspace:get_task")
}

fn owner(policy: &Policy, caller: &Caller, rule: &str) -> Result<ProjectId> {
    let refused = || crate::policy::refused(rule);
    let project = caller.project().ok_or_else(refused)?;
    policy.require(caller, rule, &[("project_id", project.as_str())])?;
    Ok(project.clone())
}

/// What everybody reads about a task that is absent or not theirs: always the same words.
pub fn absent(id: &str) -> Error {
    Error::not_found(format!("No task found with ID {id}"))
}
