//! `GET /v2/tasks/{task_id}`

use http::StatusCode;
use salon_core::task::{TaskId, absent};
use salon_service::tasks;

use crate::rackspace::{Answer, Call, Rackspace, wire};

pub(crate) async fn show(api: &Rackspace, call: Call) -> Answer {
    let text = call.params.get("task_id");
    let id = TaskId::parse(text).ok_or_else(|| absent(text))?;
    let task = tasks::show(&api.service, &call.ctx, &id).await?;
    Ok(wire::json(StatusCode::OK, wire::task(&task)))
}
