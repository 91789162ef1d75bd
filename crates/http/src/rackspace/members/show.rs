//! `GET /v2/images/{image_id}/members/{member_id}`

use http::StatusCode;
use salon_service::rackspace;

use crate::rackspace::{Answer, Call, Rackspace, wire};

pub(crate) async fn show(api: &Rackspace, call: Call) -> Answer {
    let membership = rackspace::member(&api.service, &call.ctx, &call.image_id()?, &call.member()?).await?;
    Ok(wire::json(StatusCode::OK, wire::member(&membership)))
}
