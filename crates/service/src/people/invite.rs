//! Inviting people by e-mail address.

use salon_core::{
    Result,
    account::{
        AccountId, Invite, PersonId, UserType,
        actions::InviteUsers,
        person::{MAX_BATCH, check_batch, invited},
    },
    id::uuid_text,
};

use crate::{Ctx, Service, people::permitted, retry::until_fresh};

/// Invites people to a Team account; one answer for each address, in their order. No mail is sent: whoever invites
/// tells them. An address that was invited before is invited again, one that is in stays as it is.
///
/// # Errors
/// NotFound when the account is absent or another project's; Forbidden by policy; Invalid for an Enterprise account, for
/// more than 50 addresses, or when one of them is none.
pub async fn invite(
    service: &Service,
    ctx: &Ctx,
    account: &AccountId,
    emails: &[String],
    user_type: Option<UserType>,
) -> Result<Vec<Invite>> {
    let actor = ctx.actor();
    let invites = until_fresh(service, || async {
        let account = permitted::<InviteUsers>(service, ctx, account).await?;
        check_batch(emails.len(), MAX_BATCH)?;
        let mut people = Vec::with_capacity(emails.len());
        for email in emails {
            let id = PersonId::new(uuid_text(service.entropy()));
            let invite_id = uuid_text(service.entropy());
            people.push(invited(&account, id, invite_id, email, user_type, service.now())?);
        }
        service.catalog().invite_people(&account, &people, &actor).await
    })
    .await?;
    tracing::info!(account = %account, people = invites.len(), request = ctx.request_id, "people invited");
    Ok(invites)
}
