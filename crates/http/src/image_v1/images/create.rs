//! `POST /v1/images`

use http::{StatusCode, header::LOCATION};
use salon_service::v1;

use crate::{
    image_v1::{Answer, Call, ImageV1, headers, images},
    kit::answer,
};

pub(crate) async fn create(api: &ImageV1, mut call: Call) -> Answer {
    let fields = headers::read(&call.request.headers, api.service.formats())?;
    let source = images::source(&mut call, &fields)?;
    let image = v1::create(&api.service, &call.ctx, &fields, source).await?;
    let mut response = images::described(StatusCode::CREATED, &image);
    answer::set_header(&mut response, LOCATION, &format!("/v1/images/{}", image.id));
    Ok(response)
}
