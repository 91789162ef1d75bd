//! Quotas and limits, with Glance's names and defaults.

use crate::{Error, Result, image::RESERVED_PREFIX, room::RoomLimits};

/// Limits that rules check. A `None` means unlimited (a negative value in the configuration).
#[derive(Clone, Debug)]
pub struct Limits {
    /// `image_member_quota`: members of one image.
    pub image_members: Option<u64>,
    /// `image_property_quota`: custom properties of one image (`os_glance*` not counted).
    pub image_properties: Option<u64>,
    /// `image_tag_quota`: tags of one image.
    pub image_tags: Option<u64>,
    /// `image_size_cap`: bytes of one image.
    pub image_size_bytes: u64,
    /// `user_storage_quota`: bytes of all images of one project.
    pub project_bytes: Option<u64>,
    /// `limit_param_default`: page size when the request names none.
    pub page_default: u64,
    /// `api_limit_max`: largest page.
    pub page_max: u64,
    /// Images that are read for one page before the rest of those that the policy hides is left for the next one.
    pub page_reads: u64,
    /// Chime: rooms, who is in them, and bots.
    pub rooms: RoomLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            image_members: Some(128),
            image_properties: Some(128),
            image_tags: Some(128),
            image_size_bytes: 1 << 40,
            project_bytes: None,
            page_default: 25,
            page_max: 1000,
            page_reads: 20_000,
            rooms: RoomLimits::default(),
        }
    }
}

impl Limits {
    /// Checks the number of tags an image is to have.
    ///
    /// # Errors
    /// OverLimit.
    pub fn check_tags(&self, attempted: usize) -> Result<()> {
        check(attempted, self.image_tags, "image tags")
    }

    /// Checks the number of custom properties an image is to have; the service's own are not counted.
    ///
    /// # Errors
    /// OverLimit.
    pub fn check_properties<'a>(&self, names: impl Iterator<Item = &'a String>) -> Result<()> {
        let attempted = names.filter(|name| !name.starts_with(RESERVED_PREFIX)).count();
        check(attempted, self.image_properties, "image properties")
    }
}

fn check(attempted: usize, maximum: Option<u64>, what: &str) -> Result<()> {
    match maximum {
        Some(maximum) if u64::try_from(attempted).unwrap_or(u64::MAX) > maximum => Err(Error::over_limit(format!(
            "The limit has been exceeded on the number of allowed {what}. Attempted: {attempted}, Maximum: {maximum}"
        ))),
        Some(_) | None => Ok(()),
    }
}
