//! Images as real tools make them: qemu-img, grub-rescue-pc, genisoimage, parted, dosfstools. A missing tool fails.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests; a missing tool is to fail them")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use salon_inspect::{Declared, Format, Inspector, Refusal, Report, Rules, decide};
use tempfile::TempDir;

const MIB: u64 = 1 << 20;

struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let done = Command::new(program).args(arguments).current_dir(self.dir.path()).output();
        let done = done.unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
        assert!(done.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// `qemu-img create`, with options when there are any.
    fn create(&self, format: &str, options: &str, name: &str, size: &str) -> Report {
        let mut arguments = vec!["create", "-q", "-f", format];
        if !options.is_empty() {
            arguments.extend(["-o", options]);
        }
        arguments.extend([name, size]);
        self.run("qemu-img", &arguments);
        inspect(&self.path(name))
    }

    /// The bootable disk image of grub-rescue-pc converted to another format.
    fn convert(&self, format: &str, options: &str, name: &str) -> Report {
        let mut arguments = vec!["convert", "-q", "-f", "raw", "-O", format];
        if !options.is_empty() {
            arguments.extend(["-o", options]);
        }
        arguments.extend([GRUB_ISO, name]);
        self.run("qemu-img", &arguments);
        inspect(&self.path(name))
    }
}

const GRUB_ISO: &str = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";
const GRUB_FLOPPY: &str = "/usr/lib/grub-rescue/grub-rescue-floppy.img";
const GRUB_USB: &str = "/usr/lib/grub-rescue/grub-rescue-usb.img";

fn inspect(path: &Path) -> Report {
    let data = fs::read(path).unwrap_or_else(|error| panic!("{} is needed for this test: {error}", path.display()));
    let mut inspector = Inspector::new();
    for piece in data.chunks(256 * 1024) {
        inspector.feed(piece);
    }
    let report = inspector.finish();
    assert_eq!(report.size, data.len() as u64);
    report
}

fn formats(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.format.as_str()).collect()
}

fn verdict(disk_format: &str, report: &Report) -> Result<Option<u64>, Refusal> {
    decide(&Declared { disk_format, container_format: "bare" }, report, &Rules::default())
}

fn is_unsafe(verdict: &Result<Option<u64>, Refusal>, check: &str) -> bool {
    matches!(verdict, Err(Refusal::Unsafe { reasons }) if reasons.iter().any(|reason| reason.contains(check)))
}

fn grub_iso_bytes() -> u64 {
    fs::metadata(GRUB_ISO).unwrap_or_else(|error| panic!("grub-rescue-pc is needed for this test: {error}")).len()
}

#[test]
fn qcow2_of_both_versions() {
    let bench = Bench::new();
    for compat in ["compat=0.10", "compat=1.1", "compat=1.1,lazy_refcounts=on", "compat=1.1,cluster_size=2M"] {
        let report = bench.create("qcow2", compat, "disk.qcow2", "64M");
        assert_eq!(formats(&report), ["qcow2"], "{compat}");
        assert_eq!(verdict("qcow2", &report), Ok(Some(64 * MIB)), "{compat}");
        fs::remove_file(bench.path("disk.qcow2")).unwrap();
    }
    let report = bench.convert("qcow2", "", "grub.qcow2");
    assert_eq!(verdict("qcow2", &report), Ok(Some(grub_iso_bytes())));
    let report = bench.convert("qcow2", "compression_type=zstd", "zstd.qcow2");
    assert_eq!(verdict("qcow2", &report), Ok(Some(grub_iso_bytes())));
}

#[test]
fn t_f1_qcow2_with_a_backing_file() {
    let bench = Bench::new();
    for (number, backing) in ["/etc/passwd", "other.raw"].iter().enumerate() {
        fs::write(bench.path("other.raw"), vec![0; 1024 * 1024]).unwrap();
        let name = format!("{number}.qcow2");
        bench.run("qemu-img", &["create", "-q", "-f", "qcow2", "-u", "-b", backing, "-F", "raw", &name, "1M"]);
        let report = inspect(&bench.path(&name));
        assert!(is_unsafe(&verdict("qcow2", &report), "backing_file"), "{backing}");
        assert!(is_unsafe(&verdict("raw", &report), "backing_file"), "{backing} as raw");
    }
}

#[test]
fn t_f2_qcow2_with_a_data_file() {
    let bench = Bench::new();
    let report = bench.create("qcow2", "data_file=data.raw,data_file_raw=on", "disk.qcow2", "8M");
    assert!(is_unsafe(&verdict("qcow2", &report), "data_file"));
    assert!(is_unsafe(&verdict("raw", &report), "data_file"));
}

#[test]
fn qcow2_with_features_nobody_knows() {
    let bench = Bench::new();
    let report = bench.create("qcow2", "extended_l2=on,cluster_size=128k", "disk.qcow2", "8M");
    assert!(is_unsafe(&verdict("qcow2", &report), "unknown_features"));
}

#[test]
fn vmdk_of_the_two_good_kinds() {
    let bench = Bench::new();
    let report = bench.create("vmdk", "subformat=monolithicSparse", "sparse.vmdk", "64M");
    assert_eq!((formats(&report), verdict("vmdk", &report)), (vec!["vmdk"], Ok(Some(64 * MIB))));
    for subformat in ["subformat=monolithicSparse", "subformat=streamOptimized"] {
        let report = bench.convert("vmdk", subformat, "grub.vmdk");
        let sectors = grub_iso_bytes().div_ceil(512);
        let size = verdict("vmdk", &report).unwrap_or_else(|refusal| panic!("{subformat}: {refusal:?}")).unwrap();
        assert!(size >= sectors * 512, "{subformat}: {size}");
    }
}

#[test]
fn t_f3_vmdk_that_names_other_files() {
    let bench = Bench::new();
    for subformat in ["monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat"] {
        let report = bench.create("vmdk", &format!("subformat={subformat}"), "disk.vmdk", "8M");
        assert_eq!(formats(&report), ["vmdk"], "{subformat}");
        assert!(is_unsafe(&verdict("vmdk", &report), "descriptor"), "{subformat}");
        assert!(is_unsafe(&verdict("raw", &report), "descriptor"), "{subformat} as raw");
    }
}

#[test]
fn vdi_vhd_vhdx() {
    let bench = Bench::new();
    let report = bench.create("vdi", "", "disk.vdi", "64M");
    assert_eq!((formats(&report), verdict("vdi", &report)), (vec!["vdi"], Ok(Some(64 * MIB))));
    let report = bench.convert("vdi", "", "grub.vdi");
    assert!(verdict("vdi", &report).unwrap().unwrap() >= grub_iso_bytes());
    let report = bench.create("vpc", "subformat=dynamic,force_size=on", "disk.vhd", "64M");
    assert_eq!((formats(&report), verdict("vhd", &report)), (vec!["vhd"], Ok(Some(64 * MIB))));
    let report = bench.create("vhdx", "", "disk.vhdx", "64M");
    assert_eq!((formats(&report), verdict("vhdx", &report)), (vec!["vhdx"], Ok(Some(64 * MIB))));
    let report = bench.convert("vhdx", "subformat=dynamic", "grub.vhdx");
    assert!(verdict("vhdx", &report).unwrap().unwrap() >= grub_iso_bytes());
}

/// A fixed VHD has only a trailer: its content is a raw disk, and so it is seen.
#[test]
fn fixed_vhd_is_a_raw_disk() {
    let bench = Bench::new();
    let report = bench.create("vpc", "subformat=fixed,force_size=on", "disk.vhd", "8M");
    assert_eq!(formats(&report), ["raw"]);
    assert_eq!(
        verdict("vhd", &report),
        Err(Refusal::Mismatch { declared: "vhd".to_owned(), detected: "raw".to_owned() })
    );
}

#[test]
fn qed_is_never_taken() {
    let bench = Bench::new();
    let report = bench.create("qed", "", "disk.qed", "8M");
    assert!(is_unsafe(&verdict("raw", &report), "banned"));
    assert!(is_unsafe(&verdict("qed", &report), "banned"));
}

#[test]
fn luks_version_1() {
    let bench = Bench::new();
    let secret = ["create", "-q", "--object", "secret,id=key,data=secret", "-f", "luks"];
    bench.run("qemu-img", &[&secret[..], &["-o", "key-secret=key,iter-time=10", "disk.luks", "8M"]].concat());
    let report = inspect(&bench.path("disk.luks"));
    assert_eq!((formats(&report), verdict("luks", &report)), (vec!["luks"], Ok(Some(8 * MIB))));
}

#[test]
fn iso_that_boots_as_a_disk_is_an_iso() {
    let report = inspect(Path::new(GRUB_ISO));
    assert_eq!(formats(&report), ["iso", "gpt"]);
    assert!(verdict("iso", &report).unwrap().is_some());
    assert_eq!(verdict("raw", &report), Ok(Some(grub_iso_bytes())));
    assert!(matches!(verdict("qcow2", &report), Err(Refusal::Mismatch { .. })));
}

#[test]
fn plain_iso() {
    let bench = Bench::new();
    fs::create_dir(bench.path("tree")).unwrap();
    fs::write(bench.path("tree/file"), b"content").unwrap();
    bench.run("genisoimage", &["-quiet", "-R", "-J", "-o", "disk.iso", "tree"]);
    let report = inspect(&bench.path("disk.iso"));
    assert_eq!(formats(&report), ["iso"]);
    assert!(verdict("iso", &report).unwrap().unwrap() <= report.size);
    bench.run("genisoimage", &["-quiet", "-udf", "-o", "udf.iso", "tree"]);
    assert_eq!(formats(&inspect(&bench.path("udf.iso"))), ["iso"]);
}

/// GRUB's floppy and USB images are the ISO image behind other boot sectors.
#[test]
fn floppy_and_usb_images() {
    for (path, expected) in [(GRUB_FLOPPY, ["iso", "gpt"]), (GRUB_USB, ["iso", "gpt"])] {
        let report = inspect(Path::new(path));
        assert_eq!(formats(&report), expected, "{path}");
        assert_eq!(verdict("raw", &report), Ok(Some(report.size)), "{path}");
    }
}

#[test]
fn partitioned_disks() {
    let bench = Bench::new();
    for (label, kind) in [("msdos", "primary"), ("gpt", "data")] {
        let disk = fs::File::create(bench.path("disk.raw")).unwrap();
        disk.set_len(16 * MIB).unwrap();
        bench.run("/usr/sbin/parted", &["-s", "disk.raw", "mklabel", label, "mkpart", kind, "1MiB", "8MiB"]);
        let report = inspect(&bench.path("disk.raw"));
        assert_eq!((formats(&report), verdict("raw", &report)), (vec!["gpt"], Ok(Some(16 * MIB))), "{label}");
        assert!(matches!(verdict("qcow2", &report), Err(Refusal::Mismatch { .. })), "{label}");
    }
}

#[test]
fn fat_file_system_is_raw() {
    let bench = Bench::new();
    let disk = fs::File::create(bench.path("fat.raw")).unwrap();
    disk.set_len(16 * MIB).unwrap();
    bench.run("/usr/sbin/mkfs.vfat", &["fat.raw"]);
    let report = inspect(&bench.path("fat.raw"));
    assert_eq!((formats(&report), verdict("raw", &report)), (vec!["raw"], Ok(Some(16 * MIB))));
}

/// T-F4: every format under every declared name.
#[test]
fn t_f4_every_format_under_every_name() {
    let bench = Bench::new();
    let made = [
        ("qcow2", bench.create("qcow2", "", "a.qcow2", "8M")),
        ("vmdk", bench.create("vmdk", "", "a.vmdk", "8M")),
        ("vdi", bench.create("vdi", "", "a.vdi", "8M")),
        ("vhd", bench.create("vpc", "", "a.vhd", "8M")),
        ("vhdx", bench.create("vhdx", "", "a.vhdx", "8M")),
        ("iso", inspect(Path::new(GRUB_ISO))),
        ("raw", bench.create("raw", "", "a.raw", "8M")),
    ];
    for (actual, report) in &made {
        for declared in ["qcow2", "vmdk", "vdi", "vhd", "vhdx", "iso", "raw", "ami", "aki", "ari", "ploop"] {
            let without_inspector = Format::parse(declared).is_none();
            let verdict = verdict(declared, report);
            if declared == *actual || declared == "raw" || (without_inspector && *actual == "raw") {
                assert!(verdict.is_ok(), "{actual} as {declared}: {verdict:?}");
            } else {
                let refusal = verdict.unwrap_err();
                let words = format!("Image disk_format {declared} does not match stream data {actual}");
                assert_eq!(refusal.to_string(), words);
            }
        }
    }
}
