//! InviteUsers.

use salon_core::account::AccountId;
use salon_service::people;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    model::types::{Invite, InviteUsersRequest, InviteUsersResponse},
};

/// No mail leaves this server.
const EMAIL_STATUS: &str = "NotSent";

pub(in crate::chime) async fn invite(chime: &Chime, call: Call) -> Answer {
    let request: InviteUsersRequest = call.read()?;
    let user_type = wire::user_type(request.user_type.as_deref())?;
    let id = AccountId::new(request.account_id);
    let invites = people::invite(chime.service(), &call.ctx, &id, &request.user_email_list, user_type).await?;
    let invites = invites.into_iter().map(|invite| Invite {
        email_address: Some(invite.email),
        email_status: Some(EMAIL_STATUS.to_owned()),
        invite_id: Some(invite.id),
        status: Some(invite.status.as_str().to_owned()),
    });
    call.answer(&InviteUsersResponse { invites: invites.collect() })
}
