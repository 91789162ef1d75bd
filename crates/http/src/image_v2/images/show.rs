//! `GET /v2/images/{image_id}`

use http::StatusCode;
use salon_service::images;

use crate::image_v2::{Answer, Call, ImageV2, wire};

pub(crate) async fn show(api: &ImageV2, call: Call) -> Answer {
    let image = images::show(&api.service, &call.ctx, &call.image_id()?).await?;
    Ok(wire::json(StatusCode::OK, wire::image(&image)))
}
