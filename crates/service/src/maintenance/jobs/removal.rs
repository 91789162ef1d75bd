//! The payload of the job that removes bytes.

use salon_core::{Error, ImageId, Result};
use serde_json::{Value, json};

/// Which bytes are to go, and whose they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Removal {
    /// The image they were written for.
    pub(crate) image_id: ImageId,
    /// The store's id.
    pub(crate) store: String,
    /// The key inside the store.
    pub(crate) key: String,
}

impl Removal {
    /// The bytes of `image_id` at `key` in `store`.
    pub(crate) fn new(image_id: &ImageId, store: &str, key: &str) -> Self {
        Self { image_id: image_id.clone(), store: store.to_owned(), key: key.to_owned() }
    }

    /// As the job's row has it.
    pub(crate) fn to_json(&self) -> String {
        json!({"image_id": self.image_id.as_str(), "store": self.store, "key": self.key}).to_string()
    }

    /// Reads a job's row.
    ///
    /// # Errors
    /// Internal: rows are written by this server only.
    pub(crate) fn from_json(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| Error::internal("a job's payload is not JSON").with_source(error))?;
        let field = |name: &str| value.get(name).and_then(Value::as_str);
        let read = || {
            Some(Self {
                image_id: ImageId::parse(field("image_id")?)?,
                store: field("store")?.to_owned(),
                key: field("key")?.to_owned(),
            })
        };
        read().ok_or_else(|| Error::internal("a job's payload lacks image_id, store or key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_survive_the_trip() {
        let id = ImageId::parse("0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb001").expect("shaped");
        let removal = Removal::new(&id, "file", "0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb001.00ff");
        assert_eq!(Removal::from_json(&removal.to_json()).expect("reads"), removal);
        assert!(Removal::from_json("{}").is_err());
        assert!(Removal::from_json("nonsense").is_err());
    }
}
