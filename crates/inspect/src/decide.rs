//! The verdict on an upload: what was declared, what was found.

use crate::Report;

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
    #[error("Image format inspection failed")]
    Ambiguous {
        /// The formats, for the operator.
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
    let _ = (declared, report, rules);
    todo!()
}
