//! Formats that the first bytes tell everything about: qcow2, QED, VHD, VDI, LUKS.

use super::Found;
use crate::{
    Finding, Format,
    region::{u16_be, u32_be, u32_le, u64_be, u64_le},
};

/// QEMU copy-on-write (QEMU's `docs/interop/qcow2.rst`).
pub(crate) fn qcow2(head: &[u8]) -> Option<Finding> {
    const DATA_FILE: u64 = 1 << 2;
    // Dirty, corrupt and compression type (bits 0, 1, 3) say nothing about other files.
    const UNKNOWN: u64 = !0xf;
    if !head.starts_with(b"QFI\xfb") {
        return None;
    }
    let version = u32_be(head, 4);
    let mut found = Found::new(Format::Qcow2).size(u64_be(head, 24));
    if !matches!(version, Some(2 | 3)) {
        found.fail("version", format!("version {version:?}"));
    }
    if u64_be(head, 8) != Some(0) {
        found.fail("backing_file", "it has a backing file");
    }
    // Version 2 has no feature field; the same bytes are looked at, as the published checks do.
    match u64_be(head, 72) {
        Some(features) => {
            if features & DATA_FILE != 0 {
                found.fail("data_file", "it has an external data file");
            }
            if version == Some(3) && features & UNKNOWN != 0 {
                found.fail("unknown_features", format!("incompatible features {features:#x}"));
            }
        }
        None => found.fail("header", "the header is cut off"),
    }
    Some(found.done())
}

/// QEMU enhanced disk: never accepted.
pub(crate) fn qed(head: &[u8]) -> Option<Finding> {
    let found = head.starts_with(b"QED\0").then(|| Found::new(Format::Qed));
    found.map(|found| found.check("banned", Err("QED is not supported".to_owned())).done())
}

/// Microsoft virtual hard disk with a copy of the footer in front (dynamic and differencing disks).
pub(crate) fn vhd(head: &[u8]) -> Option<Finding> {
    head.starts_with(b"conectix").then(|| Found::new(Format::Vhd).size(u64_be(head, 40)).done())
}

/// VirtualBox disk.
pub(crate) fn vdi(head: &[u8]) -> Option<Finding> {
    let matched = u32_le(head, 64) == Some(0xbeda_107f) && head.len() >= 512;
    matched.then(|| Found::new(Format::Vdi).size(u64_le(head, 368)).done())
}

/// LUKS. The disk inside begins at the payload offset (LUKS on-disk format, version 1).
pub(crate) fn luks(head: &[u8], size: u64) -> Option<Finding> {
    if !head.starts_with(b"LUKS\xba\xbe") {
        return None;
    }
    let payload = u32_be(head, 104).map(|sectors| u64::from(sectors).saturating_mul(512));
    let inner = payload.and_then(|payload| size.checked_sub(payload));
    let version = u16_be(head, 6);
    let passed = if version == Some(1) { Ok(()) } else { Err(format!("LUKS version {version:?}")) };
    Some(Found::new(Format::Luks).size(inner).check("version", passed).done())
}
