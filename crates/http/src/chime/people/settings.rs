//! GetUserSettings and UpdateUserSettings.

use salon_core::account::{AccountId, PersonId, Telephony};
use salon_service::people;

use crate::chime::{
    Answer, Call, Chime,
    model::types::{
        GetUserSettingsRequest, GetUserSettingsResponse, TelephonySettings, UpdateUserSettingsRequest, UserSettings,
    },
};

pub(in crate::chime) async fn settings(chime: &Chime, call: Call) -> Answer {
    let request: GetUserSettingsRequest = call.read()?;
    let (account, person) = (AccountId::new(request.account_id), PersonId::new(request.user_id));
    let found = people::settings(chime.service(), &call.ctx, &account, &person).await?;
    let telephony = TelephonySettings {
        inbound_calling: found.inbound_calling,
        outbound_calling: found.outbound_calling,
        sms: found.sms,
    };
    call.answer(&GetUserSettingsResponse { user_settings: Some(UserSettings { telephony }) })
}

pub(in crate::chime) async fn set_settings(chime: &Chime, call: Call) -> Answer {
    let request: UpdateUserSettingsRequest = call.read()?;
    let (account, person) = (AccountId::new(request.account_id), PersonId::new(request.user_id));
    let wanted = request.user_settings.telephony;
    let telephony = Telephony {
        inbound_calling: wanted.inbound_calling,
        outbound_calling: wanted.outbound_calling,
        sms: wanted.sms,
    };
    people::set_settings(chime.service(), &call.ctx, &account, &person, telephony).await?;
    call.done()
}
