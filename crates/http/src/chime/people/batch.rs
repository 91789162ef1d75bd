//! BatchUpdateUser, BatchSuspendUser and BatchUnsuspendUser.

use salon_core::account::{AccountId, PersonId};
use salon_service::people;

use super::wire;
use crate::chime::{
    Answer, Call, Chime,
    error::Failure,
    model::types::{
        BatchSuspendUserRequest, BatchSuspendUserResponse, BatchUnsuspendUserRequest, BatchUnsuspendUserResponse,
        BatchUpdateUserRequest, BatchUpdateUserResponse,
    },
};

pub(in crate::chime) async fn update_many(chime: &Chime, call: Call) -> Answer {
    let request: BatchUpdateUserRequest = call.read()?;
    let changes = request.update_user_request_items.into_iter().map(|item| {
        let (license, kind) = (item.license_type.as_deref(), item.user_type.as_deref());
        Ok((PersonId::new(item.user_id), wire::changes(license, kind, item.alexa_for_business_metadata)?))
    });
    let changes = changes.collect::<Result<Vec<_>, Failure>>()?;
    let id = AccountId::new(request.account_id);
    let errors = people::update_many(chime.service(), &call.ctx, &id, &changes).await?;
    call.answer(&BatchUpdateUserResponse { user_errors: wire::errors(errors) })
}

pub(in crate::chime) async fn suspend(chime: &Chime, call: Call) -> Answer {
    let request: BatchSuspendUserRequest = call.read()?;
    let ids = ids(request.user_id_list);
    let errors = people::suspend(chime.service(), &call.ctx, &AccountId::new(request.account_id), &ids).await?;
    call.answer(&BatchSuspendUserResponse { user_errors: wire::errors(errors) })
}

pub(in crate::chime) async fn unsuspend(chime: &Chime, call: Call) -> Answer {
    let request: BatchUnsuspendUserRequest = call.read()?;
    let ids = ids(request.user_id_list);
    let errors = people::unsuspend(chime.service(), &call.ctx, &AccountId::new(request.account_id), &ids).await?;
    call.answer(&BatchUnsuspendUserResponse { user_errors: wire::errors(errors) })
}

fn ids(list: Vec<String>) -> Vec<PersonId> {
    list.into_iter().map(PersonId::new).collect()
}
