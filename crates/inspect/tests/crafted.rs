//! Crafted data: what tools do not make and attackers do.

#![expect(clippy::indexing_slicing, reason = "places in data this file makes itself")]

use proptest::prelude::*;
use salon_inspect::{Declared, Inspector, Refusal, Report, Rules, decide};

fn inspect(data: &[u8]) -> Report {
    let mut inspector = Inspector::new();
    inspector.feed(data);
    inspector.finish()
}

fn formats(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.format.as_str()).collect()
}

fn checks(report: &Report) -> Vec<&'static str> {
    report.findings.iter().flat_map(|finding| finding.failures.iter().map(|failure| failure.check)).collect()
}

fn verdict(disk_format: &str, report: &Report) -> Result<Option<u64>, Refusal> {
    decide(&Declared { disk_format, container_format: "bare" }, report, &Rules::default())
}

fn put(data: &mut [u8], at: usize, bytes: &[u8]) {
    data[at..at + bytes.len()].copy_from_slice(bytes);
}

fn qcow2(version: u32, backing: u64, size: u64, features: u64) -> Vec<u8> {
    let mut data = vec![0; 1024];
    put(&mut data, 0, b"QFI\xfb");
    put(&mut data, 4, &version.to_be_bytes());
    put(&mut data, 8, &backing.to_be_bytes());
    put(&mut data, 24, &size.to_be_bytes());
    put(&mut data, 72, &features.to_be_bytes());
    data
}

const SPARSE: &str = "# Disk DescriptorFile\nversion=1\nCID=7\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\n\
                      \n# Extent description\nRW 2048 SPARSE \"disk.vmdk\"\n\nddb.adapterType = \"ide\"\n";

fn vmdk(version: u32, descriptor_at: u64, directory_at: u64, descriptor: &str) -> Vec<u8> {
    let mut data = vec![0; 512 + 20 * 512 + 4096];
    put(&mut data, 0, &vmdk_header(version, descriptor_at, directory_at));
    put(&mut data, 512, descriptor.as_bytes());
    data
}

fn vmdk_header(version: u32, descriptor_at: u64, directory_at: u64) -> Vec<u8> {
    let mut header = vec![0; 512];
    put(&mut header, 0, b"KDMV");
    put(&mut header, 4, &version.to_le_bytes());
    put(&mut header, 12, &2048_u64.to_le_bytes());
    put(&mut header, 28, &descriptor_at.to_le_bytes());
    put(&mut header, 36, &20_u64.to_le_bytes());
    put(&mut header, 56, &directory_at.to_le_bytes());
    header
}

fn marker(kind: u32) -> Vec<u8> {
    let mut sector = vec![0; 512];
    put(&mut sector, 12, &kind.to_le_bytes());
    sector
}

/// A stream-optimised disk whose footer is as given.
fn with_footer(footer: &[u8]) -> Vec<u8> {
    let descriptor = SPARSE.replace("monolithicSparse", "streamOptimized");
    let mut data = vmdk(3, 1, u64::MAX, &descriptor);
    data.extend(marker(3));
    data.extend(footer);
    data.extend(marker(0));
    data
}

#[test]
fn t_f8_qcow2_headers() {
    assert_eq!(verdict("qcow2", &inspect(&qcow2(3, 0, 1 << 30, 0))), Ok(Some(1 << 30)));
    assert_eq!(verdict("qcow2", &inspect(&qcow2(2, 0, 1 << 30, 0))), Ok(Some(1 << 30)));
    for (data, check) in [
        (qcow2(1, 0, 1 << 30, 0), "version"),
        (qcow2(4, 0, 1 << 30, 0), "version"),
        (qcow2(3, 112, 1 << 30, 0), "backing_file"),
        (qcow2(3, 0, 1 << 30, 4), "data_file"),
        (qcow2(2, 0, 1 << 30, 4), "data_file"),
        (qcow2(3, 0, 1 << 30, 16), "unknown_features"),
        (qcow2(3, 0, 1 << 30, 1 << 63), "unknown_features"),
        (qcow2(3, 0, 1 << 63, 0), "virtual_size"),
        (qcow2(3, 0, u64::MAX, 0), "virtual_size"),
        (qcow2(3, 0, 1 << 30, 0)[..60].to_vec(), "header"),
        (b"QFI\xfb".to_vec(), "header"),
    ] {
        let report = inspect(&data);
        assert!(checks(&report).contains(&check), "{check}: {report:?}");
        assert!(matches!(verdict("qcow2", &report), Err(Refusal::Unsafe { .. })), "{check}");
        assert!(matches!(verdict("raw", &report), Err(Refusal::Unsafe { .. })), "{check} as raw");
    }
    // Nothing of size 0 is recorded.
    assert_eq!(verdict("qcow2", &inspect(&qcow2(3, 0, 0, 0))), Ok(None));
}

#[test]
fn vmdk_descriptors() {
    let good = vmdk(1, 1, 0, SPARSE);
    assert_eq!(verdict("vmdk", &inspect(&good)), Ok(Some(1 << 20)));
    let upper = SPARSE.to_ascii_uppercase();
    assert_eq!(verdict("vmdk", &inspect(&vmdk(1, 1, 0, &upper))), Ok(Some(1 << 20)), "upper case");
    let extent = "RW 2048 SPARSE \"disk.vmdk\"";
    for (what, data) in [
        ("version 0", vmdk(0, 1, 0, SPARSE)),
        ("version 4", vmdk(4, 1, 0, SPARSE)),
        ("descriptor elsewhere", vmdk(1, 2, 0, SPARSE)),
        ("descriptor place overflows", vmdk(1, u64::MAX / 511, 0, SPARSE)),
        ("flat", vmdk(1, 1, 0, &SPARSE.replace("monolithicSparse", "monolithicFlat"))),
        ("flat in upper case", vmdk(1, 1, 0, &SPARSE.replace("monolithicSparse", "MONOLITHICFLAT"))),
        ("no type", vmdk(1, 1, 0, &SPARSE.replace("createType", "otherType"))),
        ("two types", vmdk(1, 1, 0, &format!("{SPARSE}createType=\"monolithicFlat\"\n"))),
        ("a type in a comment", vmdk(1, 1, 0, &format!("#createType=\"monolithicFlat\"\n{SPARSE}"))),
        ("type without end", vmdk(1, 1, 0, &SPARSE.replace("monolithicSparse\"", "monolithicSparse"))),
        ("extent elsewhere", vmdk(1, 1, 0, &SPARSE.replace("disk.vmdk", "/etc/passwd"))),
        ("lower-case extent elsewhere", vmdk(1, 1, 0, &SPARSE.replace(extent, "rw 8 flat \"/etc/passwd\" 0"))),
        ("extent with an equals sign", vmdk(1, 1, 0, &SPARSE.replace(extent, "RW\t8 FLAT \"/a=b\" 0"))),
        ("no extents", vmdk(1, 1, 0, &SPARSE.replace(extent, ""))),
        ("an unknown line", vmdk(1, 1, 0, &format!("{SPARSE}include /etc/passwd\n"))),
        ("no descriptor", vmdk(1, 1, 0, "")),
        ("cut off", good[..400].to_vec()),
        ("only the magic", b"KDMV".to_vec()),
    ] {
        let report = inspect(&data);
        assert_eq!(formats(&report), ["vmdk"], "{what}");
        assert!(matches!(verdict("vmdk", &report), Err(Refusal::Unsafe { .. })), "{what}: {report:?}");
        assert!(matches!(verdict("raw", &report), Err(Refusal::Unsafe { .. })), "{what} as raw");
    }
    // A descriptor that is not text.
    let mut binary = good;
    binary[530] = 0xff;
    assert!(matches!(verdict("vmdk", &inspect(&binary)), Err(Refusal::Unsafe { .. })));
}

#[test]
fn vmdk_footers() {
    assert_eq!(verdict("vmdk", &inspect(&with_footer(&vmdk_header(3, 1, 21)))), Ok(Some(1 << 20)));
    let mut other_place = vmdk_header(3, 1, 21);
    put(&mut other_place, 36, &21_u64.to_le_bytes());
    let mut other_magic = vmdk_header(3, 1, 21);
    put(&mut other_magic, 0, b"KDMW");
    let mut bad_marker = with_footer(&vmdk_header(3, 1, 21));
    let last = bad_marker.len() - 1;
    bad_marker[last] = 1;
    let mut bad_front = with_footer(&vmdk_header(3, 1, 21));
    let front = bad_front.len() - 1536 + 12;
    bad_front[front] = 0;
    let mut trailing = with_footer(&vmdk_header(3, 1, 21));
    trailing.push(0);
    for (what, data) in [
        ("another version", with_footer(&vmdk_header(2, 1, 21))),
        ("another descriptor", with_footer(&vmdk_header(3, 2, 21))),
        ("another length", with_footer(&other_place)),
        ("another format", with_footer(&other_magic)),
        ("another footer", with_footer(&vmdk_header(3, 1, u64::MAX))),
        ("a bad end marker", bad_marker),
        ("a bad footer marker", bad_front),
        ("something behind", trailing),
        ("no footer", vmdk(3, 1, u64::MAX, SPARSE)),
    ] {
        let report = inspect(&data);
        assert!(checks(&report).contains(&"footer"), "{what}: {report:?}");
    }
}

#[test]
fn bare_descriptors() {
    for text in [
        "# Disk DescriptorFile\nversion=1\ncreateType=\"monolithicFlat\"\nRW 8 FLAT \"/etc/passwd\" 0\n",
        "createtype=\"custom\"\nRW 8 FLAT \"other\" 0\n",
        "# comment\n\n  VERSION=1\nRW 8 FLAT \"other\" 0\n",
        SPARSE,
    ] {
        let report = inspect(text.as_bytes());
        assert_eq!(formats(&report), ["vmdk"], "{text}");
        assert_eq!(checks(&report), ["descriptor"], "{text}");
    }
    let late = format!("{}{SPARSE}", "# filler\n".repeat(20_000));
    assert_eq!(checks(&inspect(late.as_bytes())), ["descriptor"]);
    for text in ["#!/bin/sh\nversion=1\necho\n\0", "plain text", "name: version=1\n"] {
        let report = inspect(text.trim_start_matches("#!/bin/sh\n").as_bytes());
        assert_eq!(formats(&report), ["raw"], "{text}");
    }
}

fn mbr(entries: &[[u8; 16]]) -> Vec<u8> {
    let mut data = vec![0; 2048];
    for (slot, entry) in entries.iter().enumerate() {
        put(&mut data, 446 + 16 * slot, entry);
    }
    put(&mut data, 510, &[0x55, 0xaa]);
    data
}

#[test]
fn partition_tables() {
    let linux = [0x80, 0, 1, 1, 0x83, 0, 9, 9, 1, 0, 0, 0, 9, 0, 0, 0];
    let protective = [0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1, 0, 0, 0, 9, 0, 0, 0];
    let none = [0; 16];
    for good in [mbr(&[linux]), mbr(&[none, linux]), mbr(&[protective])] {
        assert_eq!(verdict("raw", &inspect(&good)), Ok(Some(2048)));
    }
    let mut flag = linux;
    flag[0] = 0x7f;
    let (mut chs, mut lba) = (protective, protective);
    chs[2] = 1;
    lba[8] = 2;
    for (what, data) in [
        ("flag", mbr(&[flag])),
        ("start", mbr(&[chs])),
        ("first sector", mbr(&[lba])),
        ("more entries", mbr(&[protective, linux])),
        ("not in the first slot", mbr(&[none, protective])),
        ("no partitions", mbr(&[])),
    ] {
        let report = inspect(&data);
        assert_eq!(checks(&report), ["mbr"], "{what}");
        assert_eq!(verdict("raw", &report).unwrap_err().to_string(), "Image failed safety checks", "{what}");
    }
    let rules = Rules { gpt_nonfatal: vec!["mbr".to_owned()], ..Rules::default() };
    let declared = Declared { disk_format: "raw", container_format: "bare" };
    assert_eq!(decide(&declared, &inspect(&mbr(&[])), &rules), Ok(Some(2048)), "tolerated");
    // The first sector of a FAT file system has the same signature.
    let mut fat = mbr(&[]);
    (fat[16], fat[21]) = (2, 0xf8);
    assert_eq!(formats(&inspect(&fat)), ["raw"]);
}

#[test]
fn t_f5_two_formats_at_once() {
    let mut both = qcow2(3, 0, 1 << 20, 0);
    put(&mut both, 510, &[0x55, 0xaa]);
    let report = inspect(&both);
    assert_eq!(formats(&report), ["qcow2", "gpt"]);
    for declared in ["qcow2", "raw", "iso"] {
        assert_eq!(verdict(declared, &report).unwrap_err().to_string(), "Multiple formats detected: qcow2,gpt");
    }
    let mut iso = vec![0; 40 * 1024];
    put(&mut iso, 0, &qcow2(3, 0, 1 << 20, 0));
    put(&mut iso, 32 * 1024 + 1, b"CD001");
    assert_eq!(formats(&inspect(&iso)), ["qcow2", "iso"]);
    assert!(matches!(verdict("iso", &inspect(&iso)), Err(Refusal::Ambiguous { .. })));
}

#[test]
fn without_the_requirement_safety_still_counts() {
    let rules = Rules { require_match: false, gpt_nonfatal: Vec::new() };
    let declared = Declared { disk_format: "vmdk", container_format: "bare" };
    assert_eq!(decide(&declared, &inspect(&qcow2(3, 0, 1 << 20, 0)), &rules), Ok(None));
    let refusal = decide(&declared, &inspect(&qcow2(3, 100, 1 << 20, 0)), &rules).unwrap_err();
    assert_eq!(refusal.to_string(), "Image failed safety checks");
}

/// T-F9: only bare content is looked at.
#[test]
fn t_f9_other_containers_are_left_alone() {
    for container_format in ["ovf", "ova", "aki", "ari", "ami", "docker", "compressed"] {
        let declared = Declared { disk_format: "qcow2", container_format };
        assert_eq!(decide(&declared, &inspect(&qcow2(1, 9, 1, 4)), &Rules::default()), Ok(None), "{container_format}");
    }
}

#[test]
fn empty_and_tiny() {
    assert_eq!(verdict("raw", &inspect(b"")), Ok(None));
    assert_eq!(verdict("raw", &inspect(b"x")), Ok(Some(1)));
    assert!(matches!(verdict("qcow2", &inspect(b"")), Err(Refusal::Mismatch { .. })));
}

fn vhdx(count: u32, metadata_at: u64, items: u16, item_at: u32) -> Vec<u8> {
    let mut data = vec![0; 3 << 20];
    put(&mut data, 0, b"vhdxfile");
    put(&mut data, 192 * 1024, b"regi");
    put(&mut data, 192 * 1024 + 8, &count.to_le_bytes());
    let guid = [0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e];
    put(&mut data, 192 * 1024 + 16, &guid);
    put(&mut data, 192 * 1024 + 32, &metadata_at.to_le_bytes());
    put(&mut data, 2 << 20, b"metadata");
    put(&mut data, (2 << 20) + 10, &items.to_le_bytes());
    let guid = [0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8];
    put(&mut data, (2 << 20) + 32, &guid);
    put(&mut data, (2 << 20) + 48, &item_at.to_le_bytes());
    let at = (2 << 20) + item_at as usize;
    if at + 8 <= data.len() {
        put(&mut data, at, &(5_u64 << 30).to_le_bytes());
    }
    data
}

#[test]
fn vhdx_tables() {
    let size = |data: Vec<u8>| verdict("vhdx", &inspect(&data));
    assert_eq!(size(vhdx(1, 2 << 20, 1, 65536)), Ok(Some(5 << 30)));
    assert_eq!(size(vhdx(1, 2 << 20, 1, 80)), Ok(Some(5 << 30)), "item inside the table");
    assert_eq!(size(vhdx(1, 2 << 20, 1, u32::MAX)), Ok(None), "item behind the end");
    assert_eq!(size(vhdx(0, 2 << 20, 1, 65536)), Ok(None), "no regions");
    assert_eq!(size(vhdx(1, u64::MAX, 1, 65536)), Ok(None), "region behind the end");
    assert_eq!(size(vhdx(1, 2 << 20, 1, 65536)[..100].to_vec()), Ok(None), "cut off");
    for (what, data) in [
        ("too many regions", vhdx(2048, 2 << 20, 1, 65536)),
        ("too many items", vhdx(1, 2 << 20, 2048, 65536)),
        ("no table there", vhdx(1, (2 << 20) + 512, 1, 65536)),
        ("region among the headers", vhdx(1, 64 * 1024, 1, 65536)),
    ] {
        assert!(matches!(size(data), Err(Refusal::Unsafe { .. })), "{what}");
    }
}

/// Something of every kind, to be cut into pieces.
fn samples() -> Vec<Vec<u8>> {
    let mut iso = vec![0; 40 * 1024];
    put(&mut iso, 32 * 1024, b"\x01CD001");
    put(&mut iso, 32 * 1024 + 80, &[9, 0, 0, 0]);
    put(&mut iso, 32 * 1024 + 128, &[0, 8]);
    vec![
        qcow2(3, 0, 1 << 30, 0),
        vmdk(1, 1, 0, SPARSE),
        with_footer(&vmdk_header(3, 1, 21)),
        SPARSE.as_bytes().to_vec(),
        vhdx(1, 2 << 20, 1, 65536),
        vhdx(1, 300_000, 1, 70_000),
        mbr(&[]),
        iso,
        b"KDM".to_vec(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// T-F7: the report does not depend on the pieces, and damage causes no panic.
    #[test]
    fn t_f7_pieces_and_damage(
        sample in 0..9_usize,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        near_front in proptest::collection::vec((0..600_usize, any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        keep_whole in any::<bool>(),
        pieces in proptest::collection::vec(prop_oneof![1..40_usize, 400..700_usize, 30_000..300_000_usize], 1..40),
    ) {
        let mut data = samples().swap_remove(sample);
        for (at, byte) in damage {
            let at = at.index(data.len());
            data[at] = byte;
        }
        for (at, byte) in near_front {
            if let Some(place) = data.get_mut(at) {
                *place = byte;
            }
        }
        if !keep_whole {
            data.truncate(cut.index(data.len() + 1));
        }
        let whole = inspect(&data);
        let mut inspector = Inspector::new();
        let mut rest = data.as_slice();
        for piece in pieces.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (part, more) = rest.split_at(rest.len().min(*piece));
            inspector.feed(part);
            inspector.feed(b"");
            rest = more;
        }
        prop_assert_eq!(inspector.finish(), whole);
    }

    /// T-F7: anything at all behind each signature.
    #[test]
    fn t_f7_noise_behind_a_signature(
        signature in prop::sample::select(vec![
            b"QFI\xfb\0\0\0\x03".to_vec(), b"KDMV\x01\0\0\0".to_vec(), b"vhdxfile".to_vec(), b"conectix".to_vec(),
            b"LUKS\xba\xbe\0\x01".to_vec(), b"QED\0".to_vec(), b"# Disk".to_vec(), Vec::new(),
        ]),
        noise in proptest::collection::vec(any::<u8>(), 0..3000),
    ) {
        let data = [signature, noise].concat();
        let whole = inspect(&data);
        let mut inspector = Inspector::new();
        for byte in &data {
            inspector.feed(std::slice::from_ref(byte));
        }
        prop_assert_eq!(inspector.finish(), whole);
    }
}
