//! Adding a person.

use salon_core::{
    Result,
    account::{AccountId, NewPerson, Person, PersonId, actions::CreateUser},
    id::uuid_text,
};

use crate::{Ctx, Service, people::permitted, retry::until_fresh};

/// Adds a person to an Enterprise account, registered at once.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy; Invalid for a Team account, a missing
/// or bad e-mail address, or a bad name; Conflict when the account has somebody with the address.
pub async fn create(service: &Service, ctx: &Ctx, account: &AccountId, new: &NewPerson) -> Result<Person> {
    let actor = ctx.actor();
    let id = PersonId::new(uuid_text(service.entropy()));
    let person = until_fresh(service, || async {
        let account = permitted::<CreateUser>(service, ctx, account).await?;
        let person = new.clone().into_person(&account, id.clone(), service.now())?;
        service.catalog().create_person(&account, &person, &actor).await?;
        Ok(person)
    })
    .await?;
    tracing::info!(account = %account, person = %person.id, request = ctx.request_id, "person added");
    Ok(person)
}
