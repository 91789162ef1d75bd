//! What callers do with chat rooms. Who is in a room is in [`members`].

pub mod admin;
mod create;
mod delete;
mod list;
pub mod members;
mod show;
mod update;

pub use create::create;
pub use delete::delete;
pub use list::list;
pub use show::show;
pub use update::update;

use salon_core::{
    Permitted, Result,
    account::{AccountId, absent, actions::AccountAction},
    membership::rules::Quotas,
    room::{RoomId, RoomView, permit},
};

use crate::{Ctx, Service};

/// Loads account and room together and decides.
///
/// # Errors
/// NotFound when the account is absent or another project's, or has no such room; Forbidden by policy, or because the
/// account is no Enterprise account.
pub(crate) async fn permitted<A: AccountAction>(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    room: &RoomId,
) -> Result<Permitted<RoomView, A>> {
    let found = service.catalog().room_within_reach(account, room, &ctx.viewer(service)).await?;
    let found = found.ok_or_else(|| absent(account))?;
    permit::<A>(&service.policy(), &service.limits().rooms, &ctx.caller, found, room)
}

fn quotas(service: &Service) -> Quotas {
    let limits = &service.limits().rooms;
    Quotas { members: limits.members, of_member: limits.rooms_of_member }
}
