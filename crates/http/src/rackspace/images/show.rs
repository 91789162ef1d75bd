//! `GET /v2/images/{image_id}`

use http::StatusCode;
use salon_service::rackspace;

use crate::rackspace::{Answer, Call, Rackspace, wire};

pub(crate) async fn show(api: &Rackspace, call: Call) -> Answer {
    let image = rackspace::show(&api.service, &call.ctx, &call.image_id()?).await?;
    Ok(wire::json(StatusCode::OK, wire::image(&image)))
}
