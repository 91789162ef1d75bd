//! What an image file really is: streaming format inspection, pure.
//!
//! An [`Inspector`] is fed the bytes of an upload in any pieces and keeps only the few regions its formats need.
//! [`Inspector::finish`] answers with a [`Report`]; [`decide`] compares it with what the client declared and gives
//! the verdict Glance gives (`glance/location.py`, `oslo_utils/imageutils/format_inspector.py`).
//!
//! Nothing here allocates from a number found in the data beyond a fixed cap, recurses on the data or panics on it,
//! and the report does not depend on how the bytes were cut into pieces.

mod decide;
mod formats;
mod inspector;
mod region;
pub mod vhd;

pub use decide::{Declared, Refusal, Rules, decide};
pub use inspector::Inspector;

/// A format the inspector recognises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// QEMU copy-on-write, versions 2 and 3.
    Qcow2,
    /// QEMU enhanced disk.
    Qed,
    /// Microsoft virtual hard disk (`vpc` in qemu), dynamic or differencing.
    Vhd,
    /// Hyper-V virtual hard disk, version 2.
    Vhdx,
    /// VMware disk.
    Vmdk,
    /// VirtualBox disk.
    Vdi,
    /// ISO 9660 or UDF.
    Iso,
    /// A disk with a partition table (GPT or MBR).
    Gpt,
    /// LUKS, version 1.
    Luks,
    /// Nothing recognised.
    Raw,
}

impl Format {
    /// The name as `disk_format` values and answers have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Qcow2 => "qcow2",
            Self::Qed => "qed",
            Self::Vhd => "vhd",
            Self::Vhdx => "vhdx",
            Self::Vmdk => "vmdk",
            Self::Vdi => "vdi",
            Self::Iso => "iso",
            Self::Gpt => "gpt",
            Self::Luks => "luks",
            Self::Raw => "raw",
        }
    }

    /// The format of that name, if there is an inspector for it.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Qcow2,
            Self::Qed,
            Self::Vhd,
            Self::Vhdx,
            Self::Vmdk,
            Self::Vdi,
            Self::Iso,
            Self::Gpt,
            Self::Luks,
            Self::Raw,
        ]
        .into_iter()
        .find(|format| format.as_str() == name)
    }
}

/// A safety check that a recognised image did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The check's name in configuration and logs (`backing_file`, `mbr`, …).
    pub check: &'static str,
    /// Why, for the operator's log.
    pub reason: String,
}

/// One format that matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub format: Format,
    /// Bytes of the disk inside; `None` when the image does not say, or says something impossible.
    pub virtual_size: Option<u64>,
    /// Checks that failed, in a fixed order.
    pub failures: Vec<Failure>,
}

/// What a stream turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Every format that matched, in the order of [`Format`]; [`Format::Raw`] alone when none did.
    pub findings: Vec<Finding>,
    /// Bytes seen.
    pub size: u64,
}
