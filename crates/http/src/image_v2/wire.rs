//! Values of the house as the Image API v2 writes them.
//!
//! Field order and spacing are the reference's, so answers can be compared byte by byte. Each answer is written into
//! one buffer, without an intermediate tree.

use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use salon_core::{ImageId, image::Image, membership::Membership};

use crate::{
    image_v2::json::{Object, key, push_list, push_text},
    kit::{Body, Response, answer},
};

/// A guess at the size of one image in JSON, in bytes.
const IMAGE_ROOM: usize = 1024;

/// A guess at the size of one membership in JSON, in bytes.
const MEMBER_ROOM: usize = 320;

/// Properties that belong to the server and are never shown.
const HIDDEN_PROPERTIES: [&str; 2] = ["os_glance_stage_host", "os_glance_hash_op_host"];

/// Members of every image answer; a custom property of such a name (old rows may have one) is shadowed by them.
pub(crate) const BASE: [&str; 25] = [
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

/// An image: custom properties first.
pub(crate) fn image(image: &Image) -> String {
    let mut out = String::with_capacity(IMAGE_ROOM);
    push_image(&mut out, image);
    out
}

/// One page of a list, with the links to the first page and to the next, if there is one.
pub(crate) fn images(images: &[Image], first: &str, next: Option<&str>) -> String {
    let mut out = String::with_capacity(IMAGE_ROOM * (images.len() + 1));
    let mut page = Object::begin(&mut out);
    push_list(page.value(key!("images")), images, push_image);
    page.text(key!("first"), first);
    page.text(key!("schema"), "/v2/schemas/images");
    if let Some(next) = next {
        page.text(key!("next"), next);
    }
    page.end();
    out
}

/// A membership of an image.
pub(crate) fn member(member: &Membership) -> String {
    let mut out = String::with_capacity(MEMBER_ROOM);
    push_member(&mut out, member);
    out
}

/// A guest list.
pub(crate) fn members(members: &[Membership]) -> String {
    let mut out = String::with_capacity(MEMBER_ROOM * (members.len() + 1));
    let mut list = Object::begin(&mut out);
    push_list(list.value(key!("members")), members, push_member);
    list.text(key!("schema"), "/v2/schemas/members");
    list.end();
    out
}

fn push_image(out: &mut String, image: &Image) {
    let mut object = Object::begin(out);
    for (name, value) in &image.properties {
        if !HIDDEN_PROPERTIES.contains(&name.as_str()) && BASE.binary_search(&name.as_str()).is_err() {
            object.member(name, value);
        }
    }
    object.optional_text(key!("name"), image.name.as_deref());
    object.optional_text(key!("disk_format"), image.disk_format.as_deref());
    object.optional_text(key!("container_format"), image.container_format.as_deref());
    object.text(key!("visibility"), image.visibility.as_str());
    object.optional_number(key!("size"), image.size);
    object.optional_number(key!("virtual_size"), image.virtual_size);
    object.text(key!("status"), image.status.as_str());
    object.optional_text(key!("checksum"), image.checksum.as_deref());
    object.flag(key!("protected"), image.protected);
    object.number(key!("min_ram"), u64::from(image.min_ram));
    object.number(key!("min_disk"), u64::from(image.min_disk));
    object.optional_text(key!("owner"), image.owner.as_ref().map(|owner| owner.as_str()));
    object.flag(key!("os_hidden"), image.hidden);
    object.optional_text(key!("os_hash_algo"), image.os_hash_algo.as_deref());
    object.optional_text(key!("os_hash_value"), image.os_hash_value.as_deref());
    object.text(key!("id"), image.id.as_str());
    object.text(key!("created_at"), &image.created_at.to_iso_seconds());
    object.text(key!("updated_at"), &image.updated_at.to_iso_seconds());
    push_list(object.value(key!("tags")), &image.tags, |out, tag| push_text(out, tag));
    push_path(object.value(key!("self")), &image.id, "");
    push_path(object.value(key!("file")), &image.id, "/file");
    object.text(key!("schema"), "/v2/schemas/image");
    object.end();
}

/// The path of an image, or of a part of it. Ids are hexadecimal digits and hyphens.
fn push_path(out: &mut String, id: &ImageId, part: &str) {
    for piece in ["\"/v2/images/", id.as_str(), part, "\""] {
        out.push_str(piece);
    }
}

fn push_member(out: &mut String, member: &Membership) {
    let mut object = Object::begin(out);
    object.text(key!("member_id"), &member.member);
    object.text(key!("image_id"), &member.thing.id);
    object.text(key!("status"), member.status.as_str());
    object.text(key!("created_at"), &member.created_at.to_iso_seconds());
    object.text(key!("updated_at"), &member.updated_at.to_iso_seconds());
    object.text(key!("schema"), "/v2/schemas/member");
    object.end();
}

/// An answer with a JSON body.
pub(crate) fn json(status: StatusCode, body: impl Into<bytes::Bytes>) -> Response {
    answer::json_body(status, Body::bytes(body))
}

/// 204. The reference's toolkit gives most of them a content type, which clients have come to see; `typed` says so.
pub(crate) fn no_content(typed: bool) -> Response {
    let mut response = answer::no_content();
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

    #[test]
    fn an_image_has_the_reference_order() {
        assert!(BASE.is_sorted());
        assert_eq!(super::image(&image()), IMAGE);
    }

    #[test]
    fn a_page_has_links() {
        let images = [image(), image()];
        let page = |next| super::images(&images, "/v2/images?limit=2", next);
        assert_eq!(
            page(Some("/v2/images?limit=2&marker=x")),
            format!(
                "{{\"images\": [{IMAGE}, {IMAGE}], \"first\": \"/v2/images?limit=2\", \
                 \"schema\": \"/v2/schemas/images\", \"next\": \"/v2/images?limit=2&marker=x\"}}"
            )
        );
        assert!(!page(None).contains("next"));
        assert_eq!(
            super::images(&[], "/v2/images", None),
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
            invited_by: None,
            created_at: Timestamp(0),
            updated_at: Timestamp(1_000_000),
        };
        let one = r#"{"member_id": "554433", "image_id": "i", "status": "pending", "created_at": "1970-01-01T00:00:00Z", "updated_at": "1970-01-01T00:00:01Z", "schema": "/v2/schemas/member"}"#;
        assert_eq!(super::member(&member), one);
        assert_eq!(
            super::members(&[member.clone(), member]),
            format!("{{\"members\": [{one}, {one}], \"schema\": \"/v2/schemas/members\"}}")
        );
        assert_eq!(super::members(&[]), "{\"members\": [], \"schema\": \"/v2/schemas/members\"}");
    }
}
