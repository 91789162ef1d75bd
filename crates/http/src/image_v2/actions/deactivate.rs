//! `POST /v2/images/{image_id}/actions/deactivate`

use salon_service::images;

use crate::image_v2::{Answer, Call, ImageV2, wire};

pub(crate) async fn deactivate(api: &ImageV2, call: Call) -> Answer {
    images::deactivate(&api.service, &call.ctx, &call.image_id()?).await?;
    Ok(wire::no_content(true))
}
