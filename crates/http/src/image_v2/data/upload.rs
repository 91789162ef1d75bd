//! `PUT /v2/images/{image_id}/file`

use http::header::CONTENT_TYPE;
use salon_core::{Error, Result};
use salon_service::data::{self, UploadRequest};

use crate::{
    image_v2::{Answer, Call, ImageV2, fault::Fault, wire},
    kit::Request,
};

/// The one media type of image data.
const MEDIA_TYPE: &str = "application/octet-stream";

/// The service claims the image before it takes the first byte: a client that waits for `100 Continue` sends nothing
/// when the answer is a conflict, because the body's first poll is what makes the connection say it.
pub(crate) async fn upload(api: &ImageV2, mut call: Call) -> Answer {
    check_media_type(&call.request)?;
    let declared_size = declared_size(&call.request)?;
    let id = call.image_id()?;
    let body = call.request.take_data();
    let request = UploadRequest { content_length: body.declared_length(), declared_size, body: body.into_stream() };
    data::upload(&api.service, &call.ctx, &id, request).await?;
    Ok(wire::no_content(true))
}

fn check_media_type(request: &Request) -> Result<(), Fault> {
    let given = request.header(CONTENT_TYPE.as_str());
    let media_type = given.map(|value| value.split(';').next().unwrap_or_default().trim());
    match media_type {
        Some(media_type) if media_type.eq_ignore_ascii_case(MEDIA_TYPE) => Ok(()),
        _ => Err(Fault::unsupported_media(format!("Invalid content type {}", media_type.unwrap_or("None")))),
    }
}

/// `X-OpenStack-Image-Size`, which clients that send chunks use.
fn declared_size(request: &Request) -> Result<Option<u64>> {
    let Some(value) = request.headers.get("x-openstack-image-size") else { return Ok(None) };
    let size = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    size.map(Some).ok_or_else(|| Error::invalid("Invalid or missing image size in request headers."))
}
