//! `PUT /v1/images/{image_id}`

use http::StatusCode;
use salon_service::v1;

use crate::image_v1::{Answer, Call, ImageV1, headers, images};

pub(crate) async fn update(api: &ImageV1, mut call: Call) -> Answer {
    let fields = headers::read(&call.request.headers, api.service.formats())?;
    let purge = headers::purges(&call.request.headers);
    let id = call.image_id()?;
    let source = images::source(&mut call, &fields)?;
    let image = v1::update(&api.service, &call.ctx, &id, &fields, purge, source).await?;
    Ok(images::described(StatusCode::OK, &image))
}
