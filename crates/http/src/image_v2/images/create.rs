//! `POST /v2/images`

use http::{StatusCode, header::LOCATION};
use salon_core::image::draft::Draft;
use salon_service::images;

use crate::{
    image_v2::{Answer, Call, ImageV2, body, wire},
    kit::answer,
};

pub(crate) async fn create(api: &ImageV2, mut call: Call) -> Answer {
    let body = body::json(call.request.take_body(), api.options.json_limit).await?;
    let draft = Draft::from_json(&body, api.service.formats())?;
    let image = images::create(&api.service, &call.ctx, draft).await?;
    let mut response = wire::json(StatusCode::CREATED, wire::image(&image));
    let location = format!("{}/v2/images/{}", api.base(&call.request), image.id);
    answer::set_header(&mut response, LOCATION, &location);
    Ok(response)
}
