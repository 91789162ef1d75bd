//! What the operator does with rooms at the server's command line. No caller, no policy.

use salon_core::{
    Result,
    account::{AccountId, Key, absent, operator as account_operator},
    event::Actor,
    membership::MemberName,
    room::{
        Room, RoomId, RoomLookup,
        members::RoomMembership,
        operator::{self, Raze, Survey},
    },
};

use crate::{
    Service,
    accounts::{load_any, page},
    retry::until_fresh,
};

/// One page of the rooms of an account, or of those a member is in.
///
/// # Errors
/// NotFound for the account; Invalid for an id of a member that nobody can have.
pub async fn list(
    service: &Service,
    account: &AccountId,
    member: Option<&str>,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<Room>, Option<Key>)> {
    let account = account_operator::permit::<Survey>(load_any(service, account).await?);
    let member = member.map(MemberName::parse).transpose()?;
    let found = service.catalog().rooms(&account, member.as_ref(), after, limit.saturating_add(1)).await?;
    Ok(page(found, limit))
}

/// A room.
///
/// # Errors
/// NotFound for the account or the room.
pub async fn show(service: &Service, account: &AccountId, room: &RoomId) -> Result<Room> {
    let found = look_up(service, account, room).await?;
    Ok(operator::permit::<Survey>(found, room)?.into_inner().room)
}

/// One page of who is in a room.
///
/// # Errors
/// NotFound for the account or the room.
pub async fn members(
    service: &Service,
    account: &AccountId,
    room: &RoomId,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<RoomMembership>, Option<Key>)> {
    let after = after.map(|key| key.id.as_str());
    let found = until_fresh(service, || async {
        let found = look_up(service, account, room).await?;
        let room = operator::permit::<Survey>(found, room)?;
        service.catalog().room_members(&room, after, limit.saturating_add(1)).await
    })
    .await?;
    Ok(page(found, limit))
}

/// Removes a room with everything in it.
///
/// # Errors
/// NotFound for the account or the room.
pub async fn delete(service: &Service, actor: &Actor, account: &AccountId, room: &RoomId) -> Result<()> {
    until_fresh(service, || async {
        let found = look_up(service, account, room).await?;
        let room = operator::permit::<Raze>(found, room)?;
        service.catalog().delete_room(&room, service.now(), actor).await
    })
    .await?;
    tracing::info!(account = %account, room = %room, request = actor.request_id, "room deleted by the operator");
    Ok(())
}

async fn look_up(service: &Service, account: &AccountId, room: &RoomId) -> Result<RoomLookup> {
    service.catalog().room(account, room).await?.ok_or_else(|| absent(account))
}
