//! Making a room.

use salon_catalog::rooms::NewRoom;
use salon_core::{
    Result,
    account::{AccountId, permit, user_arn},
    id::uuid_text,
    room::{self, RequestToken, Room, RoomId, actions::CreateRoom},
};

use crate::{Ctx, Service, accounts::load, retry::until_fresh};

/// Makes a room that nobody is in. With a token, a request that was answered within the last day gets the room it made
/// then, as that is now.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy, or because it is no Enterprise account;
/// Invalid for a bad name or token, or a token that made a room of another name; OverLimit over the account's quota.
pub async fn create(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    name: &str,
    token: Option<&str>,
) -> Result<Room> {
    let policy = service.policy();
    let actor = ctx.actor();
    let room = until_fresh(service, || async {
        let account = permit::<CreateRoom>(&policy, &ctx.caller, load(service, ctx, account).await?)?;
        let new = NewRoom {
            id: RoomId::new(uuid_text(service.entropy())),
            name: room::name(name)?,
            created_by: user_arn(&ctx.caller),
            request: match token {
                Some(token) => Some((ctx.caller.user_id.as_str().to_owned(), RequestToken::parse(token)?)),
                None => None,
            },
            now: service.now(),
        };
        service.catalog().create_room(&account, &new, service.limits().rooms.rooms, &actor).await
    })
    .await?;
    tracing::info!(account = %account, room = %room.id, request = ctx.request_id, "room created");
    Ok(room)
}
