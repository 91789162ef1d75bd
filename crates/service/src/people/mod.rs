//! What callers do with the people in an account (Users, on the wire).

mod batch;
mod create;
mod invite;
mod list;
mod log_out;
mod pin;
mod settings;
mod show;
mod update;

pub use batch::{suspend, unsuspend, update_many};
pub use create::create;
pub use invite::invite;
pub use list::list;
pub use log_out::log_out;
pub use pin::reset_pin;
pub use settings::{set_settings, settings};
pub use show::show;
pub use update::update;

use salon_core::{
    Permitted, Result,
    account::{
        Account, AccountId, Person, PersonId, PersonView, absent, actions::AccountAction, permit, person_absent,
    },
};

use crate::{Ctx, Service, accounts::load};

/// Loads the account and decides.
///
/// # Errors
/// NotFound when it is absent or another project's; Forbidden by policy; what the operation says of the account's type.
async fn permitted<A: AccountAction>(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
) -> Result<Permitted<Account, A>> {
    permit::<A>(&service.policy(), &ctx.caller, load(service, ctx, account).await?)
}

/// Loads account and person together, decides, and answers the person.
///
/// # Errors
/// As [`permitted`]; NotFound when the account has no such person.
async fn find<A: AccountAction>(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    person: &PersonId,
) -> Result<Person> {
    let view = service.catalog().person_within_reach(account, person, &ctx.viewer(service)).await?;
    let PersonView { account, person: found } = view.ok_or_else(|| absent(account))?;
    permit::<A>(&service.policy(), &ctx.caller, account)?;
    found.ok_or_else(|| person_absent(person))
}
