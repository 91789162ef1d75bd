//! Disks with a partition table: GPT (behind its protective MBR) and MBR.

use super::Found;
use crate::{
    Finding, Format,
    region::{array, u16_le, u32_le},
};

const TABLE: usize = 446;
const ENTRY: usize = 16;

/// Type of the one entry that covers a GPT disk.
const PROTECTIVE: u8 = 0xee;

/// Recognised by the boot signature, unless the sector is the first one of a FAT file system.
pub(crate) fn inspect(head: &[u8], size: u64) -> Option<Finding> {
    let fat = head.get(16) == Some(&2) && head.get(21) == Some(&0xf8);
    let signed = u16_le(head, 510) == Some(0xaa55);
    (signed && !fat).then(|| Found::new(Format::Gpt).size(Some(size)).check("mbr", check(head)).done())
}

fn check(head: &[u8]) -> Result<(), String> {
    let mut used = Vec::with_capacity(4);
    let mut protective = false;
    for slot in 0..4 {
        let entry: [u8; ENTRY] = array(head, TABLE + slot * ENTRY).ok_or("the table is cut off")?;
        let [flag, head_at, sector_at, cylinder_at, kind, ..] = entry;
        if !matches!(flag, 0x00 | 0x80) {
            return Err(format!("entry {slot} has an invalid boot flag"));
        }
        if kind != 0 {
            used.push(slot);
        }
        if kind == PROTECTIVE {
            protective = true;
            if (head_at, sector_at, cylinder_at) != (0, 2, 0) || u32_le(&entry, 8) != Some(1) {
                return Err("the protective entry does not begin at the second sector".to_owned());
            }
        }
    }
    if protective && used != [0] {
        return Err("the protective entry is not the only one".to_owned());
    }
    if used.is_empty() { Err("there are no partitions".to_owned()) } else { Ok(()) }
}
