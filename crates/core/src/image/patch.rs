//! Changes of an image by JSON patch (both of Glance's media types), as plain values.

use serde_json::Value;

use crate::{
    Caller, Permitted, Result, Timestamp,
    image::{Image, ImageView, actions::Modify, draft::Formats},
    limits::Limits,
    policy::Policy,
};

/// Which of the two documents a patch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PatchMedia {
    /// `application/openstack-images-v2.0-json-patch`: draft 4, `{"add": "/path", "value": …}`.
    V20,
    /// `application/openstack-images-v2.1-json-patch`: RFC 6902 shape, `{"op", "path", "value"}`.
    V21,
}

impl PatchMedia {
    /// Reads a `Content-Type` value; `None` when it is neither (415 with [`PatchMedia::ACCEPT`]).
    pub fn from_content_type(value: &str) -> Option<Self> {
        let _ = value;
        todo!()
    }

    /// The value of `Accept-Patch`.
    pub const ACCEPT: &'static str =
        "application/openstack-images-v2.1-json-patch, application/openstack-images-v2.0-json-patch";
}

/// A validated list of changes, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    media: PatchMedia,
    changes: Vec<()>,
}

impl Changes {
    /// Reads and validates the body of a patch request.
    ///
    /// # Errors
    /// Invalid for a wrong shape, Forbidden for read-only, reserved and irremovable attributes.
    pub fn parse(media: PatchMedia, body: &Value, formats: &Formats) -> Result<Self> {
        let _ = (media, body, formats);
        todo!()
    }

    /// Whether there is nothing to do: such a request needs no more than sight of the image and writes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The image as it is after all changes, with `updated_at` at `now`; all of them or none.
    /// The catalog writes it if the image is still at the revision it was computed from.
    ///
    /// # Errors
    /// Conflict, Forbidden, OverLimit as the reference's table of the operation has them.
    pub fn apply(
        &self,
        before: &Permitted<ImageView, Modify>,
        caller: &Caller,
        policy: &Policy,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Image> {
        let _ = (before, caller, policy, limits, now, self.media);
        todo!()
    }
}
