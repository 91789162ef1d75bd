//! Whether a file is a stand-alone virtual hard disk (Microsoft's "Virtual Hard Disk Image Format Specification"), as an
//! import demands it. The caller reads the three places that matter; nothing here does I/O.
//!
//! A disk is described by the footer in its last 512 bytes. A dynamic one has a copy of it in front, and a header that
//! says where its table of blocks is.

use crate::{
    Format, Inspector,
    region::{u32_be, u64_be},
};

/// Bytes of the footer.
pub const FOOTER_BYTES: u64 = 512;
/// Bytes of a dynamic disk's header.
pub const HEADER_BYTES: u64 = 1024;
/// Largest table of blocks that is looked at; at the usual 2 MiB a block that is a disk of 2 TiB.
pub const MAX_TABLE_BYTES: u64 = 4 << 20;

const FIXED: u32 = 2;
const DYNAMIC: u32 = 3;
const DIFFERENCING: u32 = 4;
const SECTOR: u64 = 512;

/// Why a file is refused. The numbers are those that clients of Cloud Images know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// 111
    #[error("the VHD is not valid: {0}")]
    Invalid(&'static str),
    /// 396
    #[error("the file is no VHD")]
    NotVhd,
    /// 413
    #[error("the virtual size of {size} bytes is above the limit of {limit} bytes")]
    VirtualSize {
        /// What the disk says.
        size: u64,
        /// What may be.
        limit: u64,
    },
    /// 523
    #[error("the VHD is neither fixed nor dynamic")]
    Kind,
    /// 609
    #[error("the file has {size} bytes, which is above the limit of {limit} bytes")]
    Size {
        /// What the file has.
        size: u64,
        /// What may be.
        limit: u64,
    },
    /// 614
    #[error("the unique id inside of the VHD is all zero")]
    ZeroId,
    /// 721
    #[error("the VHD has a parent: a differencing disk does not stand alone")]
    Parent,
}

impl Problem {
    /// The number.
    pub const fn code(&self) -> u32 {
        match self {
            Self::Invalid(_) => 111,
            Self::NotVhd => 396,
            Self::VirtualSize { .. } => 413,
            Self::Kind => 523,
            Self::Size { .. } => 609,
            Self::ZeroId => 614,
            Self::Parent => 721,
        }
    }
}

/// A footer that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footer {
    /// Bytes of the disk inside.
    pub virtual_size: u64,
    /// Where the header of a dynamic disk is; `None` for a fixed one.
    pub header_at: Option<u64>,
}

/// The table of blocks of a dynamic disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Where it is.
    pub at: u64,
    /// Its bytes that count, at most [`MAX_TABLE_BYTES`].
    pub bytes: u64,
    /// Bytes of a block with its bitmap.
    block: u64,
}

/// Looks at the size of a file before anything of it is read.
///
/// # Errors
/// Too large.
pub fn check_size(size: u64, limit: u64) -> Result<(), Problem> {
    if size > limit { Err(Problem::Size { size, limit }) } else { Ok(()) }
}

/// Looks at the start of the file (as much as there is of its first [`HEAD_BYTES`]) and at its last
/// [`FOOTER_BYTES`]; `size` is the file's, `limit` the largest virtual size.
///
/// # Errors
/// Whatever is wrong with it.
pub fn check_footer(head: &[u8], tail: &[u8], size: u64, limit: u64) -> Result<Footer, Problem> {
    if size < FOOTER_BYTES || !tail.starts_with(b"conectix") {
        let cut = head.starts_with(b"conectix");
        return Err(if cut { Problem::Invalid("its end is missing") } else { Problem::NotVhd });
    }
    if !sums_up(tail, FOOTER_BYTES, 64) {
        return Err(Problem::Invalid("the checksum of the footer is wrong"));
    }
    if u32_be(tail, 12).is_none_or(|version| version >> 16 != 1) {
        return Err(Problem::Invalid("its version is unknown"));
    }
    let kind = u32_be(tail, 60);
    match kind {
        Some(FIXED | DYNAMIC) => {}
        Some(DIFFERENCING) => return Err(Problem::Parent),
        Some(_) | None => return Err(Problem::Kind),
    }
    if tail.get(68..84).is_none_or(|id| id.iter().all(|byte| *byte == 0)) {
        return Err(Problem::ZeroId);
    }
    let Some(virtual_size) = u64_be(tail, 48) else { return Err(Problem::Invalid("the footer is cut off")) };
    if virtual_size > limit {
        return Err(Problem::VirtualSize { size: virtual_size, limit });
    }
    check_head(head)?;
    if kind == Some(FIXED) {
        if virtual_size.checked_add(FOOTER_BYTES) != Some(size) {
            return Err(Problem::Invalid("the file has another size than the fixed disk in it"));
        }
        return Ok(Footer { virtual_size, header_at: None });
    }
    let front = head.get(..512).unwrap_or_default();
    if !front.starts_with(b"conectix") || !sums_up(front, FOOTER_BYTES, 64) || front.get(40..84) != tail.get(40..84) {
        return Err(Problem::Invalid("the copy of the footer is another one"));
    }
    let header_at = u64_be(tail, 16).filter(|at| at.checked_add(HEADER_BYTES).is_some_and(|end| end <= size));
    match header_at {
        Some(_) => Ok(Footer { virtual_size, header_at }),
        None => Err(Problem::Invalid("the header is outside of the file")),
    }
}

/// Looks at the header of a dynamic disk, which is at [`Footer::header_at`]; answers where its table of blocks is.
///
/// # Errors
/// Whatever is wrong with it.
pub fn check_header(header: &[u8], footer: &Footer, size: u64) -> Result<Table, Problem> {
    if !header.starts_with(b"cxsparse") {
        return Err(Problem::Invalid("the dynamic disk has no header"));
    }
    if !sums_up(header, HEADER_BYTES, 36) {
        return Err(Problem::Invalid("the checksum of the header is wrong"));
    }
    let (at, entries, block) = (u64_be(header, 16), u32_be(header, 28), u32_be(header, 32));
    let (Some(at), Some(entries), Some(block)) = (at, entries.map(u64::from), block.map(u64::from)) else {
        return Err(Problem::Invalid("the header is cut off"));
    };
    if !block.is_power_of_two() || block < SECTOR {
        return Err(Problem::Invalid("the size of its blocks is impossible"));
    }
    let needed = footer.virtual_size.div_ceil(block);
    if entries < needed {
        return Err(Problem::Invalid("its table is too small for the disk"));
    }
    let bytes = needed.saturating_mul(4);
    if bytes > MAX_TABLE_BYTES || at.checked_add(bytes).is_none_or(|end| end > size) {
        return Err(Problem::Invalid("its table is outside of the file"));
    }
    // A bitmap with a bit for each sector, in whole sectors, stands before each block.
    let bitmap = (block / SECTOR).div_ceil(8).div_ceil(SECTOR) * SECTOR;
    Ok(Table { at, bytes, block: block.saturating_add(bitmap) })
}

/// Looks at the table of blocks.
///
/// # Errors
/// A block is outside of the file.
pub fn check_table(table: &[u8], of: &Table, size: u64) -> Result<(), Problem> {
    const ABSENT: u32 = u32::MAX;
    let outside = table.chunks_exact(4).any(|entry| {
        let sector = u32_be(entry, 0).unwrap_or(ABSENT);
        sector != ABSENT && u64::from(sector).saturating_mul(SECTOR).saturating_add(of.block) > size
    });
    if outside { Err(Problem::Invalid("a block of it is outside of the file")) } else { Ok(()) }
}

/// How much of the start of a file tells every other format: see [`Inspector`].
pub const HEAD_BYTES: u64 = 1 << 20;

/// A fixed disk is the disk itself: whoever guesses formats by the first bytes must not find something else there.
fn check_head(head: &[u8]) -> Result<(), Problem> {
    let mut inspector = Inspector::new();
    inspector.feed(head);
    let other = inspector.finish().findings.into_iter().any(|finding| match finding.format {
        Format::Raw | Format::Gpt | Format::Iso | Format::Vhd => false,
        Format::Qcow2 | Format::Qed | Format::Vhdx | Format::Vmdk | Format::Vdi | Format::Luks => true,
    });
    if other { Err(Problem::Invalid("it begins as another format")) } else { Ok(()) }
}

/// Whether the ones' complement of the sum of all bytes, the sum itself left out, is what stands at `at`.
fn sums_up(bytes: &[u8], length: u64, at: usize) -> bool {
    if bytes.len() as u64 != length {
        return false;
    }
    let own = at..at + 4;
    let counted = bytes.iter().enumerate().filter(|(place, _)| !own.contains(place));
    let sum = counted.fold(0_u32, |sum, (_, byte)| sum.wrapping_add(u32::from(*byte)));
    u32_be(bytes, at) == Some(!sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: u64 = 40 << 30;

    fn seal(bytes: &mut [u8], at: usize) {
        bytes[at..at + 4].fill(0);
        let sum = bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
        bytes[at..at + 4].copy_from_slice(&(!sum).to_be_bytes());
    }

    fn footer(kind: u32, size: u64, data: u64) -> Vec<u8> {
        let mut footer = vec![0; 512];
        footer[..8].copy_from_slice(b"conectix");
        footer[12..16].copy_from_slice(&0x0001_0000_u32.to_be_bytes());
        footer[16..24].copy_from_slice(&data.to_be_bytes());
        footer[40..48].copy_from_slice(&size.to_be_bytes());
        footer[48..56].copy_from_slice(&size.to_be_bytes());
        footer[60..64].copy_from_slice(&kind.to_be_bytes());
        footer[68..84].fill(7);
        seal(&mut footer, 64);
        footer
    }

    fn changed(mut footer: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
        footer[at..at + bytes.len()].copy_from_slice(bytes);
        seal(&mut footer, 64);
        footer
    }

    fn fixed(footer: &[u8]) -> Result<Footer, Problem> {
        check_footer(&[0; 1024], footer, 1024 + 512, LIMIT)
    }

    #[test]
    fn every_number_has_its_cause() {
        let good = footer(2, 1024, u64::MAX);
        assert_eq!(fixed(&good), Ok(Footer { virtual_size: 1024, header_at: None }));
        let code = |footer: &[u8]| fixed(footer).unwrap_err().code();
        assert_eq!(code(&[0; 512]), 396);
        assert_eq!(code(b"conectix"), 111);
        let mut spoilt = good.clone();
        spoilt[100] ^= 1;
        assert_eq!(code(&spoilt), 111);
        assert_eq!(code(&changed(good.clone(), 12, &[0, 2, 0, 0])), 111);
        for kind in [0, 1, 5, 6, u32::MAX] {
            assert_eq!(code(&footer(kind, 1024, 0)), 523);
        }
        assert_eq!(code(&footer(4, 1024, 0)), 721);
        assert_eq!(code(&changed(good.clone(), 68, &[0; 16])), 614);
        assert_eq!(code(&footer(2, LIMIT + 512, 0)), 413);
        assert_eq!(code(&footer(2, 2048, 0)), 111);
        assert_eq!(check_size(LIMIT + 1, LIMIT).unwrap_err().code(), 609);
        assert_eq!(check_size(LIMIT, LIMIT), Ok(()));
        // Cut off, and a disk that is another format for whoever looks at its start.
        assert_eq!(check_footer(&footer(3, 1024, 512), &[0; 512], 4096, LIMIT).unwrap_err().code(), 111);
        let mut head = vec![0; 1024];
        head[..4].copy_from_slice(b"QFI\xfb");
        assert_eq!(check_footer(&head, &good, 1024 + 512, LIMIT).unwrap_err().code(), 111);
        assert_eq!(check_footer(&[], &[], 0, LIMIT), Err(Problem::NotVhd));
    }

    #[test]
    fn dynamic_disks() {
        const SIZE: u64 = 4096;
        let end = footer(3, 4 << 20, 512);
        let found = check_footer(&end, &end, SIZE, LIMIT).unwrap();
        assert_eq!(found, Footer { virtual_size: 4 << 20, header_at: Some(512) });
        let other = footer(3, 8 << 20, 512);
        assert_eq!(check_footer(&other, &end, SIZE, LIMIT).unwrap_err().code(), 111);
        let far = footer(3, 4 << 20, SIZE - 1000);
        assert_eq!(check_footer(&far, &far, SIZE, LIMIT).unwrap_err().code(), 111);

        let header = |table: u64, entries: u32, block: u32| {
            let mut header = vec![0; 1024];
            header[..8].copy_from_slice(b"cxsparse");
            header[16..24].copy_from_slice(&table.to_be_bytes());
            header[28..32].copy_from_slice(&entries.to_be_bytes());
            header[32..36].copy_from_slice(&block.to_be_bytes());
            seal(&mut header, 36);
            header
        };
        let table = check_header(&header(1536, 2, 2 << 20), &found, SIZE).unwrap();
        assert_eq!((table.at, table.bytes), (1536, 8));
        for bad in [
            header(1536, 1, 2 << 20),
            header(SIZE - 4, 2, 2 << 20),
            header(u64::MAX, 2, 2 << 20),
            header(1536, 2, 0),
            header(1536, u32::MAX, 3),
            header(1536, u32::MAX, 1),
            vec![0; 1024],
            Vec::new(),
        ] {
            assert_eq!(check_header(&bad, &found, SIZE).unwrap_err().code(), 111);
        }
        let absent = [0xff; 8];
        assert_eq!(check_table(&absent, &table, SIZE), Ok(()));
        assert!(check_table(&[0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff], &table, SIZE).is_err());
        assert_eq!(check_table(&[0, 0, 0, 4], &table, 2048 + 512 + (2 << 20)), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn whatever_it_is_it_is_answered(
            head in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2000),
            at in 0_usize..512, byte in proptest::prelude::any::<u8>(), size in proptest::prelude::any::<u64>(),
        ) {
            let mut tail = footer(3, 4 << 20, 512);
            tail[at] = byte;
            seal(&mut tail, 64);
            let _ = check_footer(&head, &tail, size, LIMIT);
            let footer = Footer { virtual_size: size, header_at: Some(512) };
            let mut header = head.clone();
            header.resize(1024, 0);
            header[..8].copy_from_slice(b"cxsparse");
            seal(&mut header, 36);
            if let Ok(table) = check_header(&header, &footer, size) {
                let _ = check_table(&head, &table, size);
            }
        }
    }
}
