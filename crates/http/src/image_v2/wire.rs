//! Values of the house as the Image API v2 writes them.
//!
//! Field order and the spaces behind commas and colons are the reference's, so answers can be compared byte by byte.
//! Each answer is written into one buffer, without an intermediate tree.

use std::io;

use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use salon_core::{Error, Result, image::Image, membership::Membership};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

use crate::kit::{Body, Response};

/// Properties that belong to the server and are never shown.
const HIDDEN_PROPERTIES: [&str; 2] = ["os_glance_stage_host", "os_glance_hash_op_host"];

/// Members of every image answer; a custom property of such a name (old rows may have one) is shadowed by them.
const BASE: [&str; 25] = [
    "checksum",
    "container_format",
    "created_at",
    "direct_url",
    "disk_format",
    "file",
    "id",
    "locations",
    "min_disk",
    "min_ram",
    "name",
    "os_hash_algo",
    "os_hash_value",
    "os_hidden",
    "owner",
    "protected",
    "schema",
    "self",
    "size",
    "status",
    "stores",
    "tags",
    "updated_at",
    "virtual_size",
    "visibility",
];

/// An image as a JSON object: custom properties first.
pub(crate) struct ImageBody<'a>(pub(crate) &'a Image);

impl Serialize for ImageBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let image = self.0;
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in &image.properties {
            if !HIDDEN_PROPERTIES.contains(&name.as_str()) && BASE.binary_search(&name.as_str()).is_err() {
                map.serialize_entry(name, value)?;
            }
        }
        map.serialize_entry("name", &image.name)?;
        map.serialize_entry("disk_format", &image.disk_format)?;
        map.serialize_entry("container_format", &image.container_format)?;
        map.serialize_entry("visibility", image.visibility.as_str())?;
        map.serialize_entry("size", &image.size)?;
        map.serialize_entry("virtual_size", &image.virtual_size)?;
        map.serialize_entry("status", image.status.as_str())?;
        map.serialize_entry("checksum", &image.checksum)?;
        map.serialize_entry("protected", &image.protected)?;
        map.serialize_entry("min_ram", &image.min_ram)?;
        map.serialize_entry("min_disk", &image.min_disk)?;
        map.serialize_entry("owner", &image.owner)?;
        map.serialize_entry("os_hidden", &image.hidden)?;
        map.serialize_entry("os_hash_algo", &image.os_hash_algo)?;
        map.serialize_entry("os_hash_value", &image.os_hash_value)?;
        map.serialize_entry("id", image.id.as_str())?;
        map.serialize_entry("created_at", &image.created_at.to_iso_seconds())?;
        map.serialize_entry("updated_at", &image.updated_at.to_iso_seconds())?;
        map.serialize_entry("tags", &image.tags)?;
        map.serialize_entry("self", &format_args!("/v2/images/{}", image.id))?;
        map.serialize_entry("file", &format_args!("/v2/images/{}/file", image.id))?;
        map.serialize_entry("schema", "/v2/schemas/image")?;
        map.end()
    }
}

/// One page of a list.
pub(crate) struct ImagesBody<'a> {
    /// The page.
    pub(crate) images: &'a [Image],
    /// Link to the first page.
    pub(crate) first: &'a str,
    /// Link to the next page, if there is one.
    pub(crate) next: Option<&'a str>,
}

impl Serialize for ImagesBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("images", &Sequence(self.images, ImageBody))?;
        map.serialize_entry("first", self.first)?;
        map.serialize_entry("schema", "/v2/schemas/images")?;
        if let Some(next) = self.next {
            map.serialize_entry("next", next)?;
        }
        map.end()
    }
}

/// A membership of an image.
pub(crate) struct MemberBody<'a>(pub(crate) &'a Membership);

impl Serialize for MemberBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let member = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("member_id", &member.member)?;
        map.serialize_entry("image_id", &member.thing.id)?;
        map.serialize_entry("status", member.status.as_str())?;
        map.serialize_entry("created_at", &member.created_at.to_iso_seconds())?;
        map.serialize_entry("updated_at", &member.updated_at.to_iso_seconds())?;
        map.serialize_entry("schema", "/v2/schemas/member")?;
        map.end()
    }
}

/// A guest list.
pub(crate) struct MembersBody<'a>(pub(crate) &'a [Membership]);

impl Serialize for MembersBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("members", &Sequence(self.0, MemberBody))?;
        map.serialize_entry("schema", "/v2/schemas/members")?;
        map.end()
    }
}

/// A slice whose elements are written through a wrapper.
struct Sequence<'a, T, W>(&'a [T], fn(&'a T) -> W);

impl<T, W: Serialize> Serialize for Sequence<'_, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for element in self.0 {
            sequence.serialize_element(&(self.1)(element))?;
        }
        sequence.end()
    }
}

/// JSON with a space behind each comma and colon, as the reference writes it.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// Writes a value; `room` is a guess at its size in bytes.
///
/// # Errors
/// Internal, for a value that is no JSON: a defect.
pub(crate) fn to_bytes<T: Serialize + ?Sized>(value: &T, room: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::with_capacity(room);
    value
        .serialize(&mut serde_json::Serializer::with_formatter(&mut buffer, Spaced))
        .map_err(|error| Error::internal("an answer could not be written as JSON").with_source(error))?;
    Ok(buffer)
}

/// An answer with a JSON body.
///
/// # Errors
/// As [`to_bytes`].
pub(crate) fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T, room: usize) -> Result<Response> {
    Ok(raw_json(status, to_bytes(value, room)?))
}

/// An answer whose JSON body is written already.
pub(crate) fn raw_json(status: StatusCode, body: impl Into<bytes::Bytes>) -> Response {
    let mut response = Response::new(Body::bytes(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 204. The reference's toolkit gives most of them a content type, which clients have come to see; `typed` says so.
pub(crate) fn no_content(typed: bool) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if typed {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=UTF-8"));
    }
    response
}

#[cfg(test)]
mod tests {
    use salon_core::{
        ImageId, ProjectId, Timestamp,
        image::{Status, Visibility},
        membership::{MemberRole, MemberStatus, ThingKind, ThingRef},
    };

    use super::*;

    fn image() -> Image {
        Image {
            id: ImageId::parse("a96be11e-8536-4910-92cb-de50aa19dfe6").unwrap(),
            name: Some("caf\u{e9} \"1\"\n\u{1}".into()),
            owner: Some(ProjectId::new("alpha")),
            status: Status::Active,
            visibility: Visibility::Shared,
            hidden: false,
            protected: true,
            disk_format: Some("raw".into()),
            container_format: None,
            min_disk: 1,
            min_ram: 2,
            size: Some(1 << 40),
            virtual_size: None,
            checksum: Some("d41d8cd98f00b204e9800998ecf8427e".into()),
            os_hash_algo: None,
            os_hash_value: None,
            created_at: Timestamp(1_379_705_000_999_999),
            updated_at: Timestamp(1_379_705_001_000_000),
            tags: ["b", "a"].map(str::to_owned).into(),
            properties: [("zz", ""), ("os_glance_stage_host", "h"), ("checksum", "shadow"), ("a.b", "1")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            location: None,
            revision: 1,
        }
    }

    const IMAGE: &str = r#"{"a.b": "1", "zz": "", "name": "café \"1\"\n\u0001", "disk_format": "raw", "container_format": null, "visibility": "shared", "size": 1099511627776, "virtual_size": null, "status": "active", "checksum": "d41d8cd98f00b204e9800998ecf8427e", "protected": true, "min_ram": 2, "min_disk": 1, "owner": "alpha", "os_hidden": false, "os_hash_algo": null, "os_hash_value": null, "id": "a96be11e-8536-4910-92cb-de50aa19dfe6", "created_at": "2013-09-20T19:23:20Z", "updated_at": "2013-09-20T19:23:21Z", "tags": ["a", "b"], "self": "/v2/images/a96be11e-8536-4910-92cb-de50aa19dfe6", "file": "/v2/images/a96be11e-8536-4910-92cb-de50aa19dfe6/file", "schema": "/v2/schemas/image"}"#;

    fn text<T: Serialize>(value: &T) -> String {
        String::from_utf8(to_bytes(value, 0).unwrap()).unwrap()
    }

    #[test]
    fn an_image_has_the_reference_order() {
        assert!(BASE.is_sorted());
        assert_eq!(text(&ImageBody(&image())), IMAGE);
    }

    #[test]
    fn a_page_has_links() {
        let images = [image(), image()];
        let page = |next| text(&ImagesBody { images: &images, first: "/v2/images?limit=2", next });
        assert_eq!(
            page(Some("/v2/images?limit=2&marker=x")),
            format!(
                "{{\"images\": [{IMAGE}, {IMAGE}], \"first\": \"/v2/images?limit=2\", \
                 \"schema\": \"/v2/schemas/images\", \"next\": \"/v2/images?limit=2&marker=x\"}}"
            )
        );
        assert!(!page(None).contains("next"));
        assert_eq!(
            text(&ImagesBody { images: &[], first: "/v2/images", next: None }),
            "{\"images\": [], \"first\": \"/v2/images\", \"schema\": \"/v2/schemas/images\"}"
        );
    }

    #[test]
    fn members_have_the_reference_order() {
        let member = Membership {
            thing: ThingRef { kind: ThingKind::Image, id: "i".into() },
            member: "554433".into(),
            status: MemberStatus::Pending,
            role: MemberRole::Member,
            can_share: false,
            created_at: Timestamp(0),
            updated_at: Timestamp(1_000_000),
        };
        let one = r#"{"member_id": "554433", "image_id": "i", "status": "pending", "created_at": "1970-01-01T00:00:00Z", "updated_at": "1970-01-01T00:00:01Z", "schema": "/v2/schemas/member"}"#;
        assert_eq!(text(&MemberBody(&member)), one);
        assert_eq!(
            text(&MembersBody(&[member.clone(), member])),
            format!("{{\"members\": [{one}, {one}], \"schema\": \"/v2/schemas/members\"}}")
        );
        assert_eq!(text(&MembersBody(&[])), "{\"members\": [], \"schema\": \"/v2/schemas/members\"}");
    }
}
