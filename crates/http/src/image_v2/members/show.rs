//! `GET /v2/images/{image_id}/members/{member_id}`

use http::StatusCode;
use salon_service::sharing;

use crate::image_v2::{Answer, Call, ImageV2, members::named, wire};

pub(crate) async fn show(api: &ImageV2, call: Call) -> Answer {
    let image_id = call.image_id()?;
    let membership = sharing::show(&api.service, &call.ctx, &image_id, &named(&call)?).await?;
    Ok(wire::json(StatusCode::OK, wire::member(&membership)))
}
