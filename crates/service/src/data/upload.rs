//! Upload: from a queued record to an active image, or back.

use std::io;

use bytes::Bytes;
use futures_util::Stream;
use salon_core::{ImageId, Result, image::Image};

use crate::{Ctx, Service};

/// What a client sends.
#[derive(Debug)]
pub struct UploadRequest<B> {
    /// `Content-Length`, when the body is not chunked.
    pub content_length: Option<u64>,
    /// `X-OpenStack-Image-Size`.
    pub declared_size: Option<u64>,
    /// The bytes. An error item is a broken or incomplete body.
    pub body: B,
}

/// Writes the data of a queued image and makes it active; answers the image as it is then.
///
/// Dropping the returned future (client gone, server stopping) cancels the upload: the image goes back to queued
/// and the temporary file away, in a task of its own; [`Service::settle`] waits for it.
///
/// # Errors
/// Before the first byte: NotFound, Forbidden; Conflict unless queued; Invalid while the formats are not set;
/// OverLimit for a declared size over the limits. Later: Invalid for a broken body or a wrong length,
/// OverLimit for too many bytes or a full store, UnsupportedMedia when the content is not what the image says or
/// not safe, Gone when the image was deleted meanwhile, Unavailable when store or catalog fail. After every error
/// the image is queued again without data, unless it was deleted, and the upload may be repeated.
pub async fn upload<B>(service: &Service, ctx: &Ctx, id: &ImageId, request: UploadRequest<B>) -> Result<Image>
where
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    let _ = (service, ctx, id, request.content_length, request.declared_size);
    todo!()
}
