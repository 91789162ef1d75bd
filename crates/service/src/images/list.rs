//! Listing image records.

use salon_core::{
    ImageId, Result,
    image::{Image, list::ImageQuery},
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
/// more than the page is read, and `next` is there only if the next page has something in it.
///
/// # Errors
/// Forbidden when the caller may not list; Invalid for an unknown or invisible marker.
pub async fn list(service: &Service, ctx: &Ctx, query: &ImageQuery) -> Result<Page> {
    let _ = (service, ctx, query);
    todo!()
}
