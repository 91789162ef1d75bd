//! A new image: validation of what a client sends to create one (Image API v2, `POST /v2/images`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    Caller, Error, ImageId, ProjectId, Result, Timestamp,
    image::{
        Image, Status, Visibility,
        attribute::{self, Assignment, Parsed},
    },
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

impl Default for Formats {
    fn default() -> Self {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            disk: own(&["ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "iso", "ploop"]),
            container: own(&["ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"]),
        }
    }
}

impl Draft {
    /// Reads and validates the body of a create request.
    ///
    /// # Errors
    /// Invalid for anything the schema refuses, Forbidden for read-only and reserved attributes.
    pub fn from_json(body: &Value, formats: &Formats) -> Result<Self> {
        let Some(fields) = body.as_object() else {
            return Err(Error::invalid("Provided object does not match schema 'image': the body is not an object"));
        };
        // In the order of the reference: links are refused before anything is looked at, other read-only
        // attributes only when the whole body has the right shape.
        ["direct_url", "self", "file", "schema", "stores"]
            .into_iter()
            .filter(|name| fields.contains_key(*name))
            .try_for_each(attribute::refuse_read_only)?;
        let mut parsed = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            parsed.push((name.as_str(), attribute::parse(name, value, formats)?));
        }
        for (name, value) in &parsed {
            attribute::refuse_reserved(name)?;
            match value {
                Parsed::Locations => return Err(attribute::reserved(name)),
                // Accepted and of no effect, as in the reference: clients that copy an image send them along.
                Parsed::ReadOnly if matches!(*name, "os_hash_algo" | "os_hash_value") => {}
                Parsed::ReadOnly => attribute::refuse_read_only(name)?,
                Parsed::Id(_) | Parsed::Writable(_) => {}
            }
        }
        let mut draft = Self::empty();
        for (_, value) in parsed {
            match value {
                Parsed::Id(id) => draft.id = Some(id),
                Parsed::Writable(assignment) => draft.assign(assignment),
                Parsed::ReadOnly | Parsed::Locations => {}
            }
        }
        Ok(draft)
    }

    /// What `{}` asks for.
    fn empty() -> Self {
        Self {
            id: None,
            owner: None,
            name: None,
            visibility: Visibility::Shared,
            hidden: false,
            protected: false,
            disk_format: None,
            container_format: None,
            min_disk: 0,
            min_ram: 0,
            tags: BTreeSet::new(),
            properties: BTreeMap::new(),
        }
    }

    fn assign(&mut self, assignment: Assignment) {
        match assignment {
            Assignment::Name(name) => self.name = name,
            Assignment::Visibility(visibility) => self.visibility = visibility,
            Assignment::Hidden(hidden) => self.hidden = hidden,
            Assignment::Protected(protected) => self.protected = protected,
            Assignment::DiskFormat(format) => self.disk_format = format,
            Assignment::ContainerFormat(format) => self.container_format = format,
            Assignment::MinDisk(gigabytes) => self.min_disk = gigabytes,
            Assignment::MinRam(megabytes) => self.min_ram = megabytes,
            Assignment::Owner(owner) => self.owner = Some(owner),
            Assignment::Tags(tags) => self.tags = tags,
            Assignment::Property(name, value) => {
                self.properties.insert(name, value);
            }
        }
    }

    /// Makes the record: owned by the caller's project unless the client named another owner (the policy decides
    /// whether it may, see [`crate::policy::Policy::permit_create`]), with `fresh_id` unless the client chose one.
    ///
    /// # Errors
    /// OverLimit for more properties or tags than the quotas allow.
    pub fn into_image(self, caller: &Caller, fresh_id: ImageId, now: Timestamp, limits: &Limits) -> Result<Image> {
        limits.check_tags(self.tags.len())?;
        limits.check_properties(self.properties.keys())?;
        Ok(Image {
            id: self.id.unwrap_or(fresh_id),
            name: self.name,
            owner: self.owner.unwrap_or_else(|| caller.project().cloned()),
            status: Status::Queued,
            visibility: self.visibility,
            hidden: self.hidden,
            protected: self.protected,
            disk_format: self.disk_format,
            container_format: self.container_format,
            min_disk: self.min_disk,
            min_ram: self.min_ram,
            size: None,
            virtual_size: None,
            checksum: None,
            os_hash_algo: None,
            os_hash_value: None,
            created_at: now,
            updated_at: now,
            tags: self.tags,
            properties: self.properties,
            location: None,
            revision: 0,
        })
    }
}
