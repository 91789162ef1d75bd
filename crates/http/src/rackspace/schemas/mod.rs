//! JSON schemas of images, members and tasks as they were in 2013. The documents are data files, written once at start.

use bytes::Bytes;
use salon_core::{Result, image::draft::Formats};

pub(super) use crate::image_v2::schemas::show;
use crate::image_v2::schemas::{self, alternatives, finish};

/// The documents, ready to send.
pub(super) struct Schemas {
    pub(super) image: Bytes,
    pub(super) images: Bytes,
    pub(super) member: Bytes,
    pub(super) members: Bytes,
    pub(super) task: Bytes,
    pub(super) tasks: Bytes,
}

impl Schemas {
    /// Fills in the formats. Members are the Image API's.
    pub(super) fn new(formats: &Formats) -> Result<Self> {
        let image = include_str!("image.json")
            .replace("\"@container_formats@\"", &alternatives(&formats.container))
            .replace("\"@disk_formats@\"", &alternatives(&formats.disk));
        let images = include_str!("images.json").replace("\"@image@\"", &image);
        let task = include_str!("task.json");
        let tasks = include_str!("tasks.json").replace("\"@task@\"", include_str!("task_entry.json"));
        let same = schemas::Schemas::new(formats)?;
        Ok(Self {
            image: finish(&image)?,
            images: finish(&images)?,
            member: same.member,
            members: same.members,
            task: finish(task)?,
            tasks: finish(&tasks)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn they_are_of_2013() {
        let schemas = Schemas::new(&Formats::default()).unwrap();
        let read = |bytes: &Bytes| serde_json::from_slice::<Value>(bytes).unwrap();
        let image = read(&schemas.image);
        assert_eq!(image["properties"]["visibility"]["enum"], json!(["public", "private"]));
        assert_eq!(
            image["properties"]["status"]["enum"],
            json!(["queued", "saving", "active", "killed", "deleted", "pending_delete"])
        );
        assert_eq!(image["additionalProperties"], json!({"type": "string"}));
        for later in ["os_hidden", "os_hash_algo", "os_hash_value", "virtual_size", "stores"] {
            assert_eq!(image["properties"].get(later), None);
        }
        assert_eq!(read(&schemas.images)["properties"]["images"]["items"], image);
        let member = read(&schemas.member);
        assert_eq!(member["name"], "member");
        assert_eq!(member["properties"]["status"]["enum"], json!(["pending", "accepted", "rejected"]));
        assert_eq!(read(&schemas.members)["properties"]["members"]["items"], member);
        let task = read(&schemas.task);
        assert_eq!(task["properties"]["status"]["enum"], json!(["pending", "processing", "success", "failure"]));
        let entry = read(&schemas.tasks)["properties"]["tasks"]["items"].clone();
        assert!(["input", "result", "message"].iter().all(|name| entry["properties"].get(name).is_none()));
        assert!(entry["properties"].as_object().unwrap().keys().all(|name| task["properties"].get(name).is_some()));
    }
}
