//! What a task is asked to do.

use serde_json::{Map, Value};

use super::TaskKind;
use crate::{Error, ImageId, Result};

/// Longest name of a container or an object, in bytes.
const MAX_PATH: usize = 1024;
/// Longest name of an image, in characters.
const MAX_IMAGE_NAME: usize = 255;
/// Bytes of an input, as JSON.
const MAX_INPUT: usize = 16 << 10;

/// Of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The container.
    pub container: String,
    /// The object in it.
    pub object: String,
    /// The new image's name.
    pub name: Option<String>,
    /// A property that an import does not take; it makes the task fail.
    pub stray: Option<String>,
}

/// Of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The image.
    pub image: ImageId,
    /// The container that receives it.
    pub container: String,
}

/// What a task is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// See [`Import`].
    Import(Import),
    /// See [`Export`].
    Export(Export),
}

impl Input {
    /// Reads the `input` of a task. What cannot be known without looking is left to the task.
    ///
    /// # Errors
    /// Invalid for a wrong shape.
    pub fn parse(kind: TaskKind, input: &Value) -> Result<Self> {
        let Some(fields) = input.as_object() else {
            return Err(Error::invalid("Expected the input of the task as an object."));
        };
        if input.to_string().len() > MAX_INPUT {
            return Err(Error::invalid(format!("The input of a task has {MAX_INPUT} bytes at most.")));
        }
        match kind {
            TaskKind::Import => import(fields).map(Self::Import),
            TaskKind::Export => export(fields).map(Self::Export),
        }
    }
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str> {
    match fields.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(Error::invalid(format!("'{name}' must be a text that is not empty."))),
        None => Err(Error::invalid(format!("Input does not contain '{name}'"))),
    }
}

fn import(fields: &Map<String, Value>) -> Result<Import> {
    let from = text(fields, "import_from")?;
    let (container, object) = from
        .split_once('/')
        .filter(|(container, object)| !container.is_empty() && !object.is_empty() && from.len() <= MAX_PATH)
        .ok_or_else(|| Error::invalid("'import_from' must be in the form: container/object"))?;
    match fields.get("import_from_format") {
        None | Some(Value::Null) => {}
        Some(Value::String(format)) if format.eq_ignore_ascii_case("vhd") => {}
        Some(_) => return Err(Error::invalid("'import_from_format' must be: vhd")),
    }
    let properties = match fields.get("image_properties") {
        None | Some(Value::Null) => None,
        Some(Value::Object(properties)) => Some(properties),
        Some(_) => return Err(Error::invalid("'image_properties' must be an object.")),
    };
    let name = match properties.and_then(|properties| properties.get("name")) {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) if name.chars().count() <= MAX_IMAGE_NAME => Some(name.clone()),
        Some(_) => {
            return Err(Error::invalid(format!(
                "The name of an image is a text of {MAX_IMAGE_NAME} characters at most."
            )));
        }
    };
    let stray = properties.and_then(|properties| properties.keys().find(|key| *key != "name")).cloned();
    Ok(Import { container: container.to_owned(), object: object.to_owned(), name, stray })
}

fn export(fields: &Map<String, Value>) -> Result<Export> {
    let image = text(fields, "image_uuid")?;
    let image = ImageId::parse(image).ok_or_else(|| Error::invalid("'image_uuid' must be the id of an image."))?;
    let container = text(fields, "receiving_swift_container")?;
    if container.contains(['/', '?', '.']) || container.len() > MAX_PATH {
        return Err(Error::invalid("The name of the receiving container must not contain '/', '?' or '.'."));
    }
    Ok(Export { image, container: container.to_owned() })
}
