//! Metadata in headers, and bodies about members (Image API v1).

use salon_core::{
    image::{
        Image, Visibility,
        actions::Modify,
        draft::{Draft, Formats},
        v1::fields::v1_name,
    },
    limits::Limits,
};
use salon_http::{image_v1::fuzz as door, image_v2::fuzz::json};
use serde_json::Value;

use crate::given::{ID, NOW, choice, headers as read_lines, owner, policy, view};

pub(crate) const WORDS: &[&str] = &[
    "x-image-meta-name: a",
    "X-Image-Meta-Property-",
    "x-image-meta-disk_format: raw",
    "x-image-meta-Container-Format: bare",
    "x-image-meta-size: ",
    "x-image-meta-is_public: True",
    "x-image-meta-id: ",
    ID,
    "\n",
    "_",
    "-",
    "%2F",
    "%C3%BC",
    "user-agent: \
     python-glanceclient",
    ": ",
    "x-image-meta-checksum: ",
    "x-image-meta-created_at: 2026-01-31T00:00:00",
    "x-image-meta-owner: ",
    "x-image-meta-location: http://h/",
    "os_distro",
    "kernel_id: 7",
    "x-image-meta-min_ram: 2147483648",
];

pub(crate) const MEMBER_WORDS: &[&str] = &[
    "{\"memberships\": [",
    "{\"members\": [",
    "{\"member_id\": \"t\"",
    ", \"can_share\": ",
    "true",
    "\"False\"",
    "0",
    "null",
    "}",
    "]",
    "{\"member\": {",
    "\\u0000",
    "[",
];

/// Headers as they come, applied to an image.
pub(crate) fn headers(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let formats = Formats::default();
    let request = read_lines(rest);
    let Ok(fields) = door::read_headers(&request, &formats) else { return };
    for (name, value) in &fields.properties {
        assert!(!name.is_empty() && *name == v1_name(name) && name.chars().count() <= 255);
        assert!(!name.starts_with("os_glance") && !name.contains('\0'));
        assert!(value.as_ref().is_none_or(|value| !value.contains('\0')));
    }
    let (admin, purge) = (first & 1 != 0, first & 2 != 0);
    let (policy, limits, caller) = (policy(), Limits::default(), owner(admin));
    let draft = fields.draft(policy, &caller);
    assert!(admin || draft.owner.is_none());
    let before = policy.permit::<Modify>(&caller, view()).expect("the owner's image");
    let Ok(Some(after)) = fields.apply(&before, &caller, policy, &limits, purge, NOW) else { return };
    assert_eq!(
        (&after.id, after.status, &after.location),
        (&before.image.id, before.image.status, &before.image.location)
    );
    assert!(admin || (after.visibility != Visibility::Public && after.owner == before.image.owner));
    assert_eq!(after.properties.get("os_glance_stage_host"), before.image.properties.get("os_glance_stage_host"));
    // Doing it twice changes nothing more.
    let permitted = policy.permit::<Modify>(&caller, salon_core::image::ImageView { image: after, membership: None });
    if let Ok(permitted) = permitted {
        assert_eq!(
            fields.apply(&permitted, &caller, policy, &limits, purge, NOW).expect("it was allowed before"),
            None
        );
    }
}

/// An image, made by a v2 body, as v1 shows it: in headers that stay headers, and in JSON that says the same.
pub(crate) fn written(data: &[u8]) {
    let formats = Formats::default();
    let Ok(body) = json(data) else { return };
    let Ok(draft) = Draft::from_json(&body, &formats) else { return };
    let fresh = salon_core::ImageId::parse(ID).expect("an id");
    let Ok(image) = draft.into_image(&owner(true), fresh, NOW, &Limits::default()) else { return };
    let headers = door::write_headers(&image);
    for (name, value) in &headers {
        assert!(name.as_str().starts_with("x-image-meta-") || name == "etag");
        assert!(!value.as_bytes().iter().any(|byte| *byte < 0x20 || *byte == 0x7f), "{name}");
        assert!(!name.as_str().starts_with("x-image-meta-property-os_glance"));
    }
    assert!(door::detail(&image).expect("it can be written").is_object());
    let listed = shown(&image);
    // What this server writes it can read, unless a property has a name that is an attribute's in v1.
    let Ok(fields) = door::read_headers(&headers, &formats) else {
        // Control characters are encoded, so a name with some can become longer than a name may be.
        let encoded = image.name.as_deref().is_some_and(|name| name.chars().any(char::is_control));
        let odd = |name: &String| is_taken(name) || name.chars().count() > 255;
        assert!(encoded || listed.iter().any(odd), "{headers:?}");
        return;
    };
    for (name, value) in &fields.properties {
        let exactly = image.properties.get_key_value(name);
        let original = exactly.or_else(|| image.properties.iter().find(|(own, _)| v1_name(own) == *name));
        let (_, original) = original.expect("nothing is made up");
        let clean = !original.chars().any(char::is_control);
        assert!(!clean || value.as_deref().unwrap_or_default() == original.trim(), "{name}");
    }
}

fn shown(image: &Image) -> Vec<String> {
    image.properties.keys().map(|name| v1_name(name)).collect()
}

/// Names that v1 does not let a client give to a property.
fn is_taken(name: &str) -> bool {
    let own = [
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
        "direct_url",
        "self",
        "file",
        "schema",
        "location",
        "deleted",
        "deleted_at",
    ];
    own.contains(&name) || name.starts_with("os_glance")
}

pub(crate) fn members(data: &[u8]) {
    let Ok(body) = serde_json::from_slice::<Value>(data) else { return };
    let _ = door::can_share(Some(&body));
    let Ok(grants) = door::grants(Some(&body)) else { return };
    for grant in &grants {
        let member = grant.member.as_str();
        assert!((1..=255).contains(&member.chars().count()) && !member.chars().any(char::is_control));
    }
    // The same list in the plainest form.
    let plain: Vec<Value> = grants
        .iter()
        .map(|grant| match grant.can_share {
            Some(flag) => serde_json::json!({"member_id": grant.member.as_str(), "can_share": flag}),
            None => serde_json::json!({"member_id": grant.member.as_str()}),
        })
        .collect();
    assert_eq!(door::grants(Some(&serde_json::json!({"memberships": plain}))).expect("the plainest form"), grants);
}
