//! `GET /v2/tasks`

use http::StatusCode;
use salon_core::task::TaskQuery;
use salon_service::tasks;

use crate::{
    image_v2::{images::parameters, links},
    rackspace::{Answer, Call, Rackspace, wire},
};

const PATH: &str = "/v2/tasks";

pub(crate) async fn list(api: &Rackspace, call: Call) -> Answer {
    let parameters = parameters(&call.request)?;
    let page = tasks::list(&api.service, &call.ctx, &TaskQuery::parse(&parameters)?).await?;
    let first = links::link(PATH, &parameters, None);
    let next = page.next.as_ref().map(|marker| links::link(PATH, &parameters, Some(marker.as_str())));
    Ok(wire::json(StatusCode::OK, wire::tasks(&page.tasks, &first, next.as_deref())))
}
