//! `HEAD /v1/images/{image_id}` and `GET /v1/images/{image_id}`

use http::{
    HeaderName, HeaderValue,
    header::{CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use salon_core::{Error, image::Status};
use salon_service::{
    data::{self, Data},
    images,
};

use crate::{
    image_v1::{Answer, Call, ImageV1, headers},
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
    let (image, data) = data::read(&api.service, &call.ctx, &call.image_id()?).await?;
    let image = api.service.policy().shown(&call.ctx.caller, image);
    match image.status {
        Status::Active | Status::Deactivated => {}
        Status::Queued
        | Status::Saving
        | Status::Uploading
        | Status::Importing
        | Status::PendingDelete
        | Status::Killed
        | Status::Deleted => {
            return Err(Error::not_found(format!("Image {} is not active", image.id)).into());
        }
    }
    let mut response = Response::new(Body::empty());
    let all = response.headers_mut();
    headers::write(&image, all);
    all.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    all.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // glanceclient verifies the data with it.
    if let Some(checksum) = image.checksum.as_deref().and_then(|checksum| HeaderValue::from_str(checksum).ok()) {
        all.insert(HeaderName::from_static("content-md5"), checksum);
    }
    let size = match &data {
        Data::None => 0,
        Data::Stored(blob) => blob.size(),
        Data::External(_) => image.size.unwrap_or(0),
    };
    all.insert(CONTENT_LENGTH, HeaderValue::from(size));
    *response.body_mut() = match data {
        Data::None => Body::empty(),
        Data::Stored(blob) => Body::good_blob(blob, 0..size).await?,
        Data::External(body) => Body::stream(body, Some(size)),
    };
    Ok(response)
}
