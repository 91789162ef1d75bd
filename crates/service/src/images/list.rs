//! Listing image records.

use salon_core::{
    Caller, Error, ImageId, Kind, Result, Viewer,
    image::{
        Image, ImageView,
        list::{Filter, ImageQuery, unknown_marker},
        protection::PropertyAction,
    },
    policy::Policy,
};

use super::load;
use crate::{Ctx, Service};

/// Most images read at a time where the policy hides some, unless the page itself has more.
const STEP: u64 = 1000;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The images, in the order asked for. Fewer than the limit when these are the last ones, or when the policy hides very
    /// many of those that follow.
    pub images: Vec<Image>,
    /// The marker of the next page, always an image of this one; `None` when this page is the last one.
    pub next: Option<ImageId>,
}

/// The page of images that `query` asks for, as far as the caller may see them.
///
/// Glance gives a next page whenever a page is full, so its last one may lead to an empty page; here one row
/// more than the page is read, and `next` is there only if another row follows. What the policy hides is as if it were not
/// there: it takes no place on a page, and is no marker.
///
/// # Errors
/// Forbidden when the caller may not list; Invalid for an unknown or invisible marker; OverLimit when the policy hides so
/// many images in a row that the next one to be seen was not found.
pub async fn list(service: &Service, ctx: &Ctx, query: &ImageQuery) -> Result<Page> {
    let policy = service.policy();
    let viewer = policy.permit_list(&ctx.caller)?;
    page(service, ctx, &policy, &viewer, query, Policy::can_see).await
}

/// Whether an image is there for a caller.
pub(crate) type Sight = fn(&Policy, &Caller, &ImageView) -> bool;

/// One page for the eyes of `viewer`, as far as `sight` lets the caller see it.
///
/// # Errors
/// Invalid for an unknown or invisible marker; OverLimit as [`list`].
pub(crate) async fn page(
    service: &Service,
    ctx: &Ctx,
    policy: &Policy,
    viewer: &Viewer,
    query: &ImageQuery,
    sight: Sight,
) -> Result<Page> {
    // A property that the caller may not read is absent for it, so no image has it.
    let hidden = |filter: &Filter| match filter {
        Filter::Property(name, _) => !policy.allows_property(&ctx.caller, PropertyAction::Read, name),
        _ => false,
    };
    if query.limit == 0 || query.filters.iter().any(hidden) {
        return Ok(Page { images: Vec::new(), next: None });
    }
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut after = match &query.marker {
        None => None,
        Some(marker) => Some(place(service, ctx, policy, marker, sight).await?),
    };
    let mut wanted = ImageQuery { limit: query.limit.saturating_add(1), ..query.clone() };
    let (mut images, mut read) = (Vec::new(), 0_u64);
    loop {
        let found = service.catalog().images(viewer, &wanted, after.as_ref()).await?;
        let all = (found.len() as u64) < wanted.limit;
        read = read.saturating_add(found.len() as u64);
        let mut hidden = None;
        for view in found {
            if sight(policy, &ctx.caller, &view) {
                images.push(policy.shown(&ctx.caller, view.image));
                hidden = None;
            } else {
                hidden = Some(view.image);
            }
        }
        let complete = images.len() > limit;
        if complete || all || read >= service.limits().page_reads {
            images.truncate(limit);
            if images.is_empty() && !all {
                return Err(Error::over_limit(
                    "Too many images that are not to be seen come first; ask with more filters.",
                ));
            }
            let next = images.last().filter(|_| complete || !all).map(|image| image.id.clone());
            return Ok(Page { images, next });
        }
        // The policy hid some: the page goes on behind the last one that was read, to be seen or not.
        after = hidden.or_else(|| images.last().cloned());
        wanted.limit = wanted.limit.saturating_mul(2).min(STEP.max(query.limit));
    }
}

/// The image that a caller names as the last one of the page before.
async fn place(service: &Service, ctx: &Ctx, policy: &Policy, marker: &ImageId, sight: Sight) -> Result<Image> {
    let unknown = || unknown_marker(marker.as_str());
    match load(service, ctx, marker).await {
        Ok(view) if sight(policy, &ctx.caller, &view) => Ok(view.image),
        Ok(_) => Err(unknown()),
        Err(error) if error.kind() == Kind::NotFound => Err(unknown()),
        Err(error) => Err(error),
    }
}
