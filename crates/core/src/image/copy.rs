//! Data that the server fetches itself: ordered by a caller, carried out later.

use serde_json::{Value, json};

use crate::{
    Error, ImageId, Permitted, Result,
    event::Actor,
    image::{
        ImageView, Status,
        actions::{CopyFrom, Upload},
    },
};

/// An order to fetch the data of one image. Whoever gave it was allowed to; what becomes of its rights later does not
/// matter any more, as with an upload that has begun.
///
/// `Debug` leaves the URL out: it may hold a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct CopyOrder {
    image_id: ImageId,
    url: String,
    size: Option<u64>,
    checksum: Option<String>,
    user_id: String,
    project_id: Option<String>,
    request_id: String,
}

impl CopyOrder {
    /// The order of a caller who may give it. `size` (bytes) and `checksum` (MD5) are what it says of the data.
    ///
    /// # Errors
    /// Invalid unless the image is queued and its formats are set.
    pub fn new(
        image: &Permitted<ImageView, CopyFrom>,
        url: &str,
        size: Option<u64>,
        checksum: Option<&str>,
        actor: &Actor,
    ) -> Result<Self> {
        let image = &image.image;
        if image.status != Status::Queued {
            return Err(not_queued(&image.id));
        }
        formats_given(image.disk_format.as_deref(), image.container_format.as_deref())?;
        Ok(Self {
            image_id: image.id.clone(),
            url: url.to_owned(),
            size,
            checksum: checksum.map(str::to_owned),
            user_id: actor.user_id.clone(),
            project_id: actor.project_id.clone(),
            request_id: actor.request_id.clone(),
        })
    }

    /// The image.
    pub fn image_id(&self) -> &ImageId {
        &self.image_id
    }

    /// Where from.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Bytes there have to be, if that was said.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// The MD5 they have to have, if that was said.
    pub fn checksum(&self) -> Option<&str> {
        self.checksum.as_deref()
    }

    /// Who ordered.
    pub fn actor(&self) -> Actor {
        Actor {
            user_id: self.user_id.clone(),
            project_id: self.project_id.clone(),
            request_id: self.request_id.clone(),
        }
    }

    /// The right to write the data: the order's own, for its image only.
    ///
    /// # Errors
    /// Internal for another image.
    pub fn permit(&self, view: ImageView) -> Result<Permitted<ImageView, Upload>> {
        if view.image.id == self.image_id {
            Ok(Permitted::granted(view))
        } else {
            Err(Error::internal(format!("an order for image {} met image {}", self.image_id, view.image.id)))
        }
    }

    /// As the catalog keeps it.
    pub fn to_json(&self) -> String {
        json!({
            "image_id": self.image_id,
            "url": self.url,
            "size": self.size,
            "checksum": self.checksum,
            "user_id": self.user_id,
            "project_id": self.project_id,
            "request_id": self.request_id,
        })
        .to_string()
    }

    /// Reads what the catalog keeps.
    ///
    /// # Errors
    /// Internal: it is written by this server only.
    pub fn from_json(text: &str) -> Result<Self> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| Error::internal("an order is not JSON").with_source(error))?;
        let field = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
        let read = || {
            Some(Self {
                image_id: ImageId::parse(&field("image_id")?)?,
                url: field("url")?,
                size: value.get("size").and_then(Value::as_u64),
                checksum: field("checksum"),
                user_id: field("user_id")?,
                project_id: field("project_id"),
                request_id: field("request_id")?,
            })
        };
        read().ok_or_else(|| Error::internal("an order lacks a field"))
    }
}

impl std::fmt::Debug for CopyOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CopyOrder").field("image_id", &self.image_id).finish_non_exhaustive()
    }
}

/// The answer to an order for an image that has or gets its data (v1: 400).
pub fn not_queued(id: &ImageId) -> Error {
    Error::invalid(format!("Image {id} has or gets its data: only a queued image can be filled from a URL."))
}

/// Refuses data for an image of which nobody said what it is (v1: 400).
///
/// # Errors
/// Invalid.
pub fn formats_given(disk_format: Option<&str>, container_format: Option<&str>) -> Result<()> {
    for (format, what) in [(disk_format, "disk format"), (container_format, "container format")] {
        if format.is_none_or(str::is_empty) {
            return Err(Error::invalid(format!("Invalid {what} 'None' for image.")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{alone, image};

    #[test]
    fn orders_survive_the_trip_and_hold_for_one_image() {
        let view = alone(crate::image::Image {
            status: Status::Queued,
            disk_format: Some("raw".to_owned()),
            container_format: Some("bare".to_owned()),
            ..image(crate::image::Visibility::Shared)
        });
        let actor = Actor { user_id: "u".to_owned(), project_id: None, request_id: "req-1".to_owned() };
        let permitted = Permitted::<_, CopyFrom>::granted(view.clone());
        let order = CopyOrder::new(&permitted, "https://example.org/?s3cret", Some(7), Some("ab"), &actor).unwrap();
        assert_eq!(CopyOrder::from_json(&order.to_json()).unwrap(), order);
        assert!(CopyOrder::from_json("{}").is_err());
        assert!(!format!("{order:?}").contains("s3cret"));
        assert!(order.permit(view.clone()).is_ok());
        let mut other = view.clone();
        other.image.id = ImageId::parse("0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb0ff").unwrap();
        assert!(order.permit(other).is_err());
        for change in [
            |image: &mut crate::image::Image| image.status = Status::Saving,
            |image: &mut crate::image::Image| image.disk_format = None,
            |image: &mut crate::image::Image| image.container_format = None,
        ] {
            let mut view = view.clone();
            change(&mut view.image);
            let permitted = Permitted::<_, CopyFrom>::granted(view);
            assert!(CopyOrder::new(&permitted, "https://example.org/", None, None, &actor).is_err());
        }
    }
}
