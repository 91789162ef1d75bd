//! Uploads: who is writing the data of which image, until when.

use salon_core::{
    ImageId, Permitted, Result, Timestamp,
    event::Actor,
    image::{Image, ImageView, Location, actions::Upload},
};

use crate::Catalog;

/// The right to write the data of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadClaim {
    /// Unique to this attempt.
    pub token: String,
    /// The server that receives the bytes.
    pub node: String,
    /// When others may consider the attempt dead.
    pub lease_until: Timestamp,
    /// Where it will publish its bytes. Kept in the row: whoever takes the upload back or deletes its image queues a
    /// [`crate::jobs::REMOVE_BYTES`] job for it in the same transaction, so that no crash can leave an orphan.
    pub location: Location,
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredData {
    /// Where the bytes are.
    pub location: Location,
    /// Bytes.
    pub size: u64,
    /// Bytes of the disk in the image.
    pub virtual_size: Option<u64>,
    /// MD5, lower-case hexadecimal.
    pub checksum: String,
    /// Algorithm of the second digest.
    pub os_hash_algo: String,
    /// The second digest, lower-case hexadecimal.
    pub os_hash_value: String,
}

/// An upload that was cut and taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutUpload {
    /// The image, which is `queued` again.
    pub image_id: ImageId,
    /// The dead attempt's token.
    pub token: String,
    /// The server that received it.
    pub node: String,
}

impl Catalog {
    /// `queued` → `saving`, for the one who wins.
    ///
    /// # Errors
    /// Conflict when the image is not `queued`; Stale when it changed owner or went away.
    pub async fn begin_upload(
        &self,
        image: &Permitted<ImageView, Upload>,
        claim: &UploadClaim,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<()> {
        let _ = (image, claim, now, actor);
        todo!()
    }

    /// Extends the lease; false when the upload is no longer this one's (image deleted, taken back).
    ///
    /// # Errors
    /// Unavailable.
    pub async fn renew_upload(&self, token: &str, lease_until: Timestamp) -> Result<bool> {
        let _ = (token, lease_until);
        todo!()
    }

    /// `saving` → `active` with everything that was stored, provided the token still holds.
    /// `project_quota` is in bytes, over all images of the owner, bytes that wait for removal included.
    ///
    /// # Errors
    /// Gone when the token was lost; OverLimit when the quota would be exceeded (the upload is still the caller's to
    /// abandon).
    pub async fn finish_upload(
        &self,
        image_id: &ImageId,
        token: &str,
        data: &StoredData,
        project_quota: Option<u64>,
        now: Timestamp,
        actor: &Actor,
    ) -> Result<Image> {
        let _ = (image_id, token, data, project_quota, now, actor);
        todo!()
    }

    /// `saving` → `queued`, provided the token still holds; false when it does not. Queues no job: the caller, who is
    /// alive, has removed the bytes before.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn abandon_upload(&self, image_id: &ImageId, token: &str, now: Timestamp) -> Result<bool> {
        let _ = (image_id, token, now);
        todo!()
    }

    /// Takes back uploads that nobody will finish: all of `node` when it is given (call it at that node's start, before
    /// it accepts requests), and those of any node whose lease ended before `now`. At most `limit` per call.
    /// What they may have published is left to a [`crate::jobs::REMOVE_BYTES`] job in the same transaction.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn recover_uploads(&self, node: Option<&str>, now: Timestamp, limit: u32) -> Result<Vec<CutUpload>> {
        let _ = (node, now, limit);
        todo!()
    }
}
