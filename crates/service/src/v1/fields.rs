//! Creating and changing images, with data in the same request.

use std::io;

use bytes::Bytes;
use futures_util::Stream;
use salon_core::{
    Error, ImageId, Result,
    image::{
        Image, Status,
        actions::Modify,
        copy::{formats_given, not_queued},
        v1,
        v1::fields::Fields,
    },
};

use crate::{
    Ctx, Service,
    data::{UploadRequest, upload_checked},
    images::load,
    retry::in_turn,
    v1::{delete, external},
};

/// Data that comes with the request.
#[derive(Debug)]
pub struct NewData<B> {
    /// `Content-Length`, when the body is not chunked.
    pub content_length: Option<u64>,
    /// The bytes. An error item is a broken or incomplete body.
    pub body: B,
}

/// Where the data of an image comes from.
#[derive(Debug)]
pub enum Source<B> {
    /// From nowhere, for now.
    None,
    /// With the request.
    Data(NewData<B>),
    /// From a URL, fetched later.
    Copy(String),
    /// It is under a URL, and stays there.
    Location(String),
}

impl<B> Source<B> {
    fn is_data(&self) -> bool {
        matches!(self, Self::Data(_))
    }

    fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Creates the image that the headers describe, with its data if there is any.
///
/// An image whose data cannot be received is not there afterwards, even if the client goes away: nobody was told its id.
/// One whose data is to be fetched is answered at once, and killed if the data cannot be had.
///
/// # Errors
/// Forbidden by policy; OverLimit over quotas; Conflict when the id was ever used; Invalid for what the headers have
/// wrong; and what an upload answers.
pub async fn create<B>(service: &Service, ctx: &Ctx, fields: &Fields, source: Source<B>) -> Result<Image>
where
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    check(service, fields, &source)?;
    let policy = service.policy();
    let draft = fields.draft(&policy, &ctx.caller);
    if !source.is_none() {
        formats_given(draft.disk_format.as_deref(), draft.container_format.as_deref())?;
    }
    let fresh = ImageId::random(service.entropy());
    let mut image = draft.into_image(&ctx.caller, fresh, service.now(), service.limits())?;
    if source.is_none() && fields.size == Some(0) {
        // v1's way to make an image that has no data and never will.
        image.status = Status::Active;
        image.size = Some(0);
    }
    let data = match source {
        Source::Data(data) => data,
        Source::None => {
            let image = policy.permit_create(&ctx.caller, image)?;
            service.catalog().create_image(&image, &ctx.actor()).await?;
            tracing::info!(image = %image.id, request = ctx.request_id, "image created");
            return Ok(policy.shown(&ctx.caller, image.into_inner()));
        }
        Source::Copy(url) => return external::create_copied(service, ctx, fields, image, &url).await,
        Source::Location(url) => return external::create_located(service, ctx, fields, image, &url).await,
    };
    let image = policy.permit_create(&ctx.caller, image)?;
    service.catalog().create_image(&image, &ctx.actor()).await?;
    tracing::info!(image = %image.id, request = ctx.request_id, "image created");

    let mut withdrawal = Withdrawal { service, ctx, id: image.id.clone(), due: true };
    let id = withdrawal.id.clone();
    match receive(service, ctx, &id, fields, data).await {
        Ok(image) => {
            withdrawal.due = false;
            Ok(policy.shown(&ctx.caller, image))
        }
        Err(error) => {
            withdrawal.due = false;
            withdraw(service, ctx, &id).await;
            Err(error)
        }
    }
}

/// Changes the image as the headers say, and then receives its data if there is any, or orders it. With `purge`,
/// properties that are not named go; never with data.
///
/// # Errors
/// NotFound when the image is absent, invisible, or somebody else's and not public; Forbidden as the headers have it;
/// Conflict for data to an image that is not queued; and what an upload answers.
pub async fn update<B>(
    service: &Service,
    ctx: &Ctx,
    id: &ImageId,
    fields: &Fields,
    purge: bool,
    source: Source<B>,
) -> Result<Image>
where
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    check(service, fields, &source)?;
    let policy = service.policy();
    let actor = ctx.actor();
    let has_data = source.is_data();
    let is_elsewhere = !has_data && !source.is_none();
    let changed = in_turn(service, id.as_str(), || async {
        let view = load(service, ctx, id).await?;
        let before = v1::permit::<Modify>(&policy, &ctx.caller, view)?;
        if has_data && before.image.status != Status::Queued {
            return Err(Error::conflict(format!(
                "Cannot upload to an unqueued image: image {id} has or gets its data."
            )));
        }
        if is_elsewhere && before.image.status != Status::Queued {
            return Err(not_queued(id));
        }
        let purge = purge && !has_data;
        match fields.apply(&before, &ctx.caller, &policy, service.limits(), purge, service.now())? {
            Some(after) => service.catalog().update_image(&before, &after, &actor).await,
            None => Ok(before.into_inner().image),
        }
    })
    .await?;
    let image = match source {
        Source::Data(data) => {
            formats_given(changed.disk_format.as_deref(), changed.container_format.as_deref())?;
            receive(service, ctx, id, fields, data).await?
        }
        Source::Copy(url) => external::order_copy(service, ctx, id, fields, &url).await?,
        Source::Location(url) => external::set_location(service, ctx, id, fields, &url).await?,
        Source::None => changed,
    };
    Ok(policy.shown(&ctx.caller, image))
}

/// What can be refused before anything is written.
fn check<B>(service: &Service, fields: &Fields, source: &Source<B>) -> Result<()> {
    let cap = service.limits().image_size_bytes;
    let length = match source {
        Source::Data(data) => data.content_length,
        Source::Copy(url) | Source::Location(url) => {
            external::check(service, url)?;
            None
        }
        Source::None => None,
    };
    let declared = length.or(fields.size);
    if declared.is_some_and(|size| size > cap) {
        return Err(Error::invalid(format!("Denying attempt to upload image larger than {cap} bytes.")));
    }
    match &fields.store {
        Some(store) if store != service.store().id() => {
            let shown: String = store.chars().take(64).collect();
            Err(Error::invalid(format!("Store for scheme {shown} not found")))
        }
        Some(_) | None => Ok(()),
    }
}

/// The length of the body counts before what the headers say of the size.
async fn receive<B>(service: &Service, ctx: &Ctx, id: &ImageId, fields: &Fields, data: NewData<B>) -> Result<Image>
where
    B: Stream<Item = io::Result<Bytes>> + Send + 'static,
{
    let declared_size = if data.content_length.is_some() { None } else { fields.size };
    let request = UploadRequest { content_length: data.content_length, declared_size, body: data.body };
    upload_checked(service, ctx, id, request, fields.checksum.clone()).await
}

/// Takes a new image away when the request that made it is dropped before its data was received.
struct Withdrawal<'a> {
    service: &'a Service,
    ctx: &'a Ctx,
    id: ImageId,
    due: bool,
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        if self.due {
            let (service, ctx, id) = (self.service.clone(), self.ctx.clone(), self.id.clone());
            let background = self.service.clone();
            background.background().spawn(async move { withdraw(&service, &ctx, &id).await });
        }
    }
}

/// A failure leaves a queued image, which its owner can delete.
async fn withdraw(service: &Service, ctx: &Ctx, id: &ImageId) {
    match delete(service, ctx, id).await {
        Ok(()) => {}
        Err(error) if error.kind() == salon_core::Kind::NotFound => {}
        Err(error) => {
            tracing::warn!(image = %id, error = error.report(), "an image without its data could not be taken away");
        }
    }
}
