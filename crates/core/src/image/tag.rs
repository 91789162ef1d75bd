//! Tags set and removed one at a time.

use crate::{Error, Result, image::attribute};

/// Checks a tag from a URL. (Unlike tags in a body it may have characters beyond the basic plane.)
///
/// # Errors
/// Invalid beyond 255 characters.
pub fn check(tag: &str) -> Result<()> {
    attribute::tag(tag)
}

/// What a client reads when a tag to be removed is not there.
pub fn absent(tag: &str) -> Error {
    Error::not_found(format!("Tag {tag} is not set on the image."))
}
