//! What a v1 client says about an image in its headers (Image API v1, `POST` and `PUT`).
//!
//! Only what is listed here is ever written; everything else that a header can name is the server's: it is checked for
//! its form, compared where v1 compares it, and otherwise without effect.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    Caller, Error, ImageId, Permitted, ProjectId, Result, Timestamp,
    image::{
        Image, ImageView, Status, Visibility,
        actions::Modify,
        attribute::{self, Assignment, Parsed},
        draft::{Draft, Formats},
        protection::PropertyAction,
    },
    limits::Limits,
    policy::{ImageTarget, Policy},
    time::parse_iso8601,
};

/// Names that are an image's own in v2: a property of such a name would stand in its place there.
const TAKEN: [&str; 21] = [
    "id",
    "name",
    "status",
    "visibility",
    "size",
    "virtual_size",
    "checksum",
    "owner",
    "tags",
    "protected",
    "os_hidden",
    "os_hash_algo",
    "os_hash_value",
    "disk_format",
    "container_format",
    "min_disk",
    "min_ram",
    "created_at",
    "updated_at",
    "locations",
    "stores",
];

/// More of them: links of v2's answers.
const LINKS: [&str; 4] = ["direct_url", "self", "file", "schema"];

/// Formats in which an image is of one kind in both.
const AMAZON: [&str; 3] = ["ami", "ari", "aki"];

/// 1900-01-01T00:00:00Z in seconds.
const YEAR_1900: i64 = -2_208_988_800;

/// The headers of one request, read. An outer `None` is a field that was not named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// Name; null removes it.
    pub name: Option<Option<String>>,
    /// Id: chosen at creation, compared later.
    pub id: Option<ImageId>,
    /// Disk format.
    pub disk_format: Option<Option<String>>,
    /// Container format.
    pub container_format: Option<Option<String>>,
    /// Bytes of the data that comes along.
    pub size: Option<u64>,
    /// MD5 of the data that comes along.
    pub checksum: Option<String>,
    /// Gigabytes.
    pub min_disk: Option<u32>,
    /// Megabytes.
    pub min_ram: Option<u32>,
    /// v1's visibility.
    pub is_public: Option<bool>,
    /// Cannot be deleted.
    pub protected: Option<bool>,
    /// Owner; counts for administrators only.
    pub owner: Option<Option<ProjectId>>,
    /// Compared at an update.
    pub status: Option<String>,
    /// Where existing data is.
    pub location: Option<String>,
    /// Store for the data that comes along.
    pub store: Option<String>,
    /// Custom properties in v1's spelling; null removes one.
    pub properties: BTreeMap<String, Option<String>>,
}

/// A custom property's name as v1 has it: lower case, and `_` for `-`.
pub fn v1_name(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

impl Fields {
    /// Reads pairs of names (behind `x-image-meta-`, in v1's spelling; properties begin with `property_`) and values.
    ///
    /// # Errors
    /// Invalid for an unknown name, a name that comes twice, and a value of the wrong form; Forbidden for properties
    /// whose names are the server's.
    pub fn parse<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, formats: &Formats) -> Result<Self> {
        let mut fields = Self::default();
        let mut seen = BTreeSet::new();
        for (name, value) in pairs {
            if !seen.insert(name.to_owned()) {
                // Two spellings of one header: which of them counts must not depend on who reads it.
                return Err(Error::invalid(format!("The header x-image-meta-{name} was given more than once.")));
            }
            if value.contains('\0') {
                return Err(Error::invalid(format!("The header x-image-meta-{name} can't contain NUL characters.")));
            }
            fields.read(name, value.trim(), formats)?;
        }
        fields.agree()?;
        Ok(fields)
    }

    fn read(&mut self, name: &str, value: &str, formats: &Formats) -> Result<()> {
        let given = (!value.is_empty()).then_some(value);
        match name {
            "name" => self.name = Some(text(name, given, attribute::MAX_CHARS)?),
            "id" => {
                self.id = given
                    .map(|id| {
                        ImageId::parse(id).ok_or_else(|| Error::invalid(format!("Invalid image id format: {id}")))
                    })
                    .transpose()?;
            }
            "disk_format" => self.disk_format = Some(format(name, given, &formats.disk)?),
            "container_format" => self.container_format = Some(format(name, given, &formats.container)?),
            "size" => self.size = number(name, given)?,
            "virtual_size" => {
                number(name, given.filter(|value| *value != "None"))?;
            }
            "min_disk" => self.min_disk = small(name, given)?,
            "min_ram" => self.min_ram = small(name, given)?,
            "is_public" => self.is_public = Some(truth(value)),
            "protected" => self.protected = Some(truth(value)),
            "checksum" => self.checksum = text(name, given, 32)?,
            "owner" => self.owner = Some(text(name, given, attribute::MAX_CHARS)?.map(ProjectId::new)),
            "status" => self.status = given.map(str::to_owned),
            "location" => self.location = given.map(str::to_owned),
            "store" => self.store = given.map(str::to_owned),
            "created_at" | "updated_at" | "deleted_at" => instant(name, given)?,
            // v1 accepts these, and nothing follows from them.
            "deleted" | "copy_from" | "uri" => {}
            _ => match name.strip_prefix("property_") {
                Some(property) => {
                    let value = property_value(property, given, formats)?;
                    self.properties.insert(property.to_owned(), value);
                }
                None => return Err(Error::invalid(format!("Bad header: x-image-meta-{name}"))),
            },
        }
        Ok(())
    }

    /// Kernels, ramdisks and machine images of Amazon are of one format in both fields.
    fn agree(&mut self) -> Result<()> {
        let amazon = |format: &Option<Option<String>>| {
            let format = format.as_ref()?.as_deref()?;
            AMAZON.contains(&format).then(|| format.to_owned())
        };
        let Some(kind) = amazon(&self.disk_format).or_else(|| amazon(&self.container_format)) else { return Ok(()) };
        for format in [&mut self.disk_format, &mut self.container_format] {
            match format.as_ref().and_then(Option::as_deref) {
                None => *format = Some(Some(kind.clone())),
                Some(same) if same == kind => {}
                Some(_) => {
                    return Err(Error::invalid(
                        "Invalid mix of disk and container formats. When setting a disk or container format to one of \
                         'aki', 'ari', or 'ami', the container and disk formats must match.",
                    ));
                }
            }
        }
        Ok(())
    }

    /// The image that these headers ask for.
    pub fn draft(&self, policy: &Policy, caller: &Caller) -> Draft {
        let public = self.is_public == Some(true);
        Draft {
            id: self.id.clone(),
            owner: self.owner.clone().filter(|_| policy.is_admin(caller)),
            name: self.name.clone().flatten(),
            visibility: if public { Visibility::Public } else { Visibility::Shared },
            hidden: false,
            protected: self.protected.unwrap_or(false),
            disk_format: self.disk_format.clone().flatten(),
            container_format: self.container_format.clone().flatten(),
            min_disk: self.min_disk.unwrap_or(0),
            min_ram: self.min_ram.unwrap_or(0),
            tags: BTreeSet::new(),
            properties: self
                .properties
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
                .collect(),
        }
    }

    /// The image as it is after this update. With `purge`, custom properties that are not named go, except those that
    /// belong to the service. `None` when nothing changes.
    ///
    /// # Errors
    /// Forbidden for another id or status, for size, checksum and formats of an image with data, for visibilities and
    /// properties that are not the caller's to set; OverLimit beyond a quota.
    pub fn apply(
        &self,
        before: &Permitted<ImageView, Modify>,
        caller: &Caller,
        policy: &Policy,
        limits: &Limits,
        purge: bool,
        now: Timestamp,
    ) -> Result<Option<Image>> {
        self.compare(&before.image)?;
        let mut image = before.image.clone();
        if let Some(name) = &self.name {
            image.name.clone_from(name);
        }
        for (given, kept, name) in [
            (&self.disk_format, &mut image.disk_format, "disk_format"),
            (&self.container_format, &mut image.container_format, "container_format"),
        ] {
            if let Some(format) = given
                && format != kept
            {
                // The format is how the data is read: once there is data, another one would make other data of it.
                if before.image.status != Status::Queued {
                    return Err(Error::forbidden(format!("Attribute {name} can be only replaced for a queued image.")));
                }
                kept.clone_from(format);
            }
        }
        image.min_disk = self.min_disk.unwrap_or(image.min_disk);
        image.min_ram = self.min_ram.unwrap_or(image.min_ram);
        image.protected = self.protected.unwrap_or(image.protected);
        match self.is_public {
            Some(true) => {
                policy.check_visibility(caller, &ImageTarget::of(before, caller), Visibility::Public)?;
                image.visibility = Visibility::Public;
            }
            // Private and community images are not public either, and stay what they are.
            Some(false) if image.visibility == Visibility::Public => image.visibility = Visibility::Shared,
            Some(false) | None => {}
        }
        if let Some(owner) = self.owner.as_ref().filter(|_| policy.is_admin(caller)) {
            image.owner.clone_from(owner);
        }
        self.set_properties(&mut image, caller, policy, purge)?;
        if image.properties.keys().any(|name| !before.image.properties.contains_key(name)) {
            limits.check_properties(image.properties.keys())?;
        }
        if image == before.image {
            return Ok(None);
        }
        image.updated_at = now.max(image.created_at);
        Ok(Some(image))
    }

    /// What a client may repeat but not change.
    fn compare(&self, image: &Image) -> Result<()> {
        let fixed = |name: &str| Error::forbidden(format!("Attribute '{name}' is read-only."));
        if self.id.as_ref().is_some_and(|id| *id != image.id) {
            return Err(fixed("id"));
        }
        if self.status.as_deref().is_some_and(|status| status != image.status.as_str()) {
            return Err(fixed("status"));
        }
        if matches!(image.status, Status::Active | Status::Deactivated) {
            if self.size.is_some_and(|size| Some(size) != image.size) {
                return Err(fixed("size"));
            }
            if self.checksum.is_some() && self.checksum != image.checksum {
                return Err(fixed("checksum"));
            }
        }
        Ok(())
    }

    fn set_properties(&self, image: &mut Image, caller: &Caller, policy: &Policy, purge: bool) -> Result<()> {
        let allows = |action, name: &str| policy.allows_property(caller, action, name);
        let stored = image.properties.clone();
        for (name, value) in &self.properties {
            // The property that v1 shows under this name, whatever its spelling in v2.
            let known = stored.get_key_value(name).or_else(|| stored.iter().find(|(own, _)| v1_name(own) == *name));
            match (known, value) {
                (Some((_, now)), Some(value)) if now == value => {}
                (Some((own, _)), Some(value)) => {
                    attribute::refuse_reserved(own)?;
                    if !(allows(PropertyAction::Update, own) && allows(PropertyAction::Read, own)) {
                        return Err(attribute::reserved(own));
                    }
                    image.properties.insert(own.clone(), value.clone());
                }
                (Some((own, _)), None) => {
                    attribute::refuse_reserved(own)?;
                    if !allows(PropertyAction::Delete, own) {
                        return Err(attribute::reserved(own));
                    }
                    image.properties.remove(own);
                }
                (None, Some(value)) => {
                    if !allows(PropertyAction::Create, name) {
                        return Err(attribute::reserved(name));
                    }
                    image.properties.insert(name.clone(), value.clone());
                }
                (None, None) => {}
            }
        }
        for own in stored.keys().filter(|_| purge) {
            let named = self.properties.contains_key(&v1_name(own)) || self.properties.contains_key(own);
            // What the client cannot see it did not leave out.
            if named || own.starts_with(attribute::RESERVED_PREFIX) || !allows(PropertyAction::Read, own) {
                continue;
            }
            if !allows(PropertyAction::Delete, own) {
                return Err(attribute::reserved(own));
            }
            image.properties.remove(own);
        }
        Ok(())
    }
}

fn property_value(name: &str, value: Option<&str>, formats: &Formats) -> Result<Option<String>> {
    if name.is_empty() {
        return Err(Error::invalid("The name of a custom property can't be empty."));
    }
    if TAKEN.contains(&name) || LINKS.contains(&name) {
        return Err(attribute::reserved(name));
    }
    attribute::refuse_reserved(name)?;
    match attribute::parse(name, &Value::from(value.unwrap_or_default()), formats)? {
        Parsed::Writable(Assignment::Property(_, text)) => Ok(value.map(|_| text)),
        // Every other name was refused above.
        Parsed::Writable(_) | Parsed::Id(_) | Parsed::ReadOnly | Parsed::Locations => Err(attribute::reserved(name)),
    }
}

fn text(name: &str, value: Option<&str>, most: usize) -> Result<Option<String>> {
    let Some(text) = value else { return Ok(None) };
    if text.chars().count() > most {
        return Err(Error::invalid(format!("Image {name} too long: the limit is {most} characters.")));
    }
    if text.chars().any(|c| c > '\u{ffff}') {
        return Err(Error::invalid(format!("Image {name} can't contain 4 byte unicode characters.")));
    }
    Ok(Some(text.to_owned()))
}

fn format(name: &str, value: Option<&str>, configured: &[String]) -> Result<Option<String>> {
    match value {
        None => Ok(None),
        Some(text) if configured.iter().any(|format| format == text) => Ok(Some(text.to_owned())),
        Some(text) => {
            let what = name.replace('_', " ");
            let shown: String = text.chars().take(64).collect();
            Err(Error::invalid(format!("Invalid {what} '{shown}' for image.")))
        }
    }
}

fn number(name: &str, value: Option<&str>) -> Result<Option<u64>> {
    let wrong = || Error::invalid(format!("Image {name} must be an integer >= 0."));
    value.map(|text| text.parse::<i64>().ok().and_then(|size| u64::try_from(size).ok()).ok_or_else(wrong)).transpose()
}

/// What a signed 32-bit column holds.
fn small(name: &str, value: Option<&str>) -> Result<Option<u32>> {
    const MOST: u64 = i32::MAX as u64;
    match number(name, value)? {
        None => Ok(None),
        Some(number) => u32::try_from(number)
            .ok()
            .filter(|_| number <= MOST)
            .map(Some)
            .ok_or_else(|| Error::invalid(format!("Image {name} can't be greater than {MOST}."))),
    }
}

/// v1's permissive truth: everything that is not one of these words is false.
fn truth(value: &str) -> bool {
    ["true", "t", "1", "yes", "y", "on"].contains(&value.to_lowercase().as_str())
}

fn instant(name: &str, value: Option<&str>) -> Result<()> {
    let good = value.is_none_or(|text| parse_iso8601(text).is_some_and(|at| at.seconds() >= YEAR_1900));
    if good { Ok(()) } else { Err(Error::invalid(format!("Image {name} must be an ISO 8601 date from 1900 on."))) }
}
