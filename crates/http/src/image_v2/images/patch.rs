//! `PATCH /v2/images/{image_id}`

use http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use salon_core::image::patch::{Changes, PatchMedia};
use salon_service::images;

use crate::image_v2::{Answer, Call, ImageV2, body, fault::Fault, wire};

pub(crate) async fn patch(api: &ImageV2, mut call: Call) -> Answer {
    let content_type = call.request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let Some(media) = PatchMedia::from_content_type(content_type) else {
        let accepted = HeaderValue::from_static(PatchMedia::ACCEPT);
        return Err(Fault::unsupported_media(format!(
            "Image PATCH expects Content-Type one of: {}",
            PatchMedia::ACCEPT
        ))
        .with_header(HeaderName::from_static("accept-patch"), accepted)
        .into());
    };
    let body = body::json(call.request.take_body(), api.options.json_limit).await?;
    let changes = Changes::parse(media, &body, api.service.formats())?;
    let image = images::patch(&api.service, &call.ctx, &call.image_id()?, &changes).await?;
    Ok(wire::json(StatusCode::OK, wire::image(&image)))
}
