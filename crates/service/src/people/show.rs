//! Reading a person.

use salon_core::{
    Result,
    account::{AccountId, Person, PersonId, actions::GetUser},
};

use crate::{Ctx, Service, people::find};

/// The person.
///
/// # Errors
/// NotFound when the account is absent or another project's, or has no such person; Forbidden by policy.
pub async fn show(service: &Service, ctx: &Ctx, account: &AccountId, person: &PersonId) -> Result<Person> {
    find::<GetUser>(service, ctx, account, person).await
}
