//! `GET /v2/images/{image_id}/file`

use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use salon_core::Error;
use salon_service::data::{self, Data};

use crate::{
    image_v2::{Answer, Call, ImageV2, data::range, wire},
    kit::{Body, Response},
};

pub(crate) async fn download(api: &ImageV2, call: Call) -> Answer {
    let (image, data) = data::read(&api.service, &call.ctx, &call.image_id()?).await?;
    if names_stores(&call) {
        return Err(Error::invalid(
            "Store selection for download is not available when multiple backends are not enabled.",
        )
        .into());
    }
    // Without data there is nothing that a range could be outside of.
    let (size, part) = match &data {
        Data::None => return Ok(wire::no_content(false)),
        Data::Stored(blob) => (blob.size(), range::requested(&call.request.headers, blob.size())?),
        // What is somewhere else is passed on as it comes: the whole of it.
        Data::External(_) => (image.size.unwrap_or(0), None),
    };
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Hexadecimal, and of the whole image even on a part of it: clients compare it with the image's checksum.
    if let Some(checksum) = image.checksum.as_deref().and_then(|checksum| HeaderValue::from_str(checksum).ok()) {
        headers.insert(HeaderName::from_static("content-md5"), checksum);
    }
    if let Some(part) = &part {
        let text = format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), size);
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(CONTENT_RANGE, value);
        }
    }
    let range = part.clone().unwrap_or(0..size);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end.saturating_sub(range.start)));
    if part.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    *response.body_mut() = match data {
        Data::None => Body::empty(),
        Data::Stored(blob) => Body::good_blob(blob, range).await?,
        Data::External(body) => Body::stream(body, Some(size)),
    };
    Ok(response)
}

/// Whether `prefer` names at least one store.
fn names_stores(call: &Call) -> bool {
    let parameters = call.request.query_pairs();
    let prefer = parameters.iter().rev().find(|(name, _)| name == "prefer");
    prefer.is_some_and(|(_, stores)| stores.split(',').any(|store| !store.trim().is_empty()))
}
