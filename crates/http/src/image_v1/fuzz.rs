//! A door for the fuzzer, which is outside of this crate (`fuzz/` in the repository). Nothing else uses it.

use http::HeaderMap;
use salon_core::{
    Result,
    image::{
        Image,
        draft::Formats,
        v1::{fields::Fields, grants::Grant},
    },
};
use serde_json::Value;

use super::{headers, members, wire};

/// Reads the metadata of a request.
///
/// # Errors
/// As the reader's.
pub fn read_headers(request: &HeaderMap, formats: &Formats) -> Result<Fields> {
    headers::read(request, formats)
}

/// Writes the metadata of an image.
pub fn write_headers(image: &Image) -> HeaderMap {
    let mut written = HeaderMap::new();
    headers::write(image, &mut written);
    written
}

/// The entry of a list.
///
/// # Errors
/// Those of the serializer.
pub fn detail(image: &Image) -> serde_json::Result<Value> {
    serde_json::to_value(wire::ImageBody { image, entry: wire::Entry::Detail })
}

/// A membership in a body.
///
/// # Errors
/// As the reader's.
pub fn can_share(body: Option<&Value>) -> Result<Option<bool>> {
    members::body::can_share(body)
}

/// The memberships in a body.
///
/// # Errors
/// As the reader's.
pub fn grants(body: Option<&Value>) -> Result<Vec<Grant>> {
    members::body::grants(body)
}
