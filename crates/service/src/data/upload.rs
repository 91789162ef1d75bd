//! Upload: from a queued record to an active image, or back.
//!
//! The order is the law of the house. Checks come before the first byte; then the image is claimed (queued → saving,
//! under a token); then the bytes are received, digested and inspected into a file that nobody can see; then the file
//! is made durable and gets its name; then one transaction, guarded by the token, makes the image active. Only then the
//! client is told. Whatever fails on the way, the image ends queued and nothing is left in the store.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures_util::Stream;
use salon_catalog::uploads::StoredData;
use salon_core::{Error, ImageId, Kind, Result, image::Image};
use salon_store::{IngestOptions, Ingested, receive};
use tokio::sync::{Notify, oneshot};

use crate::{
    Ctx, Service,
    data::{
        attempt::{self, Attempt, Right},
        watch::{Counted, Watch},
    },
};

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

/// What a client said about the size of its data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Announced {
    content_length: Option<u64>,
    declared_size: Option<u64>,
}

impl Announced {
    /// What an order says.
    pub(crate) fn ordered(size: Option<u64>) -> Self {
        Self { content_length: None, declared_size: size }
    }

    /// The size, if the client named one.
    ///
    /// # Errors
    /// Invalid when it named two different ones.
    pub(crate) fn size(self) -> Result<Option<u64>> {
        match (self.content_length, self.declared_size) {
            (Some(length), Some(size)) if length != size => Err(Error::invalid(format!(
                "The declared image size of {size} bytes does not match the length of the body, {length} bytes."
            ))),
            (length, size) => Ok(length.or(size)),
        }
    }
}

/// Writes the data of a queued image and makes it active; answers the image as it is then.
///
/// The work runs in a task of its own, so that no step of it is cut in the middle. Dropping the returned future
/// (client gone, server stopping) cancels it at the next safe point: the image goes back to queued and the temporary
/// file away; only an upload whose last byte has arrived is finished. [`Service::settle`] waits for that.
///
/// # Errors
/// Before the first byte: NotFound, Forbidden; Conflict unless queued; Invalid while the formats are not set;
/// OverLimit for a declared size over the limits. Later: Invalid for a broken body or a wrong length,
/// OverLimit for too many bytes or a full store, UnsupportedMedia when the content is not what the image says or
/// not safe, Gone when the image was deleted meanwhile, Conflict when the upload was silent for so long that it was
/// taken back, Unavailable when store or catalog fail. After every error the image is queued again without data,
/// unless it was deleted, and the upload may be repeated.
pub async fn upload<B>(service: &Service, ctx: &Ctx, id: &ImageId, request: UploadRequest<B>) -> Result<Image>
where
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    upload_checked(service, ctx, id, request, None).await
}

/// As [`upload`]; with a `checksum`, the bytes must have that MD5.
///
/// # Errors
/// As [`upload`]; Invalid for bytes with another checksum.
pub(crate) async fn upload_checked<B>(
    service: &Service,
    ctx: &Ctx,
    id: &ImageId,
    request: UploadRequest<B>,
    checksum: Option<String>,
) -> Result<Image>
where
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    let announced = Announced { content_length: request.content_length, declared_size: request.declared_size };
    let right = Right::Caller(ctx.clone());
    let body = request.body;
    fill(service, Filling { right, id: id.clone(), announced, checksum }, async { Ok(Opened { length: None, body }) })
        .await
}

/// What is to be filled, and with what.
pub(crate) struct Filling {
    /// By whose right.
    pub(crate) right: Right,
    /// The image.
    pub(crate) id: ImageId,
    /// What was said of the size.
    pub(crate) announced: Announced,
    /// The MD5 the data has to have.
    pub(crate) checksum: Option<String>,
}

/// Data that is about to come.
pub(crate) struct Opened<B> {
    /// How much of it, if whoever sends it has said so only now.
    pub(crate) length: Option<u64>,
    /// The bytes. An error item is a broken or incomplete body.
    pub(crate) body: B,
}

/// Fills a queued image with what `open` brings, in a task of its own; see [`upload`].
///
/// # Errors
/// As [`upload`], and those of `open`.
pub(crate) async fn fill<O, B>(service: &Service, filling: Filling, open: O) -> Result<Image>
where
    O: Future<Output = Result<Opened<B>>> + Send + 'static,
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    // The sender lives as long as this future; nothing is ever sent.
    let (_alive, gone) = oneshot::channel::<()>();
    let work = run(service.clone(), filling, open, gone);
    match service.background().spawn(work).await {
        Ok(outcome) => outcome,
        Err(error) => Err(Error::internal("the upload's task died").with_source(error)),
    }
}

/// The whole life of one attempt.
///
/// Each stage is boxed: a slow client keeps its upload open for hours, and ten thousand of them are to hold what the stage
/// they are in needs, not room for the largest one.
async fn run<O, B>(service: Service, filling: Filling, open: O, gone: oneshot::Receiver<()>) -> Result<Image>
where
    O: Future<Output = Result<Opened<B>>> + Send + 'static,
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    let Filling { right, id, announced, checksum } = filling;
    let claim = Box::pin(attempt::claim(&service, &right, &id, announced));
    let attempt = Attempt { checksum, ..claim.await? };
    let request = right.actor().request_id;
    tracing::info!(image = %id, request, announced = attempt.announced, "upload begun");
    let mut progress = Progress::Receiving;
    match Box::pin(transfer(&service, &right, &attempt, open, gone, &mut progress)).await {
        Ok(image) => {
            tracing::info!(image = %id, request, size = image.size, "upload finished, image active");
            Ok(image)
        }
        Err(error) => Box::pin(attempt::take_back(&service, &right, &attempt, progress, error)).await,
    }
}

/// How far an attempt came: what there is to clean up, and what is known about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing is visible in the store.
    Receiving,
    /// There is a file under the attempt's key, or may be; the catalog was not told.
    Published,
    /// The catalog was told, and the answer is not known to be a refusal.
    Finishing,
}

/// From the first byte to the active image.
async fn transfer<O, B>(
    service: &Service,
    right: &Right,
    attempt: &Attempt,
    open: O,
    gone: oneshot::Receiver<()>,
    progress: &mut Progress,
) -> Result<Image>
where
    O: Future<Output = Result<Opened<B>>> + Send + 'static,
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    let data = Box::pin(store(service, right, attempt, open, gone, progress)).await?;
    *progress = Progress::Finishing;
    let quota = service.limits().project_bytes;
    let id = &attempt.image.id;
    let actor = right.actor();
    let finished = service.catalog().finish_upload(id, &attempt.token, &data, quota, service.now(), &actor);
    let finished = Box::pin(finished).await;
    if let Err(error) = &finished
        && matches!(error.kind(), Kind::Gone | Kind::OverLimit)
    {
        *progress = Progress::Published;
    }
    finished
}

/// From the first byte to the file under the attempt's key.
///
/// The watch ends with it: left lying, it could hold the very row that the last transaction needs.
async fn store<O, B>(
    service: &Service,
    right: &Right,
    attempt: &Attempt,
    open: O,
    gone: oneshot::Receiver<()>,
    progress: &mut Progress,
) -> Result<StoredData>
where
    O: Future<Output = Result<Opened<B>>> + Send + 'static,
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    let watch = Watch::new(service, attempt);
    let receiving = Box::pin(take_in(service, attempt, open, watch.bell()));
    let mut lost = Box::pin(watch.lost());
    let received = tokio::select! {
        biased;
        received = receiving => received?,
        error = &mut lost => return Err(error),
        _ = gone => return Err(right.given_up()),
    };
    expected(attempt, &received)?;
    let virtual_size = verdict(service, attempt, &received)?;

    *progress = Progress::Published;
    let Ingested { digests, staged, .. } = received;
    // A publish that has begun is not cut: its end is known, and then so is what there is to remove.
    let mut publish = staged.publish();
    let location = tokio::select! {
        biased;
        location = &mut publish => location?,
        error = &mut lost => {
            let _ = publish.await;
            return Err(error);
        }
    };
    Ok(StoredData {
        location,
        size: digests.size,
        virtual_size,
        checksum: digests.checksum,
        os_hash_algo: digests.hash_algo.as_str().to_owned(),
        os_hash_value: digests.hash_value,
    })
}

/// Opens the source and takes its bytes to the point where only publishing is missing.
async fn take_in<O, B>(service: &Service, attempt: &Attempt, open: O, bell: Arc<Notify>) -> Result<Ingested>
where
    O: Future<Output = Result<Opened<B>>> + Send,
    B: Stream<Item = io::Result<Bytes>> + Send,
{
    let settings = service.settings();
    let Opened { length, body } = open.await?;
    let declared_size = match (attempt.announced, length) {
        (Some(announced), Some(length)) if announced != length => {
            return Err(Error::invalid(format!(
                "The declared image size of {announced} bytes does not match the {length} bytes of the source."
            )));
        }
        (announced, length) => announced.or(length),
    };
    let options = IngestOptions {
        size_cap: service.limits().image_size_bytes,
        quota_left: attempt.quota_left,
        declared_size,
        hash_algo: settings.hash_algo,
        inspect: attempt.image.container_format.as_deref() == Some("bare"),
    };
    let body = Counted::new(body, settings.check_every_bytes, bell);
    receive(body, service.store(), &attempt.key, &options).await
}

/// Holds what arrived to the checksum the client named.
fn expected(attempt: &Attempt, received: &Ingested) -> Result<()> {
    let generated = &received.digests.checksum;
    match &attempt.checksum {
        Some(supplied) if !supplied.eq_ignore_ascii_case(generated) => Err(Error::invalid(format!(
            "Supplied checksum ({supplied}) and checksum generated from uploaded image ({generated}) did not match."
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Holds what arrived to what the image says it is; answers the virtual size.
fn verdict(service: &Service, attempt: &Attempt, received: &Ingested) -> Result<Option<u64>> {
    let image = &attempt.image;
    let (Some(report), Some(disk_format), Some(container_format)) =
        (&received.inspection, &image.disk_format, &image.container_format)
    else {
        return Ok(None);
    };
    let declared = salon_inspect::Declared { disk_format, container_format };
    salon_inspect::decide(&declared, report, &service.settings().inspection).map_err(|refusal| {
        tracing::warn!(image = %image.id, declared = disk_format, ?refusal, "upload refused for its content");
        Error::unsupported_media(refusal.to_string())
    })
}
