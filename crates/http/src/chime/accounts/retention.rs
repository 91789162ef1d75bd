//! GetRetentionSettings and PutRetentionSettings.

use salon_core::account::{AccountId, Retention, RetentionChange};
use salon_service::accounts;

use crate::chime::{
    Answer, Call, Chime,
    model::{
        Time,
        types::{
            ConversationRetentionSettings, GetRetentionSettingsRequest, GetRetentionSettingsResponse,
            PutRetentionSettingsRequest, PutRetentionSettingsResponse, RetentionSettings, RoomRetentionSettings,
        },
    },
};

pub(in crate::chime) async fn retention(chime: &Chime, call: Call) -> Answer {
    let request: GetRetentionSettingsRequest = call.read()?;
    let found = accounts::retention(chime.service(), &call.ctx, &AccountId::new(request.account_id)).await?;
    call.answer(&GetRetentionSettingsResponse {
        initiate_deletion_timestamp: found.initiate_deletion_at.map(Time),
        retention_settings: Some(settings(found)),
    })
}

/// The model has a body for this operation and a status that cannot carry one: 200 takes its place.
pub(in crate::chime) async fn set_retention(chime: &Chime, call: Call) -> Answer {
    let request: PutRetentionSettingsRequest = call.read()?;
    let wanted = request.retention_settings;
    // A policy that is named without days is switched off.
    let change = RetentionChange {
        room_days: wanted.room_retention_settings.map(|settings| settings.retention_days),
        conversation_days: wanted.conversation_retention_settings.map(|settings| settings.retention_days),
    };
    let id = AccountId::new(request.account_id);
    let now = accounts::set_retention(chime.service(), &call.ctx, &id, change).await?;
    let mut response = call.answer(&PutRetentionSettingsResponse {
        initiate_deletion_timestamp: now.initiate_deletion_at.map(Time),
        retention_settings: Some(settings(now)),
    })?;
    *response.status_mut() = http::StatusCode::OK;
    Ok(response)
}

fn settings(retention: Retention) -> RetentionSettings {
    let Retention { room_days, conversation_days, .. } = retention;
    RetentionSettings {
        room_retention_settings: Some(RoomRetentionSettings { retention_days: room_days }),
        conversation_retention_settings: Some(ConversationRetentionSettings { retention_days: conversation_days }),
    }
}
