//! What callers do with image records.

mod create;
mod delete;
mod list;
mod patch;
mod show;
mod status;
mod tags;

pub use create::create;
pub use delete::delete;
pub(crate) use delete::delete_by;
pub(crate) use list::page;
pub use list::{Page, list};
pub use patch::patch;
pub use show::show;
pub use status::{deactivate, reactivate};
pub use tags::{add_tag, remove_tag};

use salon_core::{ImageId, Result, image::ImageView, policy::image_absent};

use crate::{Ctx, Service};

/// Reads the image if the caller's project reaches it. What may be done with it is for the policy to say.
///
/// # Errors
/// NotFound when there is none within reach.
pub(crate) async fn load(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<ImageView> {
    service.catalog().image_within_reach(id, &ctx.viewer(service)).await?.ok_or_else(|| image_absent(id))
}
