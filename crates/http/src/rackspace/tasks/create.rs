//! `POST /v2/tasks`

use http::StatusCode;
use salon_core::{
    Error, Result,
    task::{New, TaskKind},
};
use salon_service::tasks;
use serde_json::Value;

use crate::rackspace::{Answer, Call, Rackspace, wire};

pub(crate) async fn create(api: &Rackspace, mut call: Call) -> Answer {
    let body = api.json(&mut call).await?;
    let task = tasks::create(&api.service, &call.ctx, asked(body)?).await?;
    Ok(wire::json(StatusCode::CREATED, wire::task(&task)))
}

/// Type and input; whatever else there is, is ignored.
fn asked(body: Value) -> Result<New> {
    let Value::Object(mut fields) = body else {
        return Err(Error::invalid("Expected a task in the form: {\"type\": \"import\", \"input\": {}}"));
    };
    let kind = match fields.get("type") {
        Some(Value::String(text)) => TaskKind::parse(text),
        _ => None,
    };
    let kind = kind.ok_or_else(|| Error::invalid("The type of a task must be one of: import, export"))?;
    let input = fields.remove("input").ok_or_else(|| Error::invalid("Task does not contain 'input'"))?;
    Ok(New { kind, input })
}
