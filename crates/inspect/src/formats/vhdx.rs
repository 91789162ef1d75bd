//! Hyper-V virtual hard disk, version 2 (MS-VHDX).

use super::Found;
use crate::{
    Finding, Format,
    region::{Region, array, u16_le, u32_le, u64_le},
};

/// The first region table: where it is, and how long.
const TABLE_START: u64 = 192 * 1024;
const TABLE_BYTES: usize = 64 * 1024;

/// The metadata table at the start of the metadata region.
const METADATA_BYTES: usize = 64 * 1024;

/// Entries of either table that are looked at; more is a failure.
const MAX_ENTRIES: usize = 2047;
const ENTRY: usize = 32;

/// 8B7CA206-4790-4B9A-B8FE-575F050F886E, as it is on the disk.
const METADATA_REGION: [u8; 16] =
    [0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e];

/// 2FA54224-CD1B-4876-B211-5DBED83BF4B8, as it is on the disk.
const VIRTUAL_DISK_SIZE: [u8; 16] =
    [0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8];

/// Follows the stream from table to table.
#[derive(Clone, Debug)]
pub(crate) struct Vhdx {
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    /// Waiting for the end of the region table.
    Table(Region),
    /// Waiting for the end of the metadata table.
    Metadata { start: u64, region: Region },
    /// Waiting for the size itself.
    Size(Region),
    /// Nothing more to see.
    Known(Option<u64>),
    /// Something is wrong.
    Broken(&'static str),
}

impl Vhdx {
    /// A follower, when the stream begins like one.
    pub(crate) fn recognise(head: &[u8]) -> Option<Self> {
        let recognised = head.starts_with(b"vhdxfile");
        recognised.then(|| Self { stage: Stage::Table(Region::new(TABLE_START, TABLE_BYTES)) })
    }

    /// Where in the stream [`Vhdx::arrive`] has to be called next.
    pub(crate) fn next_stop(&self) -> Option<u64> {
        match &self.stage {
            Stage::Table(region) | Stage::Metadata { region, .. } | Stage::Size(region) => Some(region.end()),
            Stage::Known(_) | Stage::Broken(_) => None,
        }
    }

    /// Takes the bytes at `at`, which do not go beyond the next stop.
    pub(crate) fn feed(&mut self, at: u64, piece: &[u8]) {
        match &mut self.stage {
            Stage::Table(region) | Stage::Metadata { region, .. } | Stage::Size(region) => region.feed(at, piece),
            Stage::Known(_) | Stage::Broken(_) => {}
        }
    }

    /// The stream has come to the stop, or to its end.
    pub(crate) fn arrive(&mut self) {
        self.stage = match &self.stage {
            Stage::Table(region) => after_table(region),
            Stage::Metadata { start, region } => after_metadata(*start, region),
            Stage::Size(region) => Stage::Known(u64_le(region.data(), 0)),
            Stage::Known(_) | Stage::Broken(_) => return,
        };
    }

    /// What came of it, after the end of the stream.
    pub(crate) fn finish(mut self) -> Finding {
        // A short stream stops before the stops: what is there is looked at, what is not has no size.
        while self.next_stop().is_some() {
            self.arrive();
        }
        match self.stage {
            Stage::Known(size) => Found::new(Format::Vhdx).size(size).done(),
            Stage::Broken(reason) => Found::new(Format::Vhdx).check("header", Err(reason.to_owned())).done(),
            Stage::Table(_) | Stage::Metadata { .. } | Stage::Size(_) => Found::new(Format::Vhdx).done(),
        }
    }
}

fn after_table(region: &Region) -> Stage {
    let table = region.data();
    let Some(signature) = array::<4>(table, 0) else { return Stage::Known(None) };
    if &signature != b"regi" {
        return Stage::Broken("the region table has a wrong signature");
    }
    let count = u32_le(table, 8).and_then(|count| usize::try_from(count).ok());
    let Some(count) = count.filter(|count| *count <= MAX_ENTRIES) else {
        return Stage::Broken("the region table has too many entries");
    };
    let entry = table.get(16..).unwrap_or_default().chunks_exact(ENTRY).take(count);
    let Some(start) = entry.filter(|entry| entry.starts_with(&METADATA_REGION)).find_map(|entry| u64_le(entry, 16))
    else {
        return Stage::Known(None);
    };
    // Regions begin behind the first mebibyte, where the tables are.
    if start < region.end() {
        return Stage::Broken("the metadata region overlaps the headers");
    }
    Stage::Metadata { start, region: Region::new(start, METADATA_BYTES) }
}

fn after_metadata(start: u64, region: &Region) -> Stage {
    let table = region.data();
    let Some(signature) = array::<8>(table, 0) else { return Stage::Known(None) };
    if &signature != b"metadata" {
        return Stage::Broken("the metadata table has a wrong signature");
    }
    let count = u16_le(table, 10).map(usize::from);
    let Some(count) = count.filter(|count| *count <= MAX_ENTRIES) else {
        return Stage::Broken("the metadata table has too many entries");
    };
    let entry = table.get(ENTRY..).unwrap_or_default().chunks_exact(ENTRY).take(count);
    let item = entry.filter(|entry| entry.starts_with(&VIRTUAL_DISK_SIZE)).find_map(|entry| u32_le(entry, 16));
    match item {
        None => Stage::Known(None),
        // Inside the table itself: odd, but there to be read.
        Some(offset) if (offset as usize) < METADATA_BYTES => Stage::Known(u64_le(table, offset as usize)),
        Some(offset) => Stage::Size(Region::new(start.saturating_add(u64::from(offset)), 8)),
    }
}
