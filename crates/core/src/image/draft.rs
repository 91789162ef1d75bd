//! A new image: validation of what a client sends to create one (Image API v2, `POST /v2/images`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    Caller, ImageId, ProjectId, Result, Timestamp,
    image::{Image, Visibility},
    limits::Limits,
};

/// Names of formats that images may have, as configured (`[image_format]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formats {
    /// `disk_formats`
    pub disk: Vec<String>,
    /// `container_formats`
    pub container: Vec<String>,
}

/// What a client asked for, validated but not yet owned or limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The id the client chose, if it chose one.
    pub id: Option<ImageId>,
    /// The owner the client named: outer `None` when it named none.
    pub owner: Option<Option<ProjectId>>,
    /// Name.
    pub name: Option<String>,
    /// Visibility, shared when the client says nothing.
    pub visibility: Visibility,
    /// Left out of default lists.
    pub hidden: bool,
    /// Cannot be deleted.
    pub protected: bool,
    /// Disk format.
    pub disk_format: Option<String>,
    /// Container format.
    pub container_format: Option<String>,
    /// Gigabytes.
    pub min_disk: u32,
    /// Megabytes.
    pub min_ram: u32,
    /// Tags.
    pub tags: BTreeSet<String>,
    /// Custom properties.
    pub properties: BTreeMap<String, String>,
}

impl Draft {
    /// Reads and validates the body of a create request.
    ///
    /// # Errors
    /// Invalid for anything the schema refuses, Forbidden for read-only and reserved attributes.
    pub fn from_json(body: &Value, formats: &Formats) -> Result<Self> {
        let _ = (body, formats);
        todo!()
    }

    /// Makes the record: owned by the caller's project unless the client named another owner (the policy decides
    /// whether it may, see [`crate::policy::Policy::permit_create`]), with `fresh_id` unless the client chose one.
    ///
    /// # Errors
    /// OverLimit for more properties or tags than the quotas allow.
    pub fn into_image(self, caller: &Caller, fresh_id: ImageId, now: Timestamp, limits: &Limits) -> Result<Image> {
        let _ = (caller, fresh_id, now, limits);
        todo!()
    }
}
