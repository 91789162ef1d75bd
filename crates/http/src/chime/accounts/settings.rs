//! GetAccountSettings and UpdateAccountSettings.

use salon_core::account::{AccountId, SettingsChange};
use salon_service::accounts;

use crate::chime::{
    Answer, Call, Chime,
    model::types::{
        AccountSettings, GetAccountSettingsRequest, GetAccountSettingsResponse, UpdateAccountSettingsRequest,
    },
};

pub(in crate::chime) async fn settings(chime: &Chime, call: Call) -> Answer {
    let request: GetAccountSettingsRequest = call.read()?;
    let settings = accounts::settings(chime.service(), &call.ctx, &AccountId::new(request.account_id)).await?;
    call.answer(&GetAccountSettingsResponse {
        account_settings: Some(AccountSettings {
            disable_remote_control: Some(settings.disable_remote_control),
            enable_dial_out: Some(settings.enable_dial_out),
        }),
    })
}

pub(in crate::chime) async fn set_settings(chime: &Chime, call: Call) -> Answer {
    let request: UpdateAccountSettingsRequest = call.read()?;
    let change = SettingsChange {
        disable_remote_control: request.account_settings.disable_remote_control,
        enable_dial_out: request.account_settings.enable_dial_out,
    };
    accounts::set_settings(chime.service(), &call.ctx, &AccountId::new(request.account_id), change).await?;
    call.done()
}
