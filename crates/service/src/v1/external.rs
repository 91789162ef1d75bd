//! Data that is somewhere else: ordered to be fetched, or left where it is.

use salon_core::{
    Error, ImageId, Result,
    image::{
        Image, ImageView,
        actions::CopyFrom,
        copy::CopyOrder,
        v1,
        v1::{
            fields::Fields,
            location::{self, External},
        },
    },
};
use salon_outbound::{Reason, Scheme};

use crate::{Ctx, Service, images::load, maintenance::JobKind, retry::until_fresh};

/// Refuses what can be seen to be no source, without asking anybody: whether there is something behind a URL is not for
/// the answer to tell.
pub(super) fn check(service: &Service, url: &str) -> Result<()> {
    if url.is_empty() {
        return Err(Error::invalid("External source should not be empty"));
    }
    let scheme = url.split(':').next().unwrap_or_default();
    match service.outbound().check(url) {
        Ok(_) => Ok(()),
        Err(failure) if failure.reason() == Reason::Url && Scheme::parse(&scheme.to_ascii_lowercase()).is_none() => {
            let shown: String = scheme.chars().take(32).collect();
            Err(Error::invalid(format!("External sources are not supported: '{shown}'")).with_source(failure))
        }
        Err(failure) => Err(failure.into_error()),
    }
}

/// Writes a new image and the order to fetch its data, in one transaction.
pub(super) async fn create_copied(
    service: &Service,
    ctx: &Ctx,
    fields: &Fields,
    image: Image,
    url: &str,
) -> Result<Image> {
    let policy = service.policy();
    let actor = ctx.actor();
    let image = policy.permit_create(&ctx.caller, image)?;
    let view = ImageView { image: (*image).clone(), membership: None };
    let order = order(fields, &policy.permit::<CopyFrom>(&ctx.caller, view)?, ctx, url)?;
    service.catalog().create_image_to_copy(&image, &order, service.settings().copies_waiting, &actor).await?;
    service.jobs_waiting(JobKind::CopyImage).notify_one();
    tracing::info!(image = %image.id, request = ctx.request_id, "image created, its data ordered");
    Ok(policy.shown(&ctx.caller, image.into_inner()))
}

/// Orders the data of a queued image.
pub(super) async fn order_copy(
    service: &Service,
    ctx: &Ctx,
    id: &ImageId,
    fields: &Fields,
    url: &str,
) -> Result<Image> {
    let policy = service.policy();
    let image = until_fresh(service, || async {
        let view = load(service, ctx, id).await?;
        let image = v1::permit::<CopyFrom>(&policy, &ctx.caller, view)?;
        let order = order(fields, &image, ctx, url)?;
        service.catalog().order_copy(&image, &order, service.settings().copies_waiting, service.now()).await?;
        Ok(image.into_inner().image)
    })
    .await?;
    service.jobs_waiting(JobKind::CopyImage).notify_one();
    tracing::info!(image = %id, request = ctx.request_id, "data ordered");
    Ok(image)
}

/// Writes a new image whose data is somewhere else, after a look at it.
pub(super) async fn create_located(
    service: &Service,
    ctx: &Ctx,
    fields: &Fields,
    image: Image,
    url: &str,
) -> Result<Image> {
    let policy = service.policy();
    // Nobody is asked on behalf of somebody who may not.
    location::permit(&policy, &ctx.caller, ImageView { image: image.clone(), membership: None })?;
    let data = look(service, fields, url).await?;
    let image = location::permit_create(&policy, &ctx.caller, image, &data)?;
    service.catalog().create_image(&image, &ctx.actor()).await?;
    tracing::info!(image = %image.id, request = ctx.request_id, "image created, its data is elsewhere");
    Ok(policy.shown(&ctx.caller, image.into_inner()))
}

/// Makes a queued image active with data that is somewhere else, after a look at it.
pub(super) async fn set_location(
    service: &Service,
    ctx: &Ctx,
    id: &ImageId,
    fields: &Fields,
    url: &str,
) -> Result<Image> {
    let policy = service.policy();
    let actor = ctx.actor();
    location::permit(&policy, &ctx.caller, load(service, ctx, id).await?)?;
    let data = look(service, fields, url).await?;
    let image = until_fresh(service, || async {
        let image = location::permit(&policy, &ctx.caller, load(service, ctx, id).await?)?;
        service.catalog().set_location(&image, &data, service.now(), &actor).await
    })
    .await?;
    tracing::info!(image = %id, request = ctx.request_id, "image active, its data is elsewhere");
    Ok(image)
}

/// How much there is under a URL, held to what the headers say.
async fn look(service: &Service, fields: &Fields, url: &str) -> Result<External> {
    let found = service.outbound().get(url).await.map_err(|failure| match failure.reason() {
        Reason::Status(404 | 410) => Error::not_found("The location was not found.").with_source(failure),
        _ => failure.into_error(),
    })?;
    let given = fields.size.filter(|size| *size > 0);
    let size = match (given, found.body.length()) {
        (Some(given), Some(length)) if given != length => {
            return Err(Error::conflict(format!(
                "Provided image size must match the stored image size. (provided size: {given}, stored size: {length})"
            )));
        }
        (given, length) => {
            given.or(length).ok_or_else(|| Error::invalid("The location does not say how much there is."))?
        }
    };
    External::new(url, size, fields.checksum.as_deref())
}

fn order(
    fields: &Fields,
    image: &salon_core::Permitted<ImageView, CopyFrom>,
    ctx: &Ctx,
    url: &str,
) -> Result<CopyOrder> {
    // v1's clients send 0 for a size they do not know.
    let size = fields.size.filter(|size| *size > 0);
    CopyOrder::new(image, url, size, fields.checksum.as_deref(), &ctx.actor())
}
