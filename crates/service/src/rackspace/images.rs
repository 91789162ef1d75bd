//! Image records.

use salon_core::{
    ImageId, Result,
    image::{
        Image,
        actions::Get,
        patch::Changes,
        rackspace::{self as rules, list as query, patch as changes},
    },
};

use crate::{
    Ctx, Service, images,
    images::{Page, load, page},
};

/// The page that the decoded query parameters of a list ask for.
///
/// # Errors
/// Forbidden when the caller may not list; Invalid for bad parameters and for an unknown or invisible marker.
pub async fn list(service: &Service, ctx: &Ctx, params: &[(String, String)]) -> Result<Page> {
    let policy = service.policy();
    let viewer = policy.permit_list(&ctx.caller)?;
    let (query, viewer) = query::parse(params, viewer)?;
    page(service, ctx, &policy, &viewer, &query, rules::can_see).await
}

/// The image, if this dialect has it for the caller.
///
/// # Errors
/// NotFound when it is absent, invisible, or a community image of another project.
pub async fn show(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Image> {
    let view = load(service, ctx, id).await?;
    let policy = service.policy();
    let image = rules::permit::<Get>(&policy, &ctx.caller, view)?.into_inner().image;
    Ok(policy.shown(&ctx.caller, image))
}

/// Applies all changes or none, and answers the image as it is then.
///
/// # Errors
/// Forbidden for what is not a customer's to change; NotFound as [`show`]; otherwise as [`images::patch`].
pub async fn patch(service: &Service, ctx: &Ctx, id: &ImageId, wanted: &Changes) -> Result<Image> {
    show(service, ctx, id).await?;
    changes::check(wanted)?;
    images::patch(service, ctx, id, wanted).await
}

/// Deletes the image.
///
/// # Errors
/// NotFound as [`show`]; otherwise as [`images::delete`].
pub async fn delete(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<()> {
    show(service, ctx, id).await?;
    images::delete(service, ctx, id).await
}

/// Adds a tag.
///
/// # Errors
/// NotFound as [`show`]; otherwise as [`images::add_tag`].
pub async fn add_tag(service: &Service, ctx: &Ctx, id: &ImageId, tag: &str) -> Result<()> {
    show(service, ctx, id).await?;
    images::add_tag(service, ctx, id, tag).await
}

/// Removes a tag.
///
/// # Errors
/// NotFound as [`show`], and when the tag is not there; otherwise as [`images::remove_tag`].
pub async fn remove_tag(service: &Service, ctx: &Ctx, id: &ImageId, tag: &str) -> Result<()> {
    show(service, ctx, id).await?;
    images::remove_tag(service, ctx, id, tag).await
}
