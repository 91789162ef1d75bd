//! Listing image records.

use salon_core::{
    ImageId, Result, Viewer,
    image::{
        Image,
        list::{Filter, ImageQuery},
        protection::PropertyAction,
    },
    policy::Policy,
};

use crate::{Ctx, Service};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The images, in the order asked for. Fewer than the limit when the policy hides some.
    pub images: Vec<Image>,
    /// The marker of the next page; `None` when this page is the last one.
    pub next: Option<ImageId>,
}

/// The page of images that `query` asks for, as far as the caller may see them.
///
/// Glance gives a next page whenever a page is full, so its last one may lead to an empty page; here one row
/// more than the page is read, and `next` is there only if another row follows.
///
/// # Errors
/// Forbidden when the caller may not list; Invalid for an unknown or invisible marker.
pub async fn list(service: &Service, ctx: &Ctx, query: &ImageQuery) -> Result<Page> {
    let policy = service.policy();
    let viewer = policy.permit_list(&ctx.caller)?;
    page(service, ctx, &policy, &viewer, query).await
}

/// One page for the eyes of `viewer`, as far as the caller may see it.
///
/// # Errors
/// Invalid for an unknown or invisible marker.
pub(crate) async fn page(
    service: &Service,
    ctx: &Ctx,
    policy: &Policy,
    viewer: &Viewer,
    query: &ImageQuery,
) -> Result<Page> {
    // A property that the caller may not read is absent for it, so no image has it.
    let hidden = |filter: &Filter| match filter {
        Filter::Property(name, _) => !policy.allows_property(&ctx.caller, PropertyAction::Read, name),
        _ => false,
    };
    if query.filters.iter().any(hidden) {
        return Ok(Page { images: Vec::new(), next: None });
    }
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let wanted = ImageQuery { limit: query.limit.saturating_add(u64::from(limit > 0)), ..query.clone() };
    let mut found = service.catalog().images(viewer, &wanted).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    // The marker is the last row of the page even if the policy hides it: the catalog goes on from there.
    let next = found.last().filter(|_| more).map(|view| view.image.id.clone());
    let seen = found.into_iter().filter(|view| policy.can_see(&ctx.caller, view));
    let images = seen.map(|view| policy.shown(&ctx.caller, view.image)).collect();
    Ok(Page { images, next })
}
