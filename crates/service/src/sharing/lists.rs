//! Looking at guest lists.

use std::collections::BTreeSet;

use salon_core::{
    Error, ImageId, ProjectId, Result,
    image::{
        Visibility,
        list::{Filter, ImageQuery, MemberStatusFilter, SortDir, SortKey, TextField, Viewer, VisibilityFilter},
        sharing::{self as rules, Guests},
    },
    membership::{MemberName, Membership, ThingKind},
};

use super::walks;
use crate::{Ctx, Service};

/// Rows read at a time.
const PAGE: u32 = 1000;

/// Longest guest list that is answered; reached only where the quota of members is switched off.
pub(crate) const LONGEST: usize = 100_000;

/// Things of a member looked up at a time.
const THINGS: u32 = 100;

/// The guest list as far as it is the caller's to see: everybody for the owner, its own record for a member.
///
/// # Errors
/// NotFound when the image is invisible; Forbidden by policy, or when the image is not shared; OverLimit for a list
/// too long to be answered.
pub async fn list(service: &Service, ctx: &Ctx, id: &ImageId) -> Result<Vec<Membership>> {
    walks::list(service, ctx, id, rules::list).await
}

/// Reads as much of a guest list as `guests` allows.
///
/// # Errors
/// OverLimit for a list too long to be answered; Stale when what allows it changed meanwhile.
pub(crate) async fn everybody(service: &Service, guests: Guests) -> Result<Vec<Membership>> {
    let image = match guests {
        Guests::Own(own) => return Ok(own.into_iter().collect()),
        Guests::All(image) => image,
    };
    let mut all: Vec<Membership> = Vec::new();
    loop {
        let after = all.last().map(|last| MemberName::parse(&last.member)).transpose()?;
        let page = service.catalog().members(&image, after.as_ref(), PAGE).await?;
        let more = page.len() >= PAGE as usize;
        all.extend(page);
        if !more {
            return Ok(all);
        }
        if all.len() >= LONGEST {
            return Err(Error::over_limit("The image has too many members to list them."));
        }
    }
}

/// One membership.
///
/// # Errors
/// NotFound for everything that is not there or not the caller's to see.
pub async fn show(service: &Service, ctx: &Ctx, id: &ImageId, member: &MemberName) -> Result<Membership> {
    walks::show(service, ctx, id, member, rules::show).await
}

/// What is shared with `member`, in the order of the images' ids, from the first after `after`: at most 100, and the
/// id to go on after, if there is more. Memberships in images that are not shared any more are left out.
///
/// # Errors
/// Forbidden unless the caller is that member or an administrator.
pub async fn things_of_member(
    service: &Service,
    ctx: &Ctx,
    member: &MemberName,
    after: Option<&str>,
) -> Result<(Vec<Membership>, Option<String>)> {
    let own = ctx.caller.project().is_some_and(|project| project.as_str() == member.as_str());
    if !own && !service.policy().is_admin(&ctx.caller) {
        return Err(Error::forbidden("You may list only what is shared with your own project."));
    }
    let mut found = service.catalog().things_of_member(ThingKind::Image, member, after, THINGS).await?;
    let next = found.last().filter(|_| found.len() >= THINGS as usize).map(|last| last.thing.id.clone());
    let visible = visible(service, member, &found).await?;
    found.retain(|membership| visible.contains(&membership.thing.id));
    Ok((found, next))
}

/// Which of the images the member's project can still find.
pub(crate) async fn visible(service: &Service, member: &MemberName, found: &[Membership]) -> Result<BTreeSet<String>> {
    let mut visible = BTreeSet::new();
    if found.is_empty() {
        return Ok(visible);
    }
    let viewer = Viewer { project: Some(ProjectId::new(member.as_str())), admin: false };
    for hidden in [false, true] {
        let query = ImageQuery {
            visibility: VisibilityFilter::Only(Visibility::Shared),
            member_status: MemberStatusFilter::All,
            hidden,
            killed: true,
            filters: vec![Filter::Text(TextField::Id, found.iter().map(|row| row.thing.id.clone()).collect())],
            sort: vec![(SortKey::CreatedAt, SortDir::Desc), (SortKey::Id, SortDir::Desc)],
            marker: None,
            limit: u64::from(THINGS),
        };
        let views = service.catalog().images(&viewer, &query).await?;
        visible.extend(views.into_iter().map(|view| view.image.id.as_str().to_owned()));
    }
    Ok(visible)
}
