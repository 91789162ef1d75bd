//! What a rule is evaluated against.

use std::{borrow::Cow, fmt};

use crate::{
    Caller, Timestamp,
    image::{Image, ImageView, Visibility},
};

/// What a rule is evaluated against: attributes by name.
pub trait Target {
    /// The attribute as Python writes it (`None` for null, `True`, `False`); no value when there is no such attribute.
    fn attribute(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// A target made on the spot, for rules about no particular thing.
impl<const N: usize> Target for [(&str, &str); N] {
    fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| Cow::Borrowed(*value))
    }
}

/// An image as rules see it: its attributes, `project_id` for its owner, `member_id` for the caller's project when
/// that reaches the image as a member, and its custom properties.
#[derive(Clone, Copy)]
pub(crate) struct ImageTarget<'a> {
    image: &'a Image,
    member: Option<&'a str>,
}

impl<'a> ImageTarget<'a> {
    /// Of an image as `caller` reaches it.
    pub(crate) fn of(view: &'a ImageView, caller: &Caller) -> Self {
        let image = &view.image;
        let member = view.membership.as_ref().map(|membership| membership.member.as_str()).filter(|member| {
            image.visibility == Visibility::Shared
                && caller
                    .project()
                    .is_some_and(|project| project.as_str() == *member && image.owner.as_ref() != Some(project))
        });
        Self { image, member }
    }

    /// Of an image that is about to be.
    pub(crate) fn new(image: &'a Image) -> Self {
        Self { image, member: None }
    }
}

fn text(value: Option<&str>) -> Cow<'_, str> {
    Cow::Borrowed(value.unwrap_or("None"))
}

fn number(value: Option<impl fmt::Display>) -> Cow<'static, str> {
    value.map_or(Cow::Borrowed("None"), |value| Cow::Owned(value.to_string()))
}

fn truth(value: bool) -> Cow<'static, str> {
    Cow::Borrowed(if value { "True" } else { "False" })
}

fn instant(value: Timestamp) -> Cow<'static, str> {
    Cow::Owned(value.to_iso_seconds().replace('T', " ").replace('Z', "+00:00"))
}

impl Target for ImageTarget<'_> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        let image = self.image;
        Some(match name {
            "project_id" | "owner" => text(image.owner.as_ref().map(crate::ProjectId::as_str)),
            "member_id" | "member" => text(self.member),
            "visibility" => Cow::Borrowed(image.visibility.as_str()),
            "id" | "image_id" => Cow::Borrowed(image.id.as_str()),
            "name" => text(image.name.as_deref()),
            "status" => Cow::Borrowed(image.status.as_str()),
            "protected" => truth(image.protected),
            "os_hidden" => truth(image.hidden),
            "disk_format" => text(image.disk_format.as_deref()),
            "container_format" => text(image.container_format.as_deref()),
            "min_disk" => number(Some(image.min_disk)),
            "min_ram" => number(Some(image.min_ram)),
            "size" => number(image.size),
            "virtual_size" => number(image.virtual_size),
            "checksum" => text(image.checksum.as_deref()),
            "os_hash_algo" => text(image.os_hash_algo.as_deref()),
            "os_hash_value" => text(image.os_hash_value.as_deref()),
            "created_at" => instant(image.created_at),
            "updated_at" => instant(image.updated_at),
            property => Cow::Borrowed(image.properties.get(property)?.as_str()),
        })
    }
}
