//! `PATCH /v2/images/{image_id}`

use http::{HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use salon_core::image::patch::{Changes, PatchMedia};
use salon_service::rackspace;

use crate::{
    image_v2::body,
    rackspace::{Answer, Call, Rackspace, error::Fault, wire},
};

pub(crate) async fn patch(api: &Rackspace, mut call: Call) -> Answer {
    let content_type = call.request.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    let Some(media) = PatchMedia::from_content_type(content_type) else {
        let words = format!("A patch of an image has the Content-Type {}", PatchMedia::ACCEPT.replace(',', " or"));
        let accepted = HeaderValue::from_static(PatchMedia::ACCEPT);
        return Err(Fault::bad_media_type(words).with_header(HeaderName::from_static("accept-patch"), accepted).into());
    };
    let body = body::json(call.request.take_body(), api.json_limit).await?;
    let changes = Changes::parse(media, &body, api.service.formats())?;
    let image = rackspace::patch(&api.service, &call.ctx, &call.image_id()?, &changes).await?;
    Ok(wire::json(StatusCode::OK, wire::image(&image)))
}
