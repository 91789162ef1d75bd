//! Listing images.

use salon_core::{Result, image::v1::list as rules, policy::Policy};

use crate::{
    Ctx, Service,
    images::{Page, page},
};

/// The page that the decoded query parameters of a v1 list ask for.
///
/// # Errors
/// Forbidden when the caller may not list; Invalid for bad parameters and for an unknown or invisible marker.
pub async fn list(service: &Service, ctx: &Ctx, params: &[(String, String)]) -> Result<Page> {
    let policy = service.policy();
    let viewer = policy.permit_list(&ctx.caller)?;
    let (query, viewer) = rules::parse(params, service.limits(), viewer)?;
    page(service, ctx, &policy, &viewer, &query, Policy::can_see).await
}
