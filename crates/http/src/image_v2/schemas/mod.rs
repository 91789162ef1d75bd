//! JSON schemas of images and members (§18 of the reference). Clients build their command lines and models from them.
//!
//! The documents are data files, filled in with what the site configures, written once at start in the reference's
//! own order of members.

use bytes::Bytes;
use http::StatusCode;
use salon_core::{Error, Result, image::draft::Formats};

use crate::{image_v2::wire, kit::Response};

/// The documents, ready to send.
pub(crate) struct Schemas {
    pub(crate) image: Bytes,
    pub(crate) images: Bytes,
    pub(crate) member: Bytes,
    pub(crate) members: Bytes,
}

impl Schemas {
    /// Fills in the formats.
    pub(crate) fn new(formats: &Formats) -> Result<Self> {
        let image = include_str!("image.json")
            .replace("\"@container_formats@\"", &alternatives(&formats.container))
            .replace("\"@disk_formats@\"", &alternatives(&formats.disk));
        let images = include_str!("images.json").replace("\"@image@\"", &image);
        let member = include_str!("member.json");
        let members = include_str!("members.json").replace("\"@member@\"", member);
        Ok(Self {
            image: finish(&image)?,
            images: finish(&images)?,
            member: finish(member)?,
            members: finish(&members)?,
        })
    }
}

/// The elements of an enumeration behind its first, `null`.
pub(crate) fn alternatives(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| serde_json::Value::from(name.as_str()).to_string()).collect();
    std::iter::once("null".to_owned()).chain(quoted).collect::<Vec<_>>().join(", ")
}

/// On one line, with the spacing of all answers; checked to be JSON.
pub(crate) fn finish(text: &str) -> Result<Bytes> {
    let line = one_line(text);
    serde_json::from_str::<serde::de::IgnoredAny>(&line)
        .map_err(|error| Error::internal("a schema document is no JSON").with_source(error))?;
    Ok(Bytes::from(line))
}

/// Takes the layout of a data file away: outside of texts, white space goes, and `,` and `:` get a space behind them.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut quoted = false;
    let mut escaped = false;
    for letter in text.chars() {
        if quoted {
            line.push(letter);
            quoted = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
        } else if !letter.is_ascii_whitespace() {
            line.push(letter);
            quoted = letter == '"';
            if matches!(letter, ',' | ':') {
                line.push(' ');
            }
        }
    }
    line
}

/// Answers with a document.
pub(crate) fn show(document: &Bytes) -> Response {
    wire::json(StatusCode::OK, document.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn schemas() -> (Value, Value, Value, Value) {
        let formats = Formats { disk: vec!["raw".into(), "a\"b".into()], container: vec!["bare".into()] };
        let schemas = Schemas::new(&formats).unwrap();
        let read = |bytes: &Bytes| serde_json::from_slice(bytes).unwrap();
        (read(&schemas.image), read(&schemas.images), read(&schemas.member), read(&schemas.members))
    }

    #[test]
    fn formats_are_the_sites() {
        let (image, ..) = schemas();
        assert_eq!(image["properties"]["disk_format"]["enum"], json!([null, "raw", "a\"b"]));
        assert_eq!(image["properties"]["container_format"]["enum"], json!([null, "bare"]));
    }

    #[test]
    fn collections_wrap_their_items() {
        let (image, images, member, members) = schemas();
        assert_eq!(images["name"], "images");
        assert_eq!(images["properties"]["images"], json!({"type": "array", "items": image}));
        assert_eq!(members["name"], "members");
        assert_eq!(members["properties"]["members"], json!({"type": "array", "items": member}));
        assert_eq!(members["links"], json!([{"rel": "describedby", "href": "{schema}"}]));
        assert_eq!(member.get("additionalProperties"), None);
        assert_eq!(member.get("links"), None);
        assert_eq!(image["additionalProperties"], json!({"type": "string"}));
    }

    #[test]
    fn what_clients_read_is_there() {
        let (image, ..) = schemas();
        let properties = image["properties"].as_object().unwrap();
        let read_only: Vec<&str> = properties
            .iter()
            .filter(|(_, property)| property.get("readOnly") == Some(&json!(true)))
            .map(|(name, _)| name.as_str())
            .collect();
        let mut expected = [
            "status",
            "checksum",
            "os_hash_algo",
            "os_hash_value",
            "size",
            "virtual_size",
            "created_at",
            "updated_at",
            "direct_url",
            "self",
            "file",
            "stores",
            "schema",
        ];
        expected.sort_unstable();
        assert_eq!(read_only, expected);
        let site: Vec<&str> = properties
            .iter()
            .filter(|(_, property)| property.get("is_base") == Some(&json!(false)))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(
            site,
            [
                "architecture",
                "cinder_encryption_key_deletion_policy",
                "cinder_encryption_key_id",
                "description",
                "instance_uuid",
                "kernel_id",
                "os_distro",
                "os_version",
                "ramdisk_id",
            ]
        );
        assert!(properties.values().all(|property| property.get("type").is_some()));
    }

    #[test]
    fn layout_goes_and_texts_stay() {
        assert_eq!(one_line("{\n  \"a : b\\\\\" :[1,\"\\\" ,\"]}\n"), "{\"a : b\\\\\": [1, \"\\\" ,\"]}");
    }
}
