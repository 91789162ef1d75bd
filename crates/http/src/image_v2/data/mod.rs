//! The bytes of images.

mod download;
pub(super) mod range;
mod upload;

use std::ops::Range;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use salon_core::{Result, image::Image};
use salon_service::data::Data;

pub(super) use self::{download::download, upload::upload};
use crate::kit::Body;

/// The headers of an answer with data: what it is, and that it is nothing else.
pub(crate) fn describe(image: &Image, headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Hexadecimal, and of the whole image even on a part of it: clients compare it with the image's checksum.
    if let Some(checksum) = image.checksum.as_deref().and_then(|checksum| HeaderValue::from_str(checksum).ok()) {
        headers.insert(HeaderName::from_static("content-md5"), checksum);
    }
}

/// How many bytes there are in all.
pub(crate) fn size(image: &Image, data: &Data) -> u64 {
    match data {
        Data::None => 0,
        Data::Stored(blob) => blob.size(),
        Data::External(_) => image.size.unwrap_or(0),
    }
}

/// The bytes of `range`. What is somewhere else is passed on as it comes: the whole of it.
///
/// # Errors
/// As [`Body::good_blob`].
pub(crate) async fn body(data: Data, range: Range<u64>) -> Result<Body> {
    Ok(match data {
        Data::None => Body::empty(),
        Data::Stored(blob) => Body::good_blob(blob, range).await?,
        Data::External(body) => Body::stream(body, Some(range.end)),
    })
}
