//! VMware disks (Virtual Disk Format 5.0): sparse extents with their descriptor inside, and bare descriptors.

use super::{Found, shown};
use crate::{
    Finding, Format,
    region::{Region, Tail, array, u32_le, u64_le},
};

const MAGIC: &[u8; 4] = b"KDMV";

/// Where the descriptor of a sparse extent has to be, and how long one may be (the limits QEMU has).
const DESCRIPTOR_START: u64 = 512;
const DESCRIPTOR_BYTES: usize = (1 << 20) - 1;

/// Footer marker, footer, end-of-stream marker: a sector each.
const FOOTER_BYTES: usize = 3 * 512;

/// "The grain directory is at the end": there is a footer, and it counts instead of the header.
const DIRECTORY_AT_END: u64 = u64::MAX;

const MARKER_END_OF_STREAM: u32 = 0;
const MARKER_FOOTER: u32 = 3;

/// The kinds that keep all of their data in the one file.
const SELF_CONTAINED: [&str; 2] = ["monolithicsparse", "streamoptimized"];

/// What has to be kept of a stream that may be one.
#[derive(Clone, Debug)]
pub(crate) struct Vmdk {
    descriptor: Region,
    header: Option<Header>,
    footer: Option<Tail>,
    misplaced: bool,
}

/// The part of a sparse extent's header (and of its footer, which has the same shape) that matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    magic: [u8; 4],
    version: u32,
    sectors: u64,
    descriptor_at: u64,
    descriptor_sectors: u64,
    directory_at: u64,
}

impl Header {
    fn read(data: &[u8]) -> Option<Self> {
        Some(Self {
            magic: array(data, 0)?,
            version: u32_le(data, 4)?,
            sectors: u64_le(data, 12)?,
            descriptor_at: u64_le(data, 28)?,
            descriptor_sectors: u64_le(data, 36)?,
            directory_at: u64_le(data, 56)?,
        })
    }
}

impl Vmdk {
    /// Decides on the first 512 bytes (fewer when the stream is shorter) what has to be kept; `None` when nothing has.
    pub(crate) fn recognise(head: &[u8]) -> Option<Self> {
        if !head.starts_with(MAGIC) {
            let text = !head.is_empty() && head.iter().all(|byte| is_text(*byte));
            let whole = Region::new(0, DESCRIPTOR_BYTES);
            return text.then_some(Self { descriptor: whole, header: None, footer: None, misplaced: false });
        }
        let header = Header::read(head);
        let misplaced = header.is_none_or(|header| header.descriptor_at.checked_mul(512) != Some(DESCRIPTOR_START));
        let bytes = header.and_then(|header| usize::try_from(header.descriptor_sectors.saturating_mul(512)).ok());
        let cap = if misplaced { 0 } else { bytes.unwrap_or(DESCRIPTOR_BYTES).min(DESCRIPTOR_BYTES) };
        let at_end = header.is_some_and(|header| header.directory_at == DIRECTORY_AT_END);
        Some(Self {
            descriptor: Region::new(DESCRIPTOR_START, cap),
            header: header.or(Some(Header {
                magic: *MAGIC,
                version: 0,
                sectors: 0,
                descriptor_at: 0,
                descriptor_sectors: 0,
                directory_at: 0,
            })),
            footer: at_end.then(|| Tail::new(FOOTER_BYTES)),
            misplaced,
        })
    }

    /// Whether bytes from `at` on can still matter.
    pub(crate) fn wants(&self, at: u64) -> bool {
        self.footer.is_some() || at < self.descriptor.end()
    }

    /// Takes the bytes at `at`, from the start of the stream on.
    pub(crate) fn feed(&mut self, at: u64, piece: &[u8]) {
        self.descriptor.feed(at, piece);
        if let Some(footer) = &mut self.footer {
            footer.feed(piece);
        }
    }

    /// What came of it, after the end of the stream.
    pub(crate) fn finish(self) -> Option<Finding> {
        let text = self.descriptor.data().split(|byte| *byte == 0).next().unwrap_or_default();
        let Some(header) = self.header else { return bare_descriptor(text) };
        let size = header.sectors.saturating_mul(512);
        let mut found = Found::new(Format::Vmdk).size(Some(size));
        if !matches!(header.version, 1..=3) {
            found.fail("header", format!("version {}", header.version));
        }
        if self.misplaced {
            found.fail("descriptor", "the descriptor is not behind the header");
        } else if let Err(reason) = check_descriptor(text) {
            found.fail("descriptor", reason);
        }
        if let Some(footer) = self.footer {
            found = found.check("footer", check_footer(&header, footer.data()).map_err(str::to_owned));
        }
        Some(found.done())
    }
}

/// A descriptor on its own keeps its data in other files: recognised so that it is refused, under any declared format,
/// since QEMU would open it.
fn bare_descriptor(text: &[u8]) -> Option<Finding> {
    let text: String = text.iter().take_while(|byte| byte.is_ascii()).map(|byte| char::from(*byte)).collect();
    let text = text.to_ascii_lowercase();
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    // QEMU's own probe takes comments followed by a version line.
    let probed = text.trim_start().starts_with('#') && first.is_some_and(|line| line.starts_with("version="));
    if !text.contains("createtype=\"") && !probed {
        return None;
    }
    let reason = match check_descriptor(text.as_bytes()) {
        Err(reason) => reason,
        Ok(()) => "the descriptor stands alone".to_owned(),
    };
    Some(Found::new(Format::Vmdk).check("descriptor", Err(reason)).done())
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t'..=b'\r')
}

/// Every line must be one that is understood, and none may name a file elsewhere.
fn check_descriptor(text: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii()).ok_or("the descriptor is no text")?;
    let text = text.to_ascii_lowercase();
    // Which of several types a reader takes depends on the reader, so all of them must be good.
    let mut kinds = text.split("createtype").skip(1).peekable();
    if kinds.peek().is_none() {
        return Err("the descriptor has no type".to_owned());
    }
    for kind in kinds {
        let kind = kind.strip_prefix("=\"").and_then(|kind| kind.split_once('"')).map_or("", |(kind, _)| kind);
        if !SELF_CONTAINED.contains(&kind) {
            return Err(format!("unsupported type {}", shown(kind)));
        }
    }
    let mut extents = 0_u32;
    for line in text.lines().map(str::trim) {
        let word = line.split_ascii_whitespace().next().unwrap_or_default();
        if matches!(word, "rw" | "rdonly" | "noaccess") {
            if line.contains('/') {
                return Err(format!("an extent elsewhere: {}", shown(line)));
            }
            extents = extents.saturating_add(1);
        } else if !(line.is_empty() || line.starts_with('#') || line.starts_with("ddb") || is_header(line)) {
            return Err(format!("an unknown line: {}", shown(line)));
        }
    }
    if extents == 0 { Err("the descriptor has no extents".to_owned()) } else { Ok(()) }
}

/// `key=value`, the key one word.
fn is_header(line: &str) -> bool {
    line.split_once('=').is_some_and(|(key, _)| !key.contains(' '))
}

fn check_footer(header: &Header, tail: &[u8]) -> Result<(), &'static str> {
    let (Some(before), Some(footer), Some(after)) =
        (tail.get(..512), tail.get(512..1024).and_then(Header::read), tail.get(1024..FOOTER_BYTES))
    else {
        return Err("the footer is cut off");
    };
    if footer.magic != header.magic || footer.version != header.version {
        return Err("header and footer are of different formats");
    }
    if (footer.descriptor_at, footer.descriptor_sectors) != (header.descriptor_at, header.descriptor_sectors) {
        return Err("the footer names another descriptor than the header");
    }
    if footer.directory_at == DIRECTORY_AT_END {
        return Err("the footer names another footer");
    }
    let marker = |sector: &[u8], kind: u32| {
        u32_le(sector, 8) == Some(0)
            && u32_le(sector, 12) == Some(kind)
            && sector.get(16..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
    };
    if !marker(before, MARKER_FOOTER) {
        return Err("the footer's marker is invalid");
    }
    if !marker(after, MARKER_END_OF_STREAM) || u64_le(after, 0) != Some(0) {
        return Err("the end-of-stream marker is invalid");
    }
    Ok(())
}
