//! Attributes of an image as clients may write them: names, classes and values (Image API v2, image schema).

use std::collections::BTreeSet;

use serde_json::Value;

use super::draft::Formats;
use crate::{Error, ImageId, ProjectId, Result, image::Visibility};

/// Longest name, tag, owner and name of a custom property, in characters.
pub(super) const MAX_CHARS: usize = 255;

/// Attributes that the server alone writes. `id` is one after creation.
pub(super) const READ_ONLY: [&str; 14] = [
    "created_at",
    "updated_at",
    "status",
    "checksum",
    "size",
    "virtual_size",
    "direct_url",
    "self",
    "file",
    "schema",
    "stores",
    "id",
    "os_hash_algo",
    "os_hash_value",
];

/// Names that no custom property may have.
const RESERVED: [&str; 3] = ["location", "deleted", "deleted_at"];

/// Custom properties that begin so belong to the service itself.
pub const RESERVED_PREFIX: &str = "os_glance";

/// Refuses attributes that only the server writes.
pub(super) fn refuse_read_only(name: &str) -> Result<()> {
    if READ_ONLY.contains(&name) {
        return Err(Error::forbidden(format!("Attribute '{name}' is read-only.")));
    }
    Ok(())
}

/// Refuses reserved names.
pub(super) fn refuse_reserved(name: &str) -> Result<()> {
    if RESERVED.contains(&name) || name.starts_with(RESERVED_PREFIX) { Err(reserved(name)) } else { Ok(()) }
}

/// What a client reads about a reserved name.
pub(crate) fn reserved(name: &str) -> Error {
    Error::forbidden(format!("Attribute '{name}' is reserved."))
}

/// A value for one writable attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Assignment {
    Name(Option<String>),
    Visibility(Visibility),
    Hidden(bool),
    Protected(bool),
    DiskFormat(Option<String>),
    ContainerFormat(Option<String>),
    MinDisk(u32),
    MinRam(u32),
    Owner(Option<ProjectId>),
    Tags(BTreeSet<String>),
    Property(String, String),
}

/// What a name and a value of a request are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Something a client may write.
    Writable(Assignment),
    /// The id.
    Id(ImageId),
    /// The server's, with a value of the right shape.
    ReadOnly,
    /// `locations`, with a value of the right shape.
    Locations,
}

/// Reads `value` for the attribute `name`, as the image schema has it.
///
/// # Errors
/// Invalid for a value of the wrong shape.
pub(super) fn parse(name: &str, value: &Value, formats: &Formats) -> Result<Parsed> {
    let writable = |assignment| Ok(Parsed::Writable(assignment));
    match name {
        "name" => writable(Assignment::Name(optional_text(name, value, MAX_CHARS)?)),
        "owner" => writable(Assignment::Owner(optional_text(name, value, MAX_CHARS)?.map(ProjectId::new))),
        "visibility" => match value.as_str().and_then(Visibility::parse) {
            Some(visibility) => writable(Assignment::Visibility(visibility)),
            None => Err(not_one_of(name, value, ["community", "public", "private", "shared"].into_iter())),
        },
        "os_hidden" => writable(Assignment::Hidden(boolean(name, value)?)),
        "protected" => writable(Assignment::Protected(boolean(name, value)?)),
        "disk_format" => writable(Assignment::DiskFormat(format(name, value, &formats.disk)?)),
        "container_format" => writable(Assignment::ContainerFormat(format(name, value, &formats.container)?)),
        "min_disk" => writable(Assignment::MinDisk(size(name, value)?)),
        "min_ram" => writable(Assignment::MinRam(size(name, value)?)),
        "tags" => writable(Assignment::Tags(tags(value)?)),
        "id" => match value.as_str().map(ImageId::parse) {
            Some(Some(id)) => Ok(Parsed::Id(id)),
            Some(None) => Err(mismatch(name, &format!("{value} does not have the form of a UUID"))),
            None => Err(wrong_type(name, value, "'string'")),
        },
        "checksum" => read_only(optional_text(name, value, 32).map(drop)),
        "os_hash_algo" => read_only(optional_text(name, value, 64).map(drop)),
        "os_hash_value" => read_only(optional_text(name, value, 128).map(drop)),
        "size" | "virtual_size" => {
            if value.is_null() || integer(value).is_some() {
                Ok(Parsed::ReadOnly)
            } else {
                Err(wrong_type(name, value, "'null', 'integer'"))
            }
        }
        "status" => match value.as_str().and_then(super::Status::parse) {
            Some(_) => Ok(Parsed::ReadOnly),
            None => Err(not_one_of(name, value, super::Status::ALL.iter().map(|status| status.as_str()))),
        },
        "created_at" | "updated_at" | "direct_url" | "self" | "file" | "schema" | "stores" => {
            read_only(text(name, value).map(drop))
        }
        "locations" => locations(value).map(|()| Parsed::Locations),
        _ => {
            let value = text(name, value)?;
            let length = name.chars().count();
            if length > MAX_CHARS {
                return Err(Error::invalid("Custom property should not be greater than 255 characters."));
            }
            if length == 0 {
                return Err(Error::invalid("The name of a custom property can't be empty."));
            }
            if has_4_bytes(name) {
                return Err(Error::invalid("Property names can't contain 4 byte unicode."));
            }
            refuse_nul("Property names", name)?;
            Ok(Parsed::Writable(Assignment::Property(name.to_owned(), storable(name, value)?.to_owned())))
        }
    }
}

fn read_only(checked: Result<()>) -> Result<Parsed> {
    checked.map(|()| Parsed::ReadOnly)
}

/// Whether Glance's databases could not hold it: characters beyond the basic plane take four bytes in UTF-8.
fn has_4_bytes(text: &str) -> bool {
    text.chars().any(|c| c > '\u{ffff}')
}

fn refuse_nul(what: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid(format!("{what} can't contain NUL characters.")));
    }
    Ok(())
}

/// A text that every database keeps as it is.
fn storable<'a>(name: &str, text: &'a str) -> Result<&'a str> {
    if has_4_bytes(text) {
        return Err(Error::invalid(format!("{} can't contain 4 byte unicode characters.", title(name))));
    }
    refuse_nul(&title(name), text)?;
    Ok(text)
}

/// Each word with a capital, as the reference writes names in messages.
fn title(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut inside = false;
    for c in name.chars() {
        if inside {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        inside = c.is_alphabetic();
    }
    out
}

fn mismatch(name: &str, reason: &str) -> Error {
    Error::invalid(format!("Provided object does not match schema 'image': {reason} (on instance['{name}'])"))
}

/// The value as a message shows it: never much of it.
fn shown(value: &Value) -> String {
    const MOST: usize = 64;
    let text = value.to_string();
    if text.chars().count() > MOST { format!("{}…", text.chars().take(MOST).collect::<String>()) } else { text }
}

fn wrong_type(name: &str, value: &Value, types: &str) -> Error {
    mismatch(name, &format!("{} is not of type {types}", shown(value)))
}

fn not_one_of<'a>(name: &str, value: &Value, allowed: impl Iterator<Item = &'a str>) -> Error {
    let allowed: Vec<_> = allowed.map(|word| format!("'{word}'")).collect();
    mismatch(name, &format!("{} is not one of [{}]", shown(value), allowed.join(", ")))
}

fn text<'a>(name: &str, value: &'a Value) -> Result<&'a str> {
    value.as_str().ok_or_else(|| wrong_type(name, value, "'string'"))
}

fn optional_text(name: &str, value: &Value, most: usize) -> Result<Option<String>> {
    if value.is_null() {
        return Ok(None);
    }
    let text = value.as_str().ok_or_else(|| wrong_type(name, value, "'null', 'string'"))?;
    if text.chars().count() > most {
        return Err(mismatch(name, &format!("{} is too long", shown(value))));
    }
    Ok(Some(storable(name, text)?.to_owned()))
}

fn boolean(name: &str, value: &Value) -> Result<bool> {
    value.as_bool().ok_or_else(|| wrong_type(name, value, "'boolean'"))
}

fn format(name: &str, value: &Value, configured: &[String]) -> Result<Option<String>> {
    if value.is_null() {
        return Ok(None);
    }
    match value.as_str().filter(|text| configured.iter().any(|format| format == text)) {
        Some(text) => Ok(Some(text.to_owned())),
        None => {
            let allowed = configured.iter().map(String::as_str);
            Err(not_one_of(name, value, std::iter::once("None").chain(allowed)))
        }
    }
}

/// An integer as JSON schema has it: `1.0` is one, `true` is none.
fn integer(value: &Value) -> Option<i128> {
    let number = value.as_number()?;
    if let Some(whole) = number.as_i128() {
        return Some(whole);
    }
    // Exact for every magnitude that can pass the range checks; larger ones saturate.
    #[expect(clippy::cast_possible_truncation, reason = "whole numbers only; the cast saturates")]
    number.as_f64().filter(|float| float.fract() == 0.0).map(|float| float as i128)
}

/// `min_disk` and `min_ram`: what a signed 32-bit column holds.
fn size(name: &str, value: &Value) -> Result<u32> {
    const MOST: u32 = i32::MAX as u32;
    let number = integer(value).ok_or_else(|| wrong_type(name, value, "'integer'"))?;
    let invalid =
        |words: &str| Error::invalid(format!("Invalid value '{}' for parameter '{name}': {words}", shown(value)));
    if number < 0 {
        return Err(invalid("Cannot be a negative value"));
    }
    u32::try_from(number)
        .ok()
        .filter(|number| *number <= MOST)
        .ok_or_else(|| invalid(&format!("Cannot be greater than {MOST}")))
}

/// One tag.
pub(super) fn tag(text: &str) -> Result<()> {
    if text.chars().count() > MAX_CHARS {
        return Err(mismatch("tags", "a tag is too long"));
    }
    refuse_nul("Tags", text)
}

fn tags(value: &Value) -> Result<BTreeSet<String>> {
    let items = value.as_array().ok_or_else(|| wrong_type("tags", value, "'array'"))?;
    let mut tags = BTreeSet::new();
    for item in items {
        let text = text("tags", item)?;
        tag(text)?;
        if has_4_bytes(text) {
            return Err(Error::invalid("Param values can't contain 4 byte unicode."));
        }
        tags.insert(text.to_owned());
    }
    Ok(tags)
}

/// The shape of `locations`, which is all that is checked of them while clients may not write them.
pub(super) fn locations(value: &Value) -> Result<()> {
    let items = value.as_array().ok_or_else(|| wrong_type("locations", value, "'array'"))?;
    items.iter().try_for_each(location)
}

/// The shape of one element of `locations`.
pub(super) fn location(value: &Value) -> Result<()> {
    let fields = value.as_object().ok_or_else(|| wrong_type("locations", value, "'object'"))?;
    let field =
        |name: &str| fields.get(name).ok_or_else(|| mismatch("locations", &format!("'{name}' is a required property")));
    if text("locations", field("url")?)?.chars().count() > MAX_CHARS {
        return Err(mismatch("locations", "a url is too long"));
    }
    if !field("metadata")?.is_object() {
        return Err(wrong_type("locations", field("metadata")?, "'object'"));
    }
    match fields.get("validation_data") {
        Some(data) if !data.is_object() => Err(wrong_type("locations", data, "'object'")),
        Some(_) | None => Ok(()),
    }
}
