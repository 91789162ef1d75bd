//! Data that is somewhere else: ordered to be fetched.

use salon_core::{
    Error, ImageId, Result,
    image::{Image, ImageView, actions::CopyFrom, copy::CopyOrder, v1, v1::fields::Fields},
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
