//! Looking at guest lists.

use std::collections::BTreeSet;

use salon_core::{
    Error, ImageId, ProjectId, Result, Viewer,
    image::{
        Visibility,
        list::{Filter, ImageQuery, MemberStatusFilter, SortDir, SortKey, TextField, VisibilityFilter},
        sharing::{self as rules, Guests},
    },
    membership::{MemberName, Membership},
};

use super::walks;
use crate::{Ctx, Service};

/// Rows read at a time.
const PAGE: u32 = 1000;

/// Longest guest list that is answered; reached only where the quota of members is switched off.
pub(crate) const LONGEST: usize = 100_000;

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
            limit: found.len() as u64,
        };
        let views = service.catalog().images(&viewer, &query).await?;
        visible.extend(views.into_iter().map(|view| view.image.id.as_str().to_owned()));
    }
    Ok(visible)
}
