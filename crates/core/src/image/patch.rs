//! Changes of an image by JSON patch (both of Glance's media types), as plain values.
//! (Image API v2, `PATCH /v2/images/{id}` and its HTTP patch media types.)

use serde_json::{Map, Value};

use crate::{
    Caller, Error, Permitted, Result, Timestamp,
    image::{
        Image, ImageView, Status,
        actions::Modify,
        attribute::{self, Assignment, Parsed},
        draft::Formats,
        protection::PropertyAction,
    },
    limits::Limits,
    policy::{ImageTarget, Policy},
};

/// Operations of one patch that are read.
const MAX_CHANGES: usize = 10_000;

/// Attributes that every image has: they can be set but not removed.
const BASE: [&str; 10] = [
    "name",
    "disk_format",
    "container_format",
    "visibility",
    "protected",
    "min_ram",
    "min_disk",
    "owner",
    "os_hidden",
    "tags",
];

/// Which of the two documents a patch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PatchMedia {
    /// `application/openstack-images-v2.0-json-patch`: draft 4, `{"add": "/path", "value": …}`.
    V20,
    /// `application/openstack-images-v2.1-json-patch`: RFC 6902 shape, `{"op", "path", "value"}`.
    V21,
}

impl PatchMedia {
    /// Reads a `Content-Type` value; `None` when it is neither (415 with [`PatchMedia::ACCEPT`]).
    pub fn from_content_type(value: &str) -> Option<Self> {
        let media = value.split(';').next().unwrap_or_default().trim();
        if media.eq_ignore_ascii_case("application/openstack-images-v2.1-json-patch") {
            Some(Self::V21)
        } else if media.eq_ignore_ascii_case("application/openstack-images-v2.0-json-patch") {
            Some(Self::V20)
        } else {
            None
        }
    }

    /// The value of `Accept-Patch`.
    pub const ACCEPT: &'static str =
        "application/openstack-images-v2.1-json-patch, application/openstack-images-v2.0-json-patch";
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Add,
    Replace,
    Remove,
}

impl Op {
    const ALL: [(&'static str, Self); 3] = [("add", Self::Add), ("remove", Self::Remove), ("replace", Self::Replace)];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(name, _)| *name == text).map(|(_, op)| op)
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    /// `add` or `replace`.
    Set { add: bool, assignment: Assignment },
    /// `remove`
    Remove(String),
    /// Anything about `/locations`; refused when applied.
    Locations { op: Op, empty: bool },
}

/// A validated list of changes, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    media: PatchMedia,
    changes: Vec<Change>,
}

impl Changes {
    /// Reads and validates the body of a patch request.
    ///
    /// # Errors
    /// Invalid for a wrong shape, Forbidden for read-only and reserved attributes.
    pub fn parse(media: PatchMedia, body: &Value, formats: &Formats) -> Result<Self> {
        let Some(operations) = body.as_array() else {
            return Err(Error::invalid("Request body must be a JSON array of operation objects."));
        };
        if operations.len() > MAX_CHANGES {
            return Err(Error::invalid(format!("A patch may have {MAX_CHANGES} operations at most.")));
        }
        let changes = operations
            .iter()
            .map(|operation| match operation.as_object() {
                Some(operation) => Change::parse(media, operation, formats),
                None => Err(Error::invalid("Operations must be JSON objects.")),
            })
            .collect::<Result<_>>()?;
        Ok(Self { media, changes })
    }

    /// Whether there is nothing to do: such a request needs no more than sight of the image and writes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The attributes and properties that it names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.changes.iter().map(|change| match change {
            Change::Set { assignment, .. } => base_name(assignment),
            Change::Remove(name) => name.as_str(),
            Change::Locations { .. } => "locations",
        })
    }

    /// The image as it is after all changes, with `updated_at` at `now`; all of them or none.
    /// The catalog writes it if the image is still at the revision it was computed from.
    ///
    /// # Errors
    /// Conflict for a property that is not there or (2.0) is there already; Forbidden for what cannot be removed, for
    /// the owner, formats and visibilities that are not the caller's to set; OverLimit beyond a quota.
    pub fn apply(
        &self,
        before: &Permitted<ImageView, Modify>,
        caller: &Caller,
        policy: &Policy,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Image> {
        let mut view = ImageView::clone(before);
        for change in &self.changes {
            match change {
                Change::Locations { op, empty } => return Err(no_locations(*op, *empty)),
                Change::Remove(name) => {
                    check_removal(&view, name, caller, policy)?;
                    remove(&mut view.image, name)?;
                }
                Change::Set { add, assignment } => {
                    self.check(&view, *add, assignment, caller, policy)?;
                    set(&mut view.image, assignment, limits)?;
                }
            }
        }
        let mut image = view.image;
        if image.properties.keys().any(|name| !before.image.properties.contains_key(name)) {
            limits.check_properties(image.properties.keys())?;
        }
        image.updated_at = now.max(image.created_at);
        Ok(image)
    }

    fn check(
        &self,
        view: &ImageView,
        add: bool,
        assignment: &Assignment,
        caller: &Caller,
        policy: &Policy,
    ) -> Result<()> {
        match assignment {
            // Checked for both operations: upstream looks at `replace` only, and `add` goes around it.
            Assignment::Owner(_) if !policy.is_admin(caller) => {
                return Err(Error::forbidden("Owner can't be updated by non admin."));
            }
            Assignment::Visibility(visibility) => {
                policy.check_visibility(caller, &ImageTarget::of(view, caller), *visibility)?;
            }
            _ => {}
        }
        let (name, present) = match assignment {
            Assignment::Property(name, _) => (name.as_str(), view.image.properties.contains_key(name)),
            base => (base_name(base), true),
        };
        if let Assignment::Property(name, _) = assignment {
            check_property(name, add, present, caller, policy)?;
        }
        if add && present && self.media == PatchMedia::V20 {
            return Err(Error::conflict(format!("Property {name} already present.")));
        }
        if !add && !present {
            return Err(does_not_exist(name));
        }
        Ok(())
    }
}

/// A property that the caller may not read is absent for it; what it may not create or change is reserved.
fn check_property(name: &str, add: bool, present: bool, caller: &Caller, policy: &Policy) -> Result<()> {
    let allows = |action| policy.allows_property(caller, action, name);
    if present && !add && !allows(PropertyAction::Read) {
        return Err(does_not_exist(name));
    }
    let action = if present { PropertyAction::Update } else { PropertyAction::Create };
    if (present || add) && !(allows(action) && (!present || allows(PropertyAction::Read))) {
        return Err(attribute::reserved(name));
    }
    Ok(())
}

fn check_removal(view: &ImageView, name: &str, caller: &Caller, policy: &Policy) -> Result<()> {
    if BASE.contains(&name) || !view.image.properties.contains_key(name) {
        return Ok(());
    }
    if !policy.allows_property(caller, PropertyAction::Read, name) {
        return Err(does_not_exist(name));
    }
    if !policy.allows_property(caller, PropertyAction::Delete, name) {
        return Err(attribute::reserved(name));
    }
    Ok(())
}

fn base_name(assignment: &Assignment) -> &str {
    match assignment {
        Assignment::Name(_) => "name",
        Assignment::Visibility(_) => "visibility",
        Assignment::Hidden(_) => "os_hidden",
        Assignment::Protected(_) => "protected",
        Assignment::DiskFormat(_) => "disk_format",
        Assignment::ContainerFormat(_) => "container_format",
        Assignment::MinDisk(_) => "min_disk",
        Assignment::MinRam(_) => "min_ram",
        Assignment::Owner(_) => "owner",
        Assignment::Tags(_) => "tags",
        Assignment::Property(name, _) => name,
    }
}

fn does_not_exist(name: &str) -> Error {
    Error::conflict(format!("Property {name} does not exist."))
}

fn no_locations(op: Op, empty: bool) -> Error {
    Error::forbidden(match op {
        Op::Replace if empty => "Cannot set locations to empty list.",
        Op::Replace => "It's not allowed to update locations if locations are invisible.",
        Op::Add => "It's not allowed to add locations if locations are invisible.",
        Op::Remove => "It's not allowed to remove locations if locations are invisible.",
    })
}

fn remove(image: &mut Image, name: &str) -> Result<()> {
    if BASE.contains(&name) {
        return Err(Error::forbidden(format!("Property {name} may not be removed.")));
    }
    image.properties.remove(name).map(drop).ok_or_else(|| does_not_exist(name))
}

fn set(image: &mut Image, assignment: &Assignment, limits: &Limits) -> Result<()> {
    match assignment {
        Assignment::Name(name) => image.name.clone_from(name),
        Assignment::Visibility(visibility) => image.visibility = *visibility,
        Assignment::Hidden(hidden) => image.hidden = *hidden,
        Assignment::Protected(protected) => image.protected = *protected,
        Assignment::DiskFormat(format) => {
            formats_open(image, "disk_format")?;
            image.disk_format.clone_from(format);
        }
        Assignment::ContainerFormat(format) => {
            formats_open(image, "container_format")?;
            image.container_format.clone_from(format);
        }
        Assignment::MinDisk(gigabytes) => image.min_disk = *gigabytes,
        Assignment::MinRam(megabytes) => image.min_ram = *megabytes,
        Assignment::Owner(owner) => image.owner.clone_from(owner),
        Assignment::Tags(tags) => {
            limits.check_tags(tags.len())?;
            image.tags.clone_from(tags);
        }
        Assignment::Property(name, value) => {
            image.properties.insert(name.clone(), value.clone());
        }
    }
    Ok(())
}

/// Formats describe the data; once there is data they stay.
fn formats_open(image: &Image, name: &str) -> Result<()> {
    match image.status {
        Status::Queued | Status::Importing => Ok(()),
        Status::Saving
        | Status::Uploading
        | Status::Active
        | Status::Deactivated
        | Status::PendingDelete
        | Status::Killed
        | Status::Deleted => {
            Err(Error::forbidden(format!("Attribute {name} can be only replaced for a queued image.")))
        }
    }
}

impl Change {
    fn parse(media: PatchMedia, operation: &Map<String, Value>, formats: &Formats) -> Result<Self> {
        let (op, pointer) = match media {
            PatchMedia::V20 => op_and_path_v20(operation)?,
            PatchMedia::V21 => op_and_path_v21(operation)?,
        };
        let pointer =
            pointer.as_str().ok_or_else(|| Error::invalid(format!("Pointer `{pointer}` is not a string.")))?;
        let path = decode(pointer)?;
        let [root, rest @ ..] = path.as_slice() else {
            return Err(Error::invalid(format!("Pointer `{pointer}` does not contains valid token.")));
        };
        let depth = if root == "locations" && op != Op::Replace { 2 } else { 1 };
        if path.len() != depth {
            let path = path.join("/");
            return Err(Error::invalid(format!("Invalid JSON pointer for this resource: '/{path}'")));
        }
        let value = match op {
            Op::Remove => None,
            Op::Add | Op::Replace => Some(operation.get("value").ok_or_else(|| {
                Error::invalid(format!("Operation \"{}\" requires a member named \"value\".", op.as_str()))
            })?),
        };
        attribute::refuse_read_only(root)?;
        attribute::refuse_reserved(root)?;
        let Some(value) = value else {
            return Ok(if root == "locations" {
                Self::Locations { op, empty: false }
            } else {
                Self::Remove(root.clone())
            });
        };
        if !rest.is_empty() {
            attribute::location(value)?;
            return Ok(Self::Locations { op, empty: false });
        }
        match attribute::parse(root, value, formats)? {
            Parsed::Writable(assignment) => Ok(Self::Set { add: op == Op::Add, assignment }),
            Parsed::Locations => Ok(Self::Locations { op, empty: value.as_array().is_some_and(Vec::is_empty) }),
            Parsed::Id(_) | Parsed::ReadOnly => Err(Error::forbidden(format!("Attribute '{root}' is read-only."))),
        }
    }
}

const AVAILABLE: &str = "It must be one of the following: add, remove, replace.";

fn op_and_path_v21(operation: &Map<String, Value>) -> Result<(Op, &Value)> {
    let op = match operation.get("op") {
        None | Some(Value::Null) => {
            return Err(Error::invalid(format!("Unable to find `op` in JSON Schema change. {AVAILABLE}")));
        }
        Some(op) => op,
    };
    let op = op.as_str().and_then(Op::parse).ok_or_else(|| {
        let op = op.as_str().map_or_else(|| op.to_string(), str::to_owned);
        Error::invalid(format!("Invalid operation: `{op}`. {AVAILABLE}"))
    })?;
    let path = operation.get("path").ok_or_else(|| Error::invalid("Unable to find 'path' in JSON Schema change"))?;
    Ok((op, path))
}

fn op_and_path_v20(operation: &Map<String, Value>) -> Result<(Op, &Value)> {
    let mut found = Op::ALL.into_iter().filter_map(|(name, op)| operation.get(name).map(|path| (op, path)));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(Error::invalid(
            "Operation objects must contain only one member named \"add\", \"remove\", or \"replace\".",
        )),
        (None, _) => Err(Error::invalid(
            "Operation objects must contain exactly one member named \"add\", \"remove\", or \"replace\".",
        )),
    }
}

/// Splits a pointer into its names. Blanks around a name do not count, as in the reference.
fn decode(pointer: &str) -> Result<Vec<String>> {
    let invalid = |words: &str| Err(Error::invalid(format!("Pointer `{pointer}` {words}")));
    let Some(names) = pointer.strip_prefix('/') else {
        return invalid("does not start with \"/\".");
    };
    let parts: Vec<&str> = names.split('/').collect();
    if let [.., last] = parts.as_slice()
        && parts.len() > 1
        && last.is_empty()
    {
        return invalid("end with \"/\".");
    }
    if parts.len() > 1 && parts.iter().any(|part| part.trim().is_empty()) {
        return invalid("contains adjacent \"/\".");
    }
    if names.trim().is_empty() {
        return invalid("does not contains valid token.");
    }
    let mut rest = names;
    while let Some((_, after)) = rest.split_once('~') {
        if !after.starts_with(['0', '1']) {
            return invalid("contains \"~\" not part of a recognized escape sequence.");
        }
        rest = after;
    }
    Ok(parts.into_iter().map(|part| part.replace("~1", "/").replace("~0", "~").trim().to_owned()).collect())
}
