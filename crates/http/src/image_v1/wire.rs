//! Values of the house as the Image API v1 writes them in JSON.

use std::{borrow::Cow, collections::BTreeMap};

use salon_core::{
    Timestamp,
    image::{Image, RESERVED_PREFIX, Visibility, v1::fields::v1_name},
    membership::Membership,
};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// How much a list tells of each image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Six fields.
    Brief,
    /// All of them.
    Detail,
}

/// An instant as v1 has it: UTC in microseconds, without a zone.
pub(super) fn bare_instant(at: Timestamp) -> String {
    let mut text = at.to_iso_micros();
    if text.ends_with('Z') {
        text.pop();
    }
    text
}

/// The name under which v1 shows a property; `None` for the service's own, and for one whose name another one has
/// exactly, or has too and comes before it: that one is the one an update changes.
pub(super) fn shown_property<'a>(name: &'a str, all: &BTreeMap<String, String>) -> Option<Cow<'a, str>> {
    if name.starts_with(RESERVED_PREFIX) {
        return None;
    }
    let shown = v1_name(name);
    if shown == name {
        return Some(Cow::Borrowed(name));
    }
    let earlier = || all.keys().take_while(|other| other.as_str() < name).any(|other| v1_name(other) == shown);
    (!all.contains_key(&shown) && !earlier()).then_some(Cow::Owned(shown))
}

/// An image in an answer.
pub(super) struct ImageBody<'a> {
    pub(super) image: &'a Image,
    pub(super) entry: Entry,
}

impl Serialize for ImageBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let image = self.image;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", image.id.as_str())?;
        map.serialize_entry("name", &image.name)?;
        map.serialize_entry("size", &image.size.unwrap_or(0))?;
        map.serialize_entry("disk_format", &image.disk_format)?;
        map.serialize_entry("container_format", &image.container_format)?;
        map.serialize_entry("checksum", &image.checksum)?;
        if self.entry == Entry::Detail {
            map.serialize_entry("status", image.status.as_str())?;
            map.serialize_entry("is_public", &(image.visibility == Visibility::Public))?;
            map.serialize_entry("owner", &image.owner)?;
            map.serialize_entry("min_disk", &image.min_disk)?;
            map.serialize_entry("min_ram", &image.min_ram)?;
            map.serialize_entry("protected", &image.protected)?;
            map.serialize_entry("deleted", &false)?;
            map.serialize_entry("deleted_at", &None::<&str>)?;
            map.serialize_entry("created_at", &bare_instant(image.created_at))?;
            map.serialize_entry("updated_at", &bare_instant(image.updated_at))?;
            map.serialize_entry("virtual_size", &image.virtual_size)?;
            // Of two spellings of one name v1 shows one, as in its headers.
            let properties: BTreeMap<Cow<'_, str>, &str> = image
                .properties
                .iter()
                .filter_map(|(name, value)| Some((shown_property(name, &image.properties)?, value.as_str())))
                .collect();
            map.serialize_entry("properties", &properties)?;
        }
        map.end()
    }
}

/// `{"image": {…}}`
#[derive(Serialize)]
pub(super) struct One<'a> {
    pub(super) image: ImageBody<'a>,
}

/// `{"images": […]}`
#[derive(Serialize)]
pub(super) struct Many<'a> {
    pub(super) images: Vec<ImageBody<'a>>,
}

/// A member of an image.
#[derive(Serialize)]
pub(super) struct MemberBody<'a> {
    member_id: &'a str,
    can_share: bool,
}

impl<'a> MemberBody<'a> {
    pub(super) fn of(membership: &'a Membership) -> Self {
        Self { member_id: &membership.member, can_share: membership.can_share }
    }
}

/// `{"members": […]}`
#[derive(Serialize)]
pub(super) struct Members<'a> {
    pub(super) members: Vec<MemberBody<'a>>,
}

/// `{"member": {…}}`
#[derive(Serialize)]
pub(super) struct OneMember<'a> {
    pub(super) member: MemberBody<'a>,
}

/// An image of a member.
#[derive(Serialize)]
pub(super) struct SharedImage<'a> {
    image_id: &'a str,
    can_share: bool,
}

impl<'a> SharedImage<'a> {
    pub(super) fn of(membership: &'a Membership) -> Self {
        Self { image_id: &membership.thing.id, can_share: membership.can_share }
    }
}

/// `{"shared_images": […]}`
#[derive(Serialize)]
pub(super) struct SharedImages<'a> {
    pub(super) shared_images: Vec<SharedImage<'a>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_no_zone() {
        assert_eq!(bare_instant(Timestamp(1_000_001)), "1970-01-01T00:00:01.000001");
    }

    #[test]
    fn one_spelling_of_a_property_is_shown() {
        let all: BTreeMap<String, String> = ["a_b", "A-b", "Kernel-Id", "kernel-ID", "os_glance_x"]
            .iter()
            .map(|name| ((*name).to_owned(), String::new()))
            .collect();
        let shown: Vec<Option<Cow<'_, str>>> = all.keys().map(|name| shown_property(name, &all)).collect();
        assert_eq!(shown, [None, Some("kernel_id".into()), Some("a_b".into()), None, None]);
    }
}
