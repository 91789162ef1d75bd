//! `PUT /v2/images/{image_id}/members/{member_id}`

use http::StatusCode;
use salon_service::rackspace;

use crate::{
    image_v2::members::{named, status_in},
    rackspace::{Answer, Call, Rackspace, wire},
};

pub(crate) async fn update(api: &Rackspace, mut call: Call) -> Answer {
    let body = api.json(&mut call).await?;
    let status = status_in(&body)?;
    let (image_id, member) = (call.image_id()?, named(&call)?);
    let membership = rackspace::respond(&api.service, &call.ctx, &image_id, &member, status).await?;
    Ok(wire::json(StatusCode::OK, wire::member(&membership)))
}
