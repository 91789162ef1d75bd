//! Changing a person.

use salon_core::{
    Result,
    account::{AccountId, Person, PersonChanges, PersonId, actions::UpdateUser, person::Outcome, person_absent},
};

use crate::{Ctx, Service, people::permitted, retry::until_fresh};

/// Changes license, type and Alexa for Business data.
///
/// # Errors
/// NotFound when the account is absent or another project's, or has no such person; Forbidden by policy; Invalid for a
/// license that the account does not support or that its directory manages.
pub async fn update(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    person: &PersonId,
    changes: &PersonChanges,
) -> Result<Person> {
    let actor = ctx.actor();
    let items = [(person.clone(), changes.clone())];
    let outcomes = until_fresh(service, || async {
        let account = permitted::<UpdateUser>(service, ctx, account).await?;
        service.catalog().update_people(&account, &items, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %account, person = %person, request = ctx.request_id, "person changed");
    match outcomes.into_iter().next().transpose()? {
        Some(Outcome::Kept(person) | Outcome::Changed(person)) => Ok(person),
        Some(Outcome::Left) | None => Err(person_absent(person)),
    }
}
