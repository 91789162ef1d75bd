//! Tags set and removed one at a time.

use crate::Result;

/// Checks a tag from a URL.
///
/// # Errors
/// Invalid beyond 255 characters.
pub fn check(tag: &str) -> Result<()> {
    let _ = tag;
    todo!()
}
