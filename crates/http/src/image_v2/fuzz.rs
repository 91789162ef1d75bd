//! A door for the fuzzer, which is outside of this crate (`fuzz/` in the repository). Nothing else uses it.

use std::ops::Range;

use http::{HeaderMap, StatusCode};
use salon_core::{Result, image::Image};
use serde_json::Value;

use super::{
    body,
    data::range,
    error::fault,
    links,
    negotiate::{self, Representation},
    wire,
};

/// Reads the body of a request.
///
/// # Errors
/// As the reader's.
pub fn json(text: &[u8]) -> Result<Value> {
    body::parse(text)
}

/// The part of an image of `size` bytes that a request asks for.
///
/// # Errors
/// The status of the refusal.
pub fn range(headers: &HeaderMap, size: u64) -> Result<Option<Range<u64>>, StatusCode> {
    range::requested(headers, size).map_err(|failure| failure.into_fault(|error| fault(error, String::new)).status)
}

/// The representation of errors that a request wants: `html`, `json` or `text`.
pub fn representation(headers: &HeaderMap) -> &'static str {
    match negotiate::representation(headers) {
        Representation::Html => "html",
        Representation::Json => "json",
        Representation::Text => "text",
    }
}

/// A paging link.
pub fn link(path: &str, parameters: &[(String, String)], marker: Option<&str>) -> String {
    links::link(path, parameters, marker)
}

/// An image as answers have it.
pub fn image(image: &Image) -> String {
    wire::image(image)
}
