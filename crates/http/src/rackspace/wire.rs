//! Values of the house as Cloud Images writes them: what is not set is left out, and what came with later versions of the
//! Image API (digests, hidden images, visibilities beyond two) is not there.

use http::StatusCode;
use salon_core::{
    image::{Image, RESERVED_PREFIX, rackspace as rules},
    task::Task,
};
use serde_json::{Value, json};

pub(super) use crate::image_v2::wire::{json, member, members, no_content};
use crate::{
    image_v2::{
        json::{Key, Object, key, push_list, push_text},
        wire::BASE,
    },
    kit::Response,
};

/// A guess at the size of one image in JSON, in bytes.
const IMAGE_ROOM: usize = 768;

/// An image.
pub(super) fn image(image: &Image) -> String {
    let mut out = String::with_capacity(IMAGE_ROOM);
    push_image(&mut out, image);
    out
}

/// One page of a list, with the links to the first page and to the next, if there is one.
pub(super) fn images(images: &[Image], first: &str, next: Option<&str>) -> String {
    page(key!("images"), "/v2/schemas/images", images, push_image, first, next)
}

/// A page of `things` under `name`, each written by `push`.
fn page<T>(
    name: Key,
    schema: &str,
    things: &[T],
    push: impl FnMut(&mut String, &T),
    first: &str,
    next: Option<&str>,
) -> String {
    let mut out = String::with_capacity(IMAGE_ROOM * (things.len() + 1));
    let mut page = Object::begin(&mut out);
    push_list(page.value(name), things, push);
    page.text(key!("first"), first);
    if let Some(next) = next {
        page.text(key!("next"), next);
    }
    page.text(key!("schema"), schema);
    page.end();
    out
}

fn push_image(out: &mut String, image: &Image) {
    let mut object = Object::begin(out);
    for (name, value) in &image.properties {
        // A custom property of a name that an answer of a later version has (old rows may have one) is not shown.
        if !name.starts_with(RESERVED_PREFIX) && BASE.binary_search(&name.as_str()).is_err() {
            object.member(name, value);
        }
    }
    for (name, value) in [
        (key!("name"), &image.name),
        (key!("disk_format"), &image.disk_format),
        (key!("container_format"), &image.container_format),
        (key!("checksum"), &image.checksum),
    ] {
        if let Some(value) = value {
            object.text(name, value);
        }
    }
    object.text(key!("visibility"), rules::visibility(image.visibility));
    if let Some(size) = image.size {
        object.number(key!("size"), size);
    }
    object.text(key!("status"), rules::status(image.status).as_str());
    object.flag(key!("protected"), image.protected);
    object.number(key!("min_ram"), u64::from(image.min_ram));
    object.number(key!("min_disk"), u64::from(image.min_disk));
    if let Some(owner) = &image.owner {
        object.text(key!("owner"), owner.as_str());
    }
    object.text(key!("id"), image.id.as_str());
    object.text(key!("created_at"), &image.created_at.to_iso_seconds());
    object.text(key!("updated_at"), &image.updated_at.to_iso_seconds());
    push_list(object.value(key!("tags")), &image.tags, |out, tag| push_text(out, tag));
    object.text(key!("self"), &format!("/v2/images/{}", image.id));
    object.text(key!("file"), &format!("/v2/images/{}/file", image.id));
    object.text(key!("schema"), "/v2/schemas/image");
    object.end();
}

/// A task. Its message is the word `None` while there is none, as the service had it.
pub(super) fn task(task: &Task) -> String {
    let mut out = String::with_capacity(IMAGE_ROOM);
    let mut object = Object::begin(&mut out);
    push_entry(&mut object, task);
    object.value(key!("input")).push_str(&task.input.to_string());
    object.text(key!("message"), task.message.as_deref().unwrap_or("None"));
    if let Some(result) = &task.result {
        object.value(key!("result")).push_str(&result.to_string());
    }
    object.end();
    out
}

/// One page of a list of tasks, each without input, result and message.
pub(super) fn tasks(tasks: &[Task], first: &str, next: Option<&str>) -> String {
    let entry = |out: &mut String, task: &Task| {
        let mut object = Object::begin(out);
        push_entry(&mut object, task);
        object.end();
    };
    page(key!("tasks"), "/v2/schemas/tasks", tasks, entry, first, next)
}

fn push_entry(object: &mut Object<'_>, task: &Task) {
    object.text(key!("id"), task.id.as_str());
    object.text(key!("type"), task.kind.as_str());
    object.text(key!("status"), task.status.as_str());
    object.text(key!("owner"), task.owner.as_str());
    object.text(key!("created_at"), &task.created_at.to_iso_seconds());
    object.text(key!("updated_at"), &task.updated_at.to_iso_seconds());
    if let Some(at) = task.expires_at {
        object.text(key!("expires_at"), &at.to_iso_seconds());
    }
    object.text(key!("self"), &format!("/v2/tasks/{}", task.id));
    object.text(key!("schema"), "/v2/schemas/task");
}

/// The versions of this API: one.
pub(super) fn versions(status: StatusCode, base: &str) -> Response {
    let link = json!({"rel": "self", "href": format!("{base}/v2/")});
    let document: Value = json!({"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]});
    json(status, document.to_string())
}
