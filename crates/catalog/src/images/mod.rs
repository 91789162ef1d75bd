//! Images: reading one, listing, writing.

use salon_core::{
    Entropy, ImageId, Permitted, ProjectId, Result, Timestamp,
    event::Actor,
    image::{
        Image, ImageView, Location,
        actions::{Create, Deactivate, Delete, Modify, Reactivate},
        list::{ImageQuery, Viewer},
    },
};

use crate::Catalog;

impl Catalog {
    /// One image and the membership of `project` in it, if any. Proves nothing about the caller.
    ///
    /// # Errors
    /// Unavailable, Internal for a row that makes no sense.
    pub async fn image(&self, id: &ImageId, project: Option<&ProjectId>) -> Result<Option<ImageView>> {
        let _ = (id, project);
        todo!()
    }

    /// One page of what `viewer` may find.
    ///
    /// # Errors
    /// Invalid for a marker that is unknown or that the viewer cannot see (never distinguishable).
    pub async fn images(&self, viewer: &Viewer, query: &ImageQuery) -> Result<Vec<ImageView>> {
        let _ = (viewer, query);
        todo!()
    }

    /// Writes a new image.
    ///
    /// # Errors
    /// Conflict when the id was ever used.
    pub async fn create_image(&self, image: &Permitted<Image, Create>, actor: &Actor) -> Result<()> {
        let _ = (image, actor);
        todo!()
    }

    /// Replaces the fields, tags and properties of an image by those of `after`, provided nobody else changed it since
    /// `before` was read. Status, location, digests and size stay as they are in the row.
    ///
    /// # Errors
    /// Stale when the image changed or went away in between.
    pub async fn update_image(
        &self,
        before: &Permitted<ImageView, Modify>,
        after: &Image,
        actor: &Actor,
    ) -> Result<Image> {
        let _ = (before, after, actor);
        todo!()
    }

    /// Adds a tag; adding one that is there changes nothing.
    ///
    /// # Errors
    /// OverLimit beyond `quota` tags; Stale.
    pub async fn add_tag(
        &self,
        image: &Permitted<ImageView, Modify>,
        tag: &str,
        quota: Option<u64>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let _ = (image, tag, quota, now, actor);
        todo!()
    }

    /// Removes a tag.
    ///
    /// # Errors
    /// NotFound when the image does not have it; Stale.
    pub async fn remove_tag(
        &self,
        image: &Permitted<ImageView, Modify>,
        tag: &str,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let _ = (image, tag, now, actor);
        todo!()
    }

    /// Takes an image out of use: `active` → `deactivated`. Doing it twice changes nothing.
    ///
    /// # Errors
    /// Conflict from any other status; Stale.
    pub async fn deactivate_image(
        &self,
        image: &Permitted<ImageView, Deactivate>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let _ = (image, now, actor);
        todo!()
    }

    /// Puts an image back into use: `deactivated` → `active`. Doing it twice changes nothing.
    ///
    /// # Errors
    /// Conflict from any other status; Stale.
    pub async fn reactivate_image(
        &self,
        image: &Permitted<ImageView, Reactivate>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let _ = (image, now, actor);
        todo!()
    }

    /// Removes an image with its guest list. Its id stays reserved, its bytes are left to a durable job
    /// ([`crate::jobs::REMOVE_BYTES`]), and a running upload loses its token. All in one transaction.
    /// Answers the locations whose bytes are to go.
    ///
    /// # Errors
    /// Forbidden when it is protected; Stale when owner or visibility changed or it went away in between.
    pub async fn delete_image(
        &self,
        image: &Permitted<ImageView, Delete>,
        now: Timestamp,
        actor: &Actor,
        entropy: &dyn Entropy,
    ) -> Result<Vec<Location>> {
        let _ = (image, now, actor, entropy);
        todo!()
    }

    /// Every location there is, in the order of image ids, for a check of the store against the catalog.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn all_locations(&self, after: Option<&ImageId>, limit: u32) -> Result<Vec<StoredImage>> {
        let _ = (after, limit);
        todo!()
    }
}

/// What a check of the store needs to know about an image with bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredImage {
    /// The image.
    pub id: ImageId,
    /// Where its bytes are.
    pub location: Location,
    /// Bytes.
    pub size: Option<u64>,
    /// MD5, lower-case hexadecimal.
    pub checksum: Option<String>,
    /// Algorithm of `os_hash_value`.
    pub os_hash_algo: Option<String>,
    /// Digest, lower-case hexadecimal.
    pub os_hash_value: Option<String>,
}
