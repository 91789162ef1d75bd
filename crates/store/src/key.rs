//! Names of bytes inside a store.

use std::fmt;

use salon_core::{Error, ImageId, Result};

/// Longest key, in bytes: what a file name may have, less the room a staging name needs.
pub const MAX_KEY_BYTES: usize = 200;

/// The name of some bytes in a store, made by this server and never by a client.
///
/// An upload writes under `<image id>.<claim token>`. Two uploads never share a claim, so their bytes never share a
/// name: publishing cannot replace anything, and bytes under a key never change. A Glance data directory names its
/// files `<image id>`; such names are keys too, so one can be taken over in place.
///
/// Letters, digits, `-`, `_` and `.` only, not starting with `.` or `-`: nothing a key can hold means anything to a file
/// system, a shell or a URL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The key of an upload of `image` under the claim `token` (hexadecimal digits, unique for each claim).
    ///
    /// # Errors
    /// Internal, when the token has other characters than a key may have.
    pub fn for_upload(image: &ImageId, token: &str) -> Result<Self> {
        Self::parse(&format!("{image}.{token}"))
    }

    /// Reads a key as the catalog keeps it.
    ///
    /// # Errors
    /// Internal: keys come from this server's own tables only, so a wrong one is damage or a defect.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).ok_or_else(|| Error::internal(format!("not a store key: {text:.80?}")))
    }

    /// Reads a name found in a store; `None` for names this server would never make.
    pub fn read(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let fits = (1..=MAX_KEY_BYTES).contains(&text.len());
        let led = !text.starts_with(['.', '-']);
        (fits && led && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The image whose data this is, when the name follows this server's (or Glance's) pattern.
    pub fn image(&self) -> Option<ImageId> {
        ImageId::parse(self.0.split('.').next().unwrap_or_default())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
