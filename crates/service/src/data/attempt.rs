//! One attempt at an upload: by whose right it is made, how it is claimed and how it is taken back.

use std::time::Duration;

use salon_catalog::{
    jobs::{NewJob, REMOVE_BYTES},
    uploads::UploadClaim,
};
use salon_core::{
    Error, ImageId, Kind, Permitted, Result,
    event::Actor,
    id::hex_text,
    image::{Image, ImageView, Location, Status, actions::Upload, copy::CopyOrder, lifecycle},
    policy::image_absent,
};
use salon_store::Key;

use crate::{
    Ctx, Service,
    data::upload::{Announced, Progress},
    images::load,
    maintenance::Removal,
    retry::until_fresh,
};

/// How often a taking back is tried while the catalog does not answer; after that the lease ends it.
const TRIES: u32 = 8;

/// By whose right data is written.
#[derive(Clone, Debug)]
pub(crate) enum Right {
    /// A caller's, who sends it.
    Caller(Ctx),
    /// An order's, for which the server fetches it.
    Order {
        /// The order.
        order: CopyOrder,
        /// Whether it is not tried again, whatever goes wrong.
        last: bool,
    },
}

impl Right {
    /// The image as whoever has the right reaches it.
    async fn load(&self, service: &Service, id: &ImageId) -> Result<ImageView> {
        match self {
            Self::Caller(ctx) => load(service, ctx, id).await,
            Self::Order { .. } => service.catalog().image(id, None).await?.ok_or_else(|| image_absent(id)),
        }
    }

    fn permit(&self, service: &Service, view: ImageView) -> Result<Permitted<ImageView, Upload>> {
        match self {
            Self::Caller(ctx) => service.policy().permit::<Upload>(&ctx.caller, view),
            Self::Order { order, .. } => order.permit(view),
        }
    }

    /// Who it is, for history and events.
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Caller(ctx) => ctx.actor(),
            Self::Order { order, .. } => order.actor(),
        }
    }

    /// What becomes of the image after an error. What a caller sends, it can send again. What the server fetches for
    /// it is there or is not, unless the trouble was the server's own.
    pub(crate) fn leaves(&self, error: &Error) -> Status {
        match self {
            Self::Caller(_) => Status::Queued,
            Self::Order { last, .. } if *last || is_final(error.kind()) => Status::Killed,
            Self::Order { .. } => Status::Queued,
        }
    }

    /// The error of an attempt that nobody waits for any more.
    pub(crate) fn given_up(&self) -> Error {
        match self {
            Self::Caller(_) => Error::invalid("The client went away before the upload was complete."),
            Self::Order { .. } => Error::unavailable("the server stops, or another node has the job"),
        }
    }
}

/// Whether an error of a fetch says something about what was fetched.
const fn is_final(kind: Kind) -> bool {
    match kind {
        Kind::Invalid
        | Kind::Unauthenticated
        | Kind::Forbidden
        | Kind::NotFound
        | Kind::OverLimit
        | Kind::UnsupportedMedia
        | Kind::Range
        | Kind::Unsupported => true,
        Kind::Conflict | Kind::Gone | Kind::Throttled | Kind::Stale | Kind::Unavailable | Kind::Internal => false,
    }
}

/// A claimed upload.
pub(crate) struct Attempt {
    /// The image as it is while it is being saved: its formats cannot change any more.
    pub(crate) image: Image,
    /// Proves that the upload is this one's.
    pub(crate) token: String,
    /// Where the bytes go.
    pub(crate) key: Key,
    /// The size the client announced.
    pub(crate) announced: Option<u64>,
    /// What the project may still store, when that is limited.
    pub(crate) quota_left: Option<u64>,
    /// The MD5 the client says its bytes have.
    pub(crate) checksum: Option<String>,
}

/// Checks everything that can be checked before the first byte, and claims the image.
pub(crate) async fn claim(service: &Service, right: &Right, id: &ImageId, announced: Announced) -> Result<Attempt> {
    let actor = right.actor();
    let token = hex_text(service.entropy(), 16);
    let key = Key::for_upload(id, &token)?;
    let location = Location { store: service.store().id().to_owned(), key: key.as_str().to_owned() };
    let (announced, quota_left) = until_fresh(service, || async {
        let view = right.load(service, id).await?;
        let image = right.permit(service, view)?;
        lifecycle::begin_upload(&image.image)?;
        let announced = announced.size()?;
        let quota_left = room(service, &image.image, announced).await?;
        let claim = UploadClaim {
            token: token.clone(),
            node: service.settings().node.clone(),
            lease_until: service.now().plus(service.settings().lease),
            location: location.clone(),
        };
        service.catalog().begin_upload(&image, &claim, service.now(), &actor).await?;
        Ok((announced, quota_left))
    })
    .await?;
    // Between the first look and the claim the formats could still change; from the claim on they cannot.
    let image = match right.load(service, id).await {
        Ok(view) => view.image,
        Err(error) if error.kind() == Kind::NotFound => return Err(gone(id)),
        Err(error) => {
            release(service, id, &token, Status::Queued).await;
            return Err(error);
        }
    };
    Ok(Attempt { image, token, key, announced, quota_left, checksum: None })
}

/// Refuses an announced size that cannot fit; answers what the owner may still store.
async fn room(service: &Service, image: &Image, announced: Option<u64>) -> Result<Option<u64>> {
    let limits = service.limits();
    if announced.is_some_and(|size| size > limits.image_size_bytes) {
        return Err(Error::over_limit(format!(
            "Denying attempt to upload image larger than {} bytes.",
            limits.image_size_bytes
        )));
    }
    let (Some(quota), Some(owner)) = (limits.project_bytes, &image.owner) else { return Ok(None) };
    let left = quota.saturating_sub(service.catalog().project_bytes(owner).await?);
    if announced.is_some_and(|size| size > left) {
        return Err(Error::over_limit(format!("The size of the data exceeds the remaining quota of {left} bytes.")));
    }
    Ok(Some(left))
}

/// Returns the image to queued (or has it killed, when nobody will try again) and the store to what it was before;
/// answers the client's error, or the image when it turns out that the catalog had made it active before it fell silent.
pub(crate) async fn take_back(
    service: &Service,
    right: &Right,
    attempt: &Attempt,
    progress: Progress,
    error: Error,
) -> Result<Image> {
    let id = &attempt.image.id;
    let request = right.actor().request_id;
    let becomes = right.leaves(&error);
    match right {
        Right::Caller(_) => {
            tracing::info!(image = %id, request, error = error.report(), "upload failed, taking it back");
        }
        Right::Order { .. } => {
            let image_becomes = becomes.as_str();
            tracing::warn!(image = %id, request, image_becomes, error = error.report(), "data could not be fetched");
        }
    }
    match progress {
        Progress::Receiving => {
            release(service, id, &attempt.token, becomes).await;
        }
        // The catalog does not have this file, and will not: it can go first. A crash in between leaves the claim in
        // the catalog, and its recovery removes the file.
        Progress::Published => {
            if remove(service, attempt).await {
                release(service, id, &attempt.token, becomes).await;
            } else {
                // The store is in trouble: a job goes on with it.
                settle_doubt(service, attempt, becomes).await;
            }
        }
        // Whether the image is active is not known. First make sure that it is not and cannot become so any more.
        Progress::Finishing => match settle_doubt(service, attempt, becomes).await {
            Verdict::Active(image) => return Ok(*image),
            Verdict::Nobodys => {
                remove(service, attempt).await;
            }
            Verdict::Unknown => {}
        },
    }
    // Whoever lost the image while it was being saved is told so, not what happened to the bytes after that.
    Err(if error.kind() == Kind::Gone { lost(service, attempt).await } else { error })
}

/// What a finish without an answer turned out to be.
enum Verdict {
    /// It was done: the image is active with the attempt's data.
    Active(Box<Image>),
    /// It was not done and never will be: the file may go.
    Nobodys,
    /// The catalog does not answer; a queued job or the end of the lease decides.
    Unknown,
}

/// Ends the doubt about a finish without an answer.
async fn settle_doubt(service: &Service, attempt: &Attempt, becomes: Status) -> Verdict {
    let id = &attempt.image.id;
    // Durable first: should this process end here, the job removes the file unless the image has it.
    let payload = Removal::new(id, service.store().id(), attempt.key.as_str()).to_json();
    let queued = insist(id, || async {
        let now = service.now();
        let run_at = now.plus(service.settings().lease);
        let job = NewJob { kind: REMOVE_BYTES.to_owned(), payload: payload.clone(), run_at };
        service.catalog().enqueue(&job, now, service.entropy()).await
    });
    if queued.await.is_none() {
        return Verdict::Unknown;
    }
    match release(service, id, &attempt.token, becomes).await {
        Some(true) => Verdict::Nobodys,
        Some(false) => match service.catalog().image(id, None).await {
            Ok(Some(view)) if is_at(&view.image, service, attempt) => Verdict::Active(Box::new(view.image)),
            Ok(_) => Verdict::Nobodys,
            Err(_) => Verdict::Unknown,
        },
        None => Verdict::Unknown,
    }
}

/// Whether the image has the attempt's file as its data.
fn is_at(image: &Image, service: &Service, attempt: &Attempt) -> bool {
    image.location.as_ref().is_some_and(|at| at.store == service.store().id() && at.key == attempt.key.as_str())
}

/// saving → queued or killed, unless the upload was lost before (false). `None` when the catalog does not answer: then
/// the end of the lease makes it queued.
async fn release(service: &Service, id: &ImageId, token: &str, becomes: Status) -> Option<bool> {
    insist(id, || async {
        match becomes {
            Status::Killed => service.catalog().kill_upload(id, token, service.now()).await,
            _ => service.catalog().abandon_upload(id, token, service.now()).await,
        }
    })
    .await
}

/// Asks the catalog a few times, ever more slowly, for what takes an upload back; `None` when it does not come to an answer.
async fn insist<T, F: Future<Output = Result<T>>>(id: &ImageId, ask: impl Fn() -> F) -> Option<T> {
    let mut pause = Duration::from_millis(20);
    for _ in 0..TRIES {
        match ask().await {
            Ok(answer) => return Some(answer),
            Err(error) => {
                tracing::warn!(image = %id, error = error.report(), "an upload could not be taken back yet");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
        }
    }
    tracing::error!(image = %id, "an upload could not be taken back; it will be when its lease ends");
    None
}

/// Removes what was published, if anything was; whether the store did it.
async fn remove(service: &Service, attempt: &Attempt) -> bool {
    let removed = service.store().delete(&attempt.key).await;
    if let Err(error) = &removed {
        tracing::error!(
            image = %attempt.image.id, key = %attempt.key, error = error.report(),
            "data of a failed upload could not be removed yet"
        );
    }
    removed.is_ok()
}

/// What to tell a client whose upload is no longer its own: the image was deleted, or the upload taken back.
pub(crate) async fn lost(service: &Service, attempt: &Attempt) -> Error {
    let id = &attempt.image.id;
    match service.catalog().image(id, None).await {
        Ok(Some(_)) => Error::conflict(format!(
            "The upload to image {id} was interrupted for so long that it was taken back. Repeat it."
        )),
        Ok(None) => gone(id),
        Err(error) => error,
    }
}

/// The answer to an upload whose image went away.
fn gone(id: &ImageId) -> Error {
    Error::gone(format!(
        "Image {id} could not be found after upload. It was deleted during the upload, and its data has been removed."
    ))
}
