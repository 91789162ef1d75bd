//! What the operator does at the server's command line, because the API has no call for it: Enterprise accounts, and
//! people in them before anybody has credentials. No caller, no policy.

use salon_core::{
    ProjectId, Result,
    account::{
        Account, AccountId, AccountType, Key, NewPerson, Person, PersonId,
        operator::{self, Convert, Dissolve, Enroll, EnrollPerson, Expel},
    },
    event::Actor,
    id::uuid_text,
};

use crate::{
    Service,
    accounts::{list::page, load_any},
    retry::until_fresh,
};

/// Makes an Enterprise account of `project`, which the identity is not asked about.
///
/// # Errors
/// Invalid for a name that is none, or for type Team: CreateAccount makes those.
pub async fn create_enterprise(
    service: &Service,
    actor: &Actor,
    project: &ProjectId,
    name: &str,
    account_type: AccountType,
) -> Result<Account> {
    operator::check_made(account_type)?;
    let id = AccountId::new(uuid_text(service.entropy()));
    let account = Account::new(id, project.clone(), name, account_type, service.now())?;
    let account = operator::permit::<Enroll>(account);
    service.catalog().enroll_account(&account, actor).await?;
    tracing::info!(account = %account.id, request = actor.request_id, "account created by the operator");
    Ok(account.into_inner())
}

/// Makes an account one of another Enterprise type.
///
/// # Errors
/// NotFound; Conflict for a change from Enterprise to Team.
pub async fn convert(service: &Service, actor: &Actor, id: &AccountId, to: AccountType) -> Result<Account> {
    let account = until_fresh(service, || async {
        let before = operator::permit::<Convert>(load_any(service, id).await?);
        let after = operator::convert(&before, to)?;
        service.catalog().convert_account(&before, &after, service.now(), actor).await
    })
    .await?;
    tracing::info!(account = %id, to = to.as_str(), request = actor.request_id, "account converted by the operator");
    Ok(account)
}

/// One page of all accounts, or of those of one project.
///
/// # Errors
/// Unavailable.
pub async fn list(
    service: &Service,
    project: Option<&ProjectId>,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<Account>, Option<Key>)> {
    let found = service.catalog().all_accounts(project, after, limit.saturating_add(1)).await?;
    Ok(page(found, limit))
}

/// Adds a person to an account of any type; somebody who was invited comes in.
///
/// # Errors
/// NotFound for the account; Invalid for a missing or bad e-mail address or a bad name; Conflict when the account has
/// somebody with the address.
pub async fn create_person(service: &Service, actor: &Actor, id: &AccountId, new: &NewPerson) -> Result<Person> {
    let fresh = PersonId::new(uuid_text(service.entropy()));
    let person = until_fresh(service, || async {
        let account = operator::permit::<EnrollPerson>(load_any(service, id).await?);
        let person = new.clone().into_person(&account, fresh.clone(), service.now())?;
        service.catalog().enroll_person(&account, &person, actor).await
    })
    .await?;
    tracing::info!(account = %id, person = %person.id, request = actor.request_id, "person added by the operator");
    Ok(person)
}

/// Removes a person from an account of any type, and from all rooms.
///
/// # Errors
/// NotFound for the account or the person; OverLimit for somebody in more than 10 000 rooms.
pub async fn delete_person(service: &Service, actor: &Actor, id: &AccountId, person: &PersonId) -> Result<()> {
    until_fresh(service, || async {
        let account = operator::permit::<Expel>(load_any(service, id).await?);
        service.catalog().expel_person(&account, person, service.now(), actor).await
    })
    .await?;
    tracing::info!(account = %id, person = %person, request = actor.request_id, "person removed by the operator");
    Ok(())
}

/// Removes an account with its people and bots.
///
/// # Errors
/// NotFound; Conflict while it has rooms.
pub async fn delete(service: &Service, actor: &Actor, id: &AccountId) -> Result<()> {
    until_fresh(service, || async {
        let account = operator::permit::<Dissolve>(load_any(service, id).await?);
        service.catalog().dissolve_account(&account, service.now(), actor).await
    })
    .await?;
    tracing::info!(account = %id, request = actor.request_id, "account deleted by the operator");
    Ok(())
}

/// One page of the people of an account.
///
/// # Errors
/// NotFound for the account.
pub async fn list_people(
    service: &Service,
    id: &AccountId,
    after: Option<&Key>,
    limit: u32,
) -> Result<(Vec<Person>, Option<Key>)> {
    let account = operator::permit::<EnrollPerson>(load_any(service, id).await?);
    let found = service.catalog().all_people(&account, after, limit.saturating_add(1)).await?;
    Ok(page(found, limit))
}

/// Makes an EnterpriseLWA account called `name` for `project` with `people` (e-mail address, name) in it, where they are
/// missing. For sample data; two servers that do it at once may make two accounts.
///
/// # Errors
/// Unavailable.
pub async fn ensure(
    service: &Service,
    actor: &Actor,
    project: &ProjectId,
    name: &str,
    people: &[(&str, &str)],
) -> Result<Account> {
    const LOOKED_AT: u32 = 100;
    let (accounts, _) = list(service, Some(project), None, LOOKED_AT).await?;
    let account = match accounts.into_iter().find(|account| account.account_type.is_enterprise()) {
        Some(account) => account,
        None => create_enterprise(service, actor, project, name, AccountType::EnterpriseLwa).await?,
    };
    for (email, name) in people {
        let email = Some((*email).to_owned());
        let new = NewPerson { email, name: Some((*name).to_owned()), user_type: None };
        match create_person(service, actor, &account.id, &new).await {
            Err(error) if error.kind() == salon_core::Kind::Conflict => {}
            other => drop(other?),
        }
    }
    Ok(account)
}
