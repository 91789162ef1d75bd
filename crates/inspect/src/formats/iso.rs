//! ISO 9660 (ECMA-119) and UDF (ECMA-167).

use super::Found;
use crate::{
    Finding, Format,
    region::{array, u16_le, u32_le},
};

/// Where the first volume descriptor is: behind 16 sectors of 2048 bytes.
const DESCRIPTOR: usize = 32 * 1024;

/// The type of the descriptor that says how large the volume is.
const PRIMARY: u8 = 1;

/// Recognised by the standard identifier of the first volume descriptor.
pub(crate) fn inspect(head: &[u8]) -> Option<Finding> {
    let identifier: [u8; 5] = array(head, DESCRIPTOR + 1)?;
    if !matches!(&identifier, b"CD001" | b"NSR02" | b"NSR03") {
        return None;
    }
    let primary = head.get(DESCRIPTOR) == Some(&PRIMARY);
    let volume = |at: usize| DESCRIPTOR + at;
    let blocks = u32_le(head, volume(80)).map(u64::from);
    let block_size = u16_le(head, volume(128)).map(u64::from);
    let size = blocks.zip(block_size).and_then(|(blocks, size)| blocks.checked_mul(size));
    Some(Found::new(Format::Iso).size(size.filter(|_| primary)).done())
}
