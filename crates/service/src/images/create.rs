//! Creating an image record.

use salon_core::{
    Result,
    image::{Image, draft::Draft},
};

use crate::{Ctx, Service};

/// Creates the record that `draft` describes; it is queued and has no data.
///
/// # Errors
/// Forbidden by policy; OverLimit over the quotas of properties and tags; Conflict when the id was ever used.
pub async fn create(service: &Service, ctx: &Ctx, draft: Draft) -> Result<Image> {
    let _ = (service, ctx, draft);
    todo!()
}
