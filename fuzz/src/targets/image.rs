//! Bodies about images: patches of both media types, and new images.

use std::collections::BTreeMap;

use salon_core::{
    image::{
        Image, Visibility,
        actions::Modify,
        draft::{Draft, Formats},
        patch::{Changes, PatchMedia},
        rackspace,
    },
    limits::Limits,
};
use salon_http::image_v2::fuzz as door;
use serde_json::{Map, Value};

use crate::given::{ID, NOW, choice, has_nul, owner, policy, view};

pub(crate) const PATCH_WORDS: &[&str] = &[
    "{\"op\": \"add\", \"path\": \"/",
    "\", \"value\": \"",
    "\"}, ",
    "replace",
    "remove",
    "~0",
    "~1",
    "/locations/-",
    "/tags",
    "/name",
    "/visibility",
    "public",
    "os_hidden",
    "os_glance",
    "min_ram",
    "Kernel-Id",
    "null",
    "true",
    "1.0",
    "[",
    "]",
    "\\u0000",
    "\\ud83d\\ude00",
    "1e400",
    "-1",
    "{\"add\": \"/",
    "\"owner\"",
];

fn formats() -> Formats {
    Formats::default()
}

/// Reads the body as the server does. It must agree with the plain reader on everything but texts with NUL.
fn body(text: &[u8]) -> Option<Value> {
    let plain = serde_json::from_slice::<Value>(text).ok().filter(|value| value.is_object() || value.is_array());
    match door::json(text) {
        Ok(value) => {
            assert_eq!(Some(&value), plain.as_ref());
            assert!(!has_nul(&value));
            Some(value)
        }
        Err(_) => {
            assert!(plain.is_none_or(|value| has_nul(&value)));
            None
        }
    }
}

pub(crate) fn json_patch(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let media = if first & 1 == 0 { PatchMedia::V20 } else { PatchMedia::V21 };
    let Some(body) = body(rest) else { return };
    let Ok(changes) = Changes::parse(media, &body, &formats()) else { return };
    let operations = plainly(media, &body);
    let names: Vec<&str> = changes.names().collect();
    assert_eq!(names, operations.iter().map(|operation| operation.name.as_str()).collect::<Vec<_>>());
    in_the_other_media_type(media, &operations, &changes);
    // What the dialect of 2013 refuses it refuses by these names.
    let _ = rackspace::patch::check(&changes);
    apply(&operations, &changes, first & 2 != 0);
}

/// An operation, read by somebody who knows that it is well formed.
struct Plain {
    op: String,
    pointer: String,
    /// The first name of the pointer.
    name: String,
    value: Option<Value>,
}

fn plainly(media: PatchMedia, body: &Value) -> Vec<Plain> {
    let operations = body.as_array().expect("a list was read");
    let read = |operation: &Value| {
        let fields = operation.as_object().expect("an object was read");
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let (op, pointer) = match media {
            PatchMedia::V21 => (text("op").expect("op"), text("path").expect("path")),
            PatchMedia::V20 => {
                let mut found = ["add", "remove", "replace"].into_iter().filter(|op| fields.contains_key(*op));
                let op = found.next().expect("an operation");
                assert!(found.next().is_none());
                (op.to_owned(), text(op).expect("a pointer"))
            }
        };
        let name = pointer.split('/').nth(1).expect("a name").replace("~1", "/").replace("~0", "~").trim().to_owned();
        Plain { op, pointer, name, value: fields.get("value").cloned() }
    };
    operations.iter().map(read).collect()
}

/// The same operations written for the other media type mean the same.
fn in_the_other_media_type(media: PatchMedia, operations: &[Plain], changes: &Changes) {
    let (other, translated): (_, Vec<Value>) = match media {
        PatchMedia::V20 => (PatchMedia::V21, operations.iter().map(v21).collect()),
        PatchMedia::V21 => (PatchMedia::V20, operations.iter().map(v20).collect()),
    };
    let again =
        Changes::parse(other, &Value::Array(translated), &formats()).expect("the other media type says the same");
    assert_eq!(again.names().collect::<Vec<_>>(), changes.names().collect::<Vec<_>>());
}

fn v21(operation: &Plain) -> Value {
    let mut fields = Map::from_iter([
        ("op".to_owned(), Value::from(operation.op.as_str())),
        ("path".to_owned(), Value::from(operation.pointer.as_str())),
    ]);
    fields.extend(operation.value.clone().map(|value| ("value".to_owned(), value)));
    Value::Object(fields)
}

fn v20(operation: &Plain) -> Value {
    let mut fields = Map::from_iter([(operation.op.clone(), Value::from(operation.pointer.as_str()))]);
    fields.extend(operation.value.clone().map(|value| ("value".to_owned(), value)));
    Value::Object(fields)
}

/// What an image after all changes must be.
fn apply(operations: &[Plain], changes: &Changes, admin: bool) {
    let policy = policy();
    let caller = owner(admin);
    let before = policy.permit::<Modify>(&caller, view()).expect("the owner's image");
    let Ok(after) = changes.apply(&before, &caller, policy, &Limits::default(), NOW) else { return };
    let old = &before.image;
    if !admin {
        assert_eq!(after.owner, old.owner);
        assert_ne!(after.visibility, Visibility::Public);
    }
    assert_eq!((&after.id, after.status, after.size), (&old.id, old.status, old.size));
    assert_eq!((&after.checksum, &after.location, after.revision), (&old.checksum, &old.location, old.revision));
    let mut properties: BTreeMap<&str, &str> =
        old.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for operation in operations.iter().filter(|operation| is_custom(&operation.name)) {
        match &operation.value {
            _ if operation.op == "remove" => {
                properties.remove(operation.name.as_str()).expect("only what is there is removed");
            }
            Some(Value::String(text)) => {
                let there = properties.insert(&operation.name, text).is_some();
                assert!(there || operation.op == "add", "only what is there is replaced");
            }
            _ => panic!("a property that is no text"),
        }
    }
    let found: BTreeMap<&str, &str> =
        after.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, properties);
    bounds(&after);
    shown(&after);
}

fn is_custom(name: &str) -> bool {
    const OWN: [&str; 11] = [
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
        "locations",
    ];
    !OWN.contains(&name)
}

/// What every image keeps to.
fn bounds(image: &Image) {
    let texts = [&image.name, &image.disk_format, &image.container_format].into_iter().flatten();
    for text in texts.chain(&image.tags).chain(image.properties.keys()) {
        assert!(text.chars().count() <= 255 && !text.contains('\0'));
    }
    assert!(image.properties.values().all(|value| !value.contains('\0')));
    assert!(image.tags.len() <= 128 && image.properties.len() <= 129);
    for format in [&image.disk_format, &image.container_format].into_iter().flatten() {
        assert!(formats().disk.contains(format) || formats().container.contains(format));
    }
}

/// What the writer writes by hand is JSON and says what the image says.
fn shown(image: &Image) {
    let text = door::image(image);
    let value: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(value["name"].as_str(), image.name.as_deref());
    assert_eq!(value["id"].as_str(), Some(image.id.as_str()));
    let tags: Vec<Value> = image.tags.iter().map(|tag| Value::from(tag.as_str())).collect();
    assert_eq!(value["tags"], Value::Array(tags));
    for (name, text) in image.properties.iter().filter(|(name, _)| !name.starts_with("os_glance")) {
        assert_eq!(value[name].as_str(), Some(text.as_str()), "{name}");
    }
}

pub(crate) fn image_create(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let Some(body) = body(rest) else { return };
    let Ok(draft) = Draft::from_json(&body, &formats()) else { return };
    let caller = owner(first & 1 != 0);
    let fresh = salon_core::ImageId::parse(ID).expect("an id");
    let Ok(image) = draft.into_image(&caller, fresh, NOW, &Limits::default()) else { return };
    bounds(&image);
    shown(&image);
    // Every member of the body is in the image, or one of those that are of no effect.
    for (name, value) in body.as_object().expect("an object was read") {
        if is_custom(name) && !matches!(name.as_str(), "id" | "os_hash_algo" | "os_hash_value") {
            assert_eq!(image.properties.get(name).map(String::as_str), value.as_str(), "{name}");
        }
    }
    let policy = policy();
    if let Ok(permitted) = policy.permit_create(&caller, image) {
        let image = permitted.into_inner();
        assert!(first & 1 != 0 || (image.visibility != Visibility::Public && image.owner == view().image.owner));
    }
}
