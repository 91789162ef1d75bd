//! `GET /v2/images/{image_id}/members`

use http::StatusCode;
use salon_service::sharing;

use crate::image_v2::{Answer, Call, ImageV2, wire};

pub(crate) async fn list(api: &ImageV2, call: Call) -> Answer {
    let members = sharing::list(&api.service, &call.ctx, &call.image_id()?).await?;
    Ok(wire::json(StatusCode::OK, wire::members(&members)))
}
