//! Download.

use salon_core::{ImageId, Result, image::Image};

use crate::{Ctx, Service};

/// An image and its bytes.
#[derive(Debug)]
pub struct Download {
    /// The record, for size and digests.
    pub image: Image,
}

/// Opens the data of an image for the caller. One read of the catalog; the bytes then come from an open handle and
/// stay whole whatever happens to the image meanwhile.
///
/// # Errors
/// NotFound when the image is absent or invisible, or its data is missing in the store; Forbidden by policy, or for a
/// deactivated image unless the caller is an administrator; Internal when the store's object has another size than
/// the record says.
pub async fn download(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Download> {
    let _ = (service, ctx, id);
    todo!()
}
