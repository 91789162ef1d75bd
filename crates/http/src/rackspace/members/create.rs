//! `POST /v2/images/{image_id}/members`

use http::StatusCode;
use salon_core::membership::MemberName;
use salon_service::rackspace;

use crate::{
    image_v2::members::member_in,
    rackspace::{Answer, Call, Rackspace, wire},
};

pub(crate) async fn create(api: &Rackspace, mut call: Call) -> Answer {
    let body = api.json(&mut call).await?;
    let member = MemberName::parse(&member_in(&body)?)?;
    let membership = rackspace::invite(&api.service, &call.ctx, &call.image_id()?, &member).await?;
    Ok(wire::json(StatusCode::OK, wire::member(&membership)))
}
