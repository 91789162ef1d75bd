//! Image files.

use salon_inspect::{Declared, Format, Inspector, Report, Rules, decide, vhd as disk};

use crate::given::choice;

pub(crate) const WORDS: &[&str] = &[
    "QFI\u{0}",
    "QFI",
    "KDMV",
    "vhdxfile",
    "regi",
    "metadata",
    "conectix",
    "cxsparse",
    "CD001",
    "LUKS",
    "<<< ",
    "# Disk DescriptorFile\n",
    "createType=\"monolithicSparse\"\n",
    "RW 1 SPARSE \"x.vmdk\"\n",
    "version=1\n",
    "\u{0}\u{0}\u{0}\u{0}",
    "\u{0}\u{0}\u{0}\u{3}",
    "U",
];

/// The report does not depend on how the bytes were cut. The first byte says how; with its highest bit, the next two say at
/// which sector the rest of the data begins that follows the first 512 bytes, so that what is far behind is reached.
pub(crate) fn stream(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let (filled, rest) = match rest {
        [low, high, rest @ ..] if first & 0x80 != 0 => {
            let sectors = usize::from(u16::from_le_bytes([*low, *high])) % 2100;
            let (head, tail) = rest.split_at(rest.len().min(512));
            let mut whole = head.to_vec();
            whole.resize(512 + sectors * 512, 0);
            whole.extend_from_slice(tail);
            (whole, &[][..])
        }
        rest => (Vec::new(), rest),
    };
    let data = if filled.is_empty() { rest } else { &filled };
    let whole = report([data]);
    let step = usize::from(first & 0x7f) * 97 + 1;
    // Byte by byte is for short ones.
    let step = if data.len() > 65_536 { step.max(509) } else { step };
    assert_eq!(report(data.chunks(step)), whole, "cut by {step}");
    let (head, tail) = data.split_at(data.len().min(step));
    assert_eq!(report([head, &[], tail]), whole, "cut in two");
    assert_eq!(whole.size, data.len() as u64);
    assert!(whole.findings.is_sorted_by(|left, right| left.format < right.format) && !whole.findings.is_empty());
    let raw = whole.findings.iter().any(|finding| finding.format == Format::Raw);
    assert!(!raw || whole.findings.len() == 1);
    assert!(whole.findings.iter().flat_map(|finding| &finding.failures).all(|failure| failure.reason.len() < 1024));
    let rules = Rules::default();
    for disk_format in ["raw", "qcow2", "vmdk", "vhd", "vhdx", "vdi", "iso", "ami"] {
        let declared = Declared { disk_format, container_format: "bare" };
        let verdict = decide(&declared, &whole, &rules);
        if verdict.is_ok() {
            let [finding] = whole.findings.as_slice() else {
                assert_eq!(whole.findings.first().map(|finding| finding.format), Some(Format::Iso));
                continue;
            };
            assert!(finding.failures.is_empty(), "what failed a check is not accepted");
            assert!(disk_format == "raw" || disk_format == "ami" || finding.format.as_str() == disk_format);
        }
    }
}

fn report<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Report {
    let mut inspector = Inspector::new();
    pieces.into_iter().for_each(|piece| inspector.feed(piece));
    inspector.finish()
}

/// A footer, a header and a table. Checksums are put right before, since nobody guesses them.
pub(crate) fn vhd(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let mut footer = rest.get(..512).unwrap_or(rest).to_vec();
    footer.resize(512, 0);
    let mut header = rest.get(512..1536).unwrap_or_default().to_vec();
    header.resize(1024, 0);
    let table = rest.get(1536..).unwrap_or_default();
    if first & 1 == 0 {
        sum_up(&mut footer, 64);
        sum_up(&mut header, 36);
    }
    let mut head = footer.clone();
    head.extend_from_slice(&header);
    head.extend_from_slice(table);
    let size = head.len() as u64 + 512 + u64::from(first) * 4096;
    const LIMIT: u64 = 1 << 40;
    let Ok(checked) = disk::check_footer(&head, &footer, size, LIMIT) else { return };
    assert!(checked.virtual_size <= LIMIT);
    let Some(at) = checked.header_at else {
        assert_eq!(checked.virtual_size + 512, size);
        return;
    };
    assert!(at + disk::HEADER_BYTES <= size);
    let Ok(found) = disk::check_header(&header, &checked, size) else { return };
    assert!(found.bytes <= disk::MAX_TABLE_BYTES && found.at + found.bytes <= size);
    let _ = disk::check_table(table, &found, size);
}

fn sum_up(bytes: &mut [u8], at: usize) {
    if let Some(own) = bytes.get_mut(at..at + 4) {
        own.fill(0);
    }
    let sum = bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
    if let Some(own) = bytes.get_mut(at..at + 4) {
        own.copy_from_slice(&(!sum).to_be_bytes());
    }
}
