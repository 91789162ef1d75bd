//! `PUT /v2/images/{image_id}/tags/{tag}`

use salon_service::images;

use crate::image_v2::{Answer, Call, ImageV2, wire};

pub(crate) async fn add(api: &ImageV2, call: Call) -> Answer {
    images::add_tag(&api.service, &call.ctx, &call.image_id()?, call.params.get("tag")).await?;
    Ok(wire::no_content(true))
}
