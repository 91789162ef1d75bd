//! ISO 9660 (ECMA-119) and UDF (ECMA-167).

use super::Found;
use crate::{
    Finding, Format,
    region::{Region, array, u16_le, u32_le},
};

/// Where the first volume descriptor is: behind 16 sectors of 2048 bytes.
const DESCRIPTOR: u64 = 32 * 1024;

/// Bytes of a descriptor.
const DESCRIPTOR_BYTES: usize = 2048;

/// The type of the descriptor that says how large the volume is.
const PRIMARY: u8 = 1;

/// What has to be kept.
pub(crate) fn region() -> Region {
    Region::new(DESCRIPTOR, DESCRIPTOR_BYTES)
}

/// Recognised by the standard identifier of the first volume descriptor.
pub(crate) fn inspect(descriptor: &[u8]) -> Option<Finding> {
    let identifier: [u8; 5] = array(descriptor, 1)?;
    if !matches!(&identifier, b"CD001" | b"NSR02" | b"NSR03") {
        return None;
    }
    let primary = descriptor.first() == Some(&PRIMARY);
    let blocks = u32_le(descriptor, 80).map(u64::from);
    let block_size = u16_le(descriptor, 128).map(u64::from);
    let size = blocks.zip(block_size).and_then(|(blocks, size)| blocks.checked_mul(size));
    Some(Found::new(Format::Iso).size(size.filter(|_| primary)).done())
}
