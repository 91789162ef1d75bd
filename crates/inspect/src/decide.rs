//! The verdict on an upload: what was declared, what was found.

use crate::{Finding, Format, Report};

/// The only container whose content is looked at. The others are archives (or Glance leaves them alone, too): nothing is
/// unpacked on the way of an upload.
const INSPECTED_CONTAINER: &str = "bare";

/// What the image record says about its data.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// `disk_format`.
    pub disk_format: &'a str,
    /// `container_format`; only `bare` is inspected, as in Glance.
    pub container_format: &'a str,
}

/// The operator's rules (`[image_format]` in Glance's configuration).
#[derive(Clone, Debug)]
pub struct Rules {
    /// `require_image_format_match`: refuse data that is not what was declared.
    pub require_match: bool,
    /// `gpt_safety_checks_nonfatal`: names of checks that partitioned disks may fail.
    pub gpt_nonfatal: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { require_match: true, gpt_nonfatal: Vec::new() }
    }
}

/// Why an upload is refused (415). `Display` gives the client's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The data is something else.
    #[error("Image disk_format {declared} does not match stream data {detected}")]
    Mismatch {
        /// `disk_format` of the record.
        declared: String,
        /// What the data is.
        detected: String,
    },
    /// The data is what was declared and would harm whoever opens it.
    #[error("Image failed safety checks")]
    Unsafe {
        /// Which checks and why, for the operator.
        reasons: Vec<String>,
    },
    /// The data is more than one format at once.
    #[error("Multiple formats detected: {}", .formats.join(","))]
    Ambiguous {
        /// The formats.
        formats: Vec<&'static str>,
    },
}

/// Accepts or refuses data of `report` for an image that was declared as `declared`.
///
/// Answers the virtual size to record, if there is one.
///
/// # Errors
/// [`Refusal`], whose text is the client's; the status is 415.
pub fn decide(declared: &Declared<'_>, report: &Report, rules: &Rules) -> Result<Option<u64>, Refusal> {
    if declared.container_format != INSPECTED_CONTAINER {
        return Ok(None);
    }
    let matched = pick(declared, report);
    if rules.require_match
        && let Err(refusal) = matched
    {
        return Err(refusal);
    }
    check_safety(report, rules)?;
    // Without the requirement, data that is something else is taken as it is, and nothing is known of its disk.
    Ok(matched.unwrap_or(None))
}

/// Compares what was declared with what was found; answers the virtual size.
fn pick(declared: &Declared<'_>, report: &Report) -> Result<Option<u64>, Refusal> {
    let finding = match report.findings.as_slice() {
        [only] => only,
        several => bootable_iso(several).ok_or_else(|| Refusal::Ambiguous {
            formats: several.iter().map(|finding| finding.format.as_str()).collect(),
        })?,
    };
    let found = finding.format;
    let same = found.as_str() == declared.disk_format;
    // ami, ari, aki, ploop and whatever else an operator allows: there is nothing to recognise them by.
    let unknown_to_us = found == Format::Raw && Format::parse(declared.disk_format).is_none();
    if same || unknown_to_us {
        Ok(finding.virtual_size)
    } else if declared.disk_format == Format::Raw.as_str() {
        // The declaration holds: it is used as raw bytes, so its size is theirs, whatever a header in them says.
        Ok(Some(report.size).filter(|size| *size > 0))
    } else {
        Err(Refusal::Mismatch { declared: declared.disk_format.to_owned(), detected: found.as_str().to_owned() })
    }
}

/// An ISO image that also boots as a disk has a partition table in front: an ISO image.
fn bootable_iso(findings: &[Finding]) -> Option<&Finding> {
    match findings {
        [iso, gpt] if iso.format == Format::Iso && gpt.format == Format::Gpt => Some(iso),
        _ => None,
    }
}

/// The safety checks of everything that was found, whatever was declared.
fn check_safety(report: &Report, rules: &Rules) -> Result<(), Refusal> {
    let checked = match bootable_iso(&report.findings) {
        // Its partition table is the ISO tool's business.
        Some(iso) => std::slice::from_ref(iso),
        None => report.findings.as_slice(),
    };
    let mut reasons = Vec::new();
    for finding in checked {
        let tolerated =
            |check: &str| finding.format == Format::Gpt && rules.gpt_nonfatal.iter().any(|name| name == check);
        let failures = finding.failures.iter().filter(|failure| !tolerated(failure.check));
        reasons.extend(
            failures.map(|failure| format!("{}: {}: {}", finding.format.as_str(), failure.check, failure.reason)),
        );
    }
    if reasons.is_empty() { Ok(()) } else { Err(Refusal::Unsafe { reasons }) }
}
