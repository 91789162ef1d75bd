//! `PUT /v2/images/{image_id}/tags/{tag}`

use salon_service::rackspace;

use crate::rackspace::{Answer, Call, Rackspace, wire};

pub(crate) async fn add(api: &Rackspace, call: Call) -> Answer {
    rackspace::add_tag(&api.service, &call.ctx, &call.image_id()?, call.params.get("tag")).await?;
    Ok(wire::no_content(false))
}
