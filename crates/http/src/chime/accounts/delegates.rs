//! AssociateSigninDelegateGroupsWithAccount and DisassociateSigninDelegateGroupsFromAccount.

use salon_core::account::AccountId;
use salon_service::accounts;

use crate::chime::{
    Answer, Call, Chime,
    model::types::{
        AssociateSigninDelegateGroupsWithAccountRequest, DisassociateSigninDelegateGroupsFromAccountRequest,
    },
};

pub(in crate::chime) async fn add_delegates(chime: &Chime, call: Call) -> Answer {
    let request: AssociateSigninDelegateGroupsWithAccountRequest = call.read()?;
    let groups: Vec<String> = request.signin_delegate_groups.into_iter().filter_map(|group| group.group_name).collect();
    accounts::add_delegates(chime.service(), &call.ctx, &AccountId::new(request.account_id), &groups).await?;
    call.done()
}

pub(in crate::chime) async fn remove_delegates(chime: &Chime, call: Call) -> Answer {
    let request: DisassociateSigninDelegateGroupsFromAccountRequest = call.read()?;
    let id = AccountId::new(request.account_id);
    accounts::remove_delegates(chime.service(), &call.ctx, &id, &request.group_names).await?;
    call.done()
}
