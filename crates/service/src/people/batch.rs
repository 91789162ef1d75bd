//! Changing several people in one call. What goes wrong with one is told of that one; the others are not affected.

use salon_core::{
    Result,
    account::{
        AccountId, ItemError, PersonChanges, PersonId,
        actions::{BatchSuspendUser, BatchUnsuspendUser, BatchUpdateUser},
        person::{MAX_BATCH, MAX_UPDATE_BATCH, Outcome, check_batch},
    },
};

use crate::{Ctx, Service, people::permitted, retry::until_fresh};

/// Changes up to 20 people; answers what could not be done.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy; Invalid for more than 20 items.
pub async fn update_many(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    changes: &[(PersonId, PersonChanges)],
) -> Result<Vec<ItemError>> {
    let actor = ctx.actor();
    let outcomes = until_fresh(service, || async {
        let account = permitted::<BatchUpdateUser>(service, ctx, account).await?;
        check_batch(changes.len(), MAX_UPDATE_BATCH)?;
        service.catalog().update_people(&account, changes, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %account, people = changes.len(), request = ctx.request_id, "people changed");
    Ok(failures(changes.iter().map(|(id, _)| id), outcomes))
}

/// Keeps up to 50 people out, from the answer on: they leave a Team account, and are suspended in an EnterpriseLWA one,
/// where they stay members of their rooms. Who is suspended already stays so without an error.
///
/// # Errors
/// As [`update_many`], with 50; Invalid for accounts whose people are managed in a directory.
pub async fn suspend(service: &Service, ctx: &Ctx, account: &AccountId, people: &[PersonId]) -> Result<Vec<ItemError>> {
    let actor = ctx.actor();
    let outcomes = until_fresh(service, || async {
        let account = permitted::<BatchSuspendUser>(service, ctx, account).await?;
        check_batch(people.len(), MAX_BATCH)?;
        service.catalog().suspend_people(&account, people, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %account, people = people.len(), request = ctx.request_id, "people suspended");
    Ok(failures(people.iter(), outcomes))
}

/// Lets up to 50 suspended people in again. Who is not suspended stays as he is without an error.
///
/// # Errors
/// As [`update_many`], with 50; Invalid unless the account is an EnterpriseLWA one.
pub async fn unsuspend(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    people: &[PersonId],
) -> Result<Vec<ItemError>> {
    let actor = ctx.actor();
    let outcomes = until_fresh(service, || async {
        let account = permitted::<BatchUnsuspendUser>(service, ctx, account).await?;
        check_batch(people.len(), MAX_BATCH)?;
        service.catalog().unsuspend_people(&account, people, service.now(), &actor).await
    })
    .await?;
    tracing::info!(account = %account, people = people.len(), request = ctx.request_id, "people let in again");
    Ok(failures(people.iter(), outcomes))
}

fn failures<'a>(ids: impl Iterator<Item = &'a PersonId>, outcomes: Vec<Result<Outcome>>) -> Vec<ItemError> {
    let failed = |(id, outcome): (&PersonId, Result<Outcome>)| {
        outcome.err().map(|error| ItemError { id: id.as_str().to_owned(), error })
    };
    ids.zip(outcomes).filter_map(failed).collect()
}
