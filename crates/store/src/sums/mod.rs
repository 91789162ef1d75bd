//! Sums of the blocks of stored bytes, so that damage at rest is found before the damaged block is served.
//!
//! Each block of [`BLOCK`] bytes has its XXH3 (64 bits), computed while the upload streams by. The sums are kept in a file of
//! their own beside the bytes:
//!
//! ```text
//! head   64 bytes   magic, version, bytes of a block, bytes in all, hash of the key, sum of the head
//! pages  4096 bytes 511 sums of 8 bytes, and the sum of the page; the last page ends after its last sum and its own
//! ```
//!
//! All numbers are little-endian. Sums of pages are seeded with the key and the page's number: a page, or a whole file, that
//! comes from elsewhere does not pass for the right one.

mod build;
mod memory;
mod read;

use std::{fmt, io};

use salon_core::ImageId;
use twox_hash::XxHash3_64;

use crate::Key;

pub use build::Sums;
pub(crate) use build::{Builder, Head};
pub(crate) use memory::{Marks, Memory};
pub(crate) use read::Known;

/// Bytes of a block: what is read for a byte of it. Small enough for a processor's own cache, large enough that its sum
/// (one byte in 32 768) costs nothing to keep.
pub const BLOCK: u64 = 256 * 1024;

/// Bytes of the head.
const HEAD: usize = 64;
/// Bytes of a page.
const PAGE: usize = 4096;
/// Bytes of a sum.
const SUM: usize = 8;
/// Sums of a page.
const PER_PAGE: u64 = 511;
/// What such a file begins with.
const MAGIC: &[u8; 8] = b"SALONSUM";
/// Version of the format.
const VERSION: u32 = 1;

/// The sum of a page, or of a head.
fn seal(bytes: &[u8], key: u64, number: u64) -> u64 {
    XxHash3_64::oneshot_with_seed(key.wrapping_add(number), bytes)
}

/// A key as its sums know it.
fn key_hash(key: &Key) -> u64 {
    XxHash3_64::oneshot(key.as_str().as_bytes())
}

/// Stored bytes that are not what was stored. It comes as the inner error of an [`io::Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The key of the bytes.
    pub key: Key,
    /// Where the damaged block begins.
    pub offset: u64,
    /// What is damaged.
    pub part: DamagedPart,
}

/// Which part of what is stored is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamagedPart {
    /// The bytes themselves.
    Data,
    /// Their sums: the bytes may be right, but that cannot be told by them.
    Sums,
}

impl Damage {
    /// The image whose data it is, when the key says so.
    pub fn image(&self) -> Option<ImageId> {
        self.key.image()
    }

    /// The damage that an error tells of.
    pub fn of<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            // What is in an io::Error is not its source: it has to be asked for.
            let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            if let Some(found) = inner.and_then(|inner| inner.downcast_ref::<Self>()) {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            DamagedPart::Data => "data is damaged",
            DamagedPart::Sums => "the sums of the data are damaged",
        };
        match self.image() {
            Some(image) => write!(f, "image {image}: {part}, block at byte {} (key {})", self.offset, self.key),
            None => write!(f, "{part}, block at byte {} of {}", self.offset, self.key),
        }
    }
}

impl std::error::Error for Damage {}

impl From<Damage> for io::Error {
    fn from(damage: Damage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}
