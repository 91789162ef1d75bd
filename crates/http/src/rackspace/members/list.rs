//! `GET /v2/images/{image_id}/members`

use http::StatusCode;
use salon_service::rackspace;

use crate::rackspace::{Answer, Call, Rackspace, wire};

pub(crate) async fn list(api: &Rackspace, call: Call) -> Answer {
    let members = rackspace::members(&api.service, &call.ctx, &call.image_id()?).await?;
    Ok(wire::json(StatusCode::OK, wire::members(&members)))
}
