//! `HEAD /v1/images/{image_id}` and `GET /v1/images/{image_id}`

use http::{HeaderValue, header::CONTENT_LENGTH};
use salon_service::{images, v1};

use crate::{
    image_v1::{Answer, Call, ImageV1, headers},
    image_v2::data,
    kit::{Body, Response},
};

/// The metadata.
pub(crate) async fn head(api: &ImageV1, call: Call) -> Answer {
    let image = images::show(&api.service, &call.ctx, &call.image_id()?).await?;
    let mut response = Response::new(Body::empty());
    headers::write(&image, response.headers_mut());
    Ok(response)
}

/// The metadata and the data.
pub(crate) async fn get(api: &ImageV1, call: Call) -> Answer {
    let (image, content) = v1::read(&api.service, &call.ctx, &call.image_id()?).await?;
    let mut response = Response::new(Body::empty());
    let all = response.headers_mut();
    headers::write(&image, all);
    data::describe(&image, all);
    let size = data::size(&image, &content);
    all.insert(CONTENT_LENGTH, HeaderValue::from(size));
    *response.body_mut() = data::body(content, 0..size).await?;
    Ok(response)
}
