//! Looking at guest lists.

use salon_core::{
    Error, ImageId, Result,
    image::sharing::{self as rules, Guests},
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
