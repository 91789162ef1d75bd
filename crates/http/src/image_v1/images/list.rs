//! `GET /v1/images` and `GET /v1/images/detail`

use http::StatusCode;
use salon_service::v1;

use crate::{
    image_v1::{
        Answer, Call, ImageV1,
        wire::{Entry, ImageBody, Many},
    },
    image_v2::images::parameters,
    kit::answer,
};

pub(crate) async fn list(api: &ImageV1, call: Call, entry: Entry) -> Answer {
    let page = v1::list(&api.service, &call.ctx, &parameters(&call.request)?).await?;
    let images = page.images.iter().map(|image| ImageBody { image, entry }).collect();
    Ok(answer::json(StatusCode::OK, &Many { images }))
}
