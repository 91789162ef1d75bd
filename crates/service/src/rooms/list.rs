//! Listing rooms.

use salon_core::{
    Result,
    account::{AccountId, Key, permit},
    membership::MemberName,
    room::{Room, actions::ListRooms},
};

use crate::{
    Ctx, Service,
    accounts::{load, page},
};

/// One page of the rooms of an account, in the order they were made, and where the next one begins, if there is one. With
/// `member`, only the rooms that person or bot is in: none, for an id that nobody has.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy, or because it is no Enterprise account.
pub async fn list(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    member: Option<&str>,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<Room>, Option<Key>)> {
    let account = permit::<ListRooms>(&service.policy(), &ctx.caller, load(service, ctx, account).await?)?;
    let member = match member.map(MemberName::parse) {
        // Nobody can have such an id.
        Some(Err(_)) => return Ok((Vec::new(), None)),
        Some(Ok(member)) => Some(member),
        None => None,
    };
    let found = service.catalog().rooms(&account, member.as_ref(), after, limit.saturating_add(1)).await?;
    Ok(page(found, limit))
}
