//! `GET /v2/images/{image_id}/members/{member_id}`

use http::StatusCode;
use salon_service::rackspace;

use crate::{
    image_v2::members::named,
    rackspace::{Answer, Call, Rackspace, wire},
};

pub(crate) async fn show(api: &Rackspace, call: Call) -> Answer {
    let membership = rackspace::member(&api.service, &call.ctx, &call.image_id()?, &named(&call)?).await?;
    Ok(wire::json(StatusCode::OK, wire::member(&membership)))
}
