// Generated from chime-2018-05-01.json by tests/chime_model.rs; the licence is in NOTICE. Do not edit.

#![allow(dead_code, reason = "the model has members that this server does not need")]

use serde::{Deserialize, Serialize};

use super::Time;

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct Account {
    pub(crate) account_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_type: Option<String>,
    pub(crate) aws_account_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_timestamp: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_license: Option<String>,
    pub(crate) name: String,
    pub(crate) signin_delegate_groups: Vec<SigninDelegateGroup>,
    pub(crate) supported_licenses: Vec<String>,
}

#[derive(Clone, Default, Deserialize, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct AccountSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disable_remote_control: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enable_dial_out: Option<bool>,
}

#[derive(Clone, Default, Deserialize, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct AlexaForBusinessMetadata {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alexa_for_business_room_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) is_alexa_for_business_enabled: Option<bool>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct AssociateSigninDelegateGroupsWithAccountRequest {
    pub(crate) account_id: String,
    pub(crate) signin_delegate_groups: Vec<SigninDelegateGroup>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct AssociateSigninDelegateGroupsWithAccountResponse {
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct BatchCreateRoomMembershipRequest {
    pub(crate) account_id: String,
    pub(crate) membership_item_list: Vec<MembershipItem>,
    pub(crate) room_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct BatchCreateRoomMembershipResponse {
    pub(crate) errors: Vec<MemberError>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct BatchSuspendUserRequest {
    pub(crate) account_id: String,
    pub(crate) user_id_list: Vec<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct BatchSuspendUserResponse {
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct BatchUnsuspendUserRequest {
    pub(crate) account_id: String,
    pub(crate) user_id_list: Vec<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct BatchUnsuspendUserResponse {
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct BatchUpdateUserRequest {
    pub(crate) account_id: String,
    pub(crate) update_user_request_items: Vec<UpdateUserRequestItem>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct BatchUpdateUserResponse {
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct Bot {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_timestamp: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) security_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_timestamp: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
}

#[derive(Clone, Default, Deserialize, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ConversationRetentionSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retention_days: Option<u32>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateAccountRequest {
    pub(crate) name: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateAccountResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<Account>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateBotRequest {
    pub(crate) account_id: String,
    pub(crate) display_name: String,
    pub(crate) domain: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateBotResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot: Option<Bot>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateRoomMembershipRequest {
    pub(crate) account_id: String,
    pub(crate) member_id: String,
    pub(crate) role: Option<String>,
    pub(crate) room_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateRoomMembershipResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room_membership: Option<RoomMembership>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateRoomRequest {
    pub(crate) account_id: String,
    pub(crate) client_request_token: Option<String>,
    pub(crate) name: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateRoomResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room: Option<Room>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateUserRequest {
    pub(crate) account_id: String,
    pub(crate) email: Option<String>,
    pub(crate) user_type: Option<String>,
    pub(crate) username: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct CreateUserResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<User>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteAccountRequest {
    pub(crate) account_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteAccountResponse {
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteEventsConfigurationRequest {
    pub(crate) account_id: String,
    pub(crate) bot_id: String,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteRoomMembershipRequest {
    pub(crate) account_id: String,
    pub(crate) member_id: String,
    pub(crate) room_id: String,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct DeleteRoomRequest {
    pub(crate) account_id: String,
    pub(crate) room_id: String,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct DisassociateSigninDelegateGroupsFromAccountRequest {
    pub(crate) account_id: String,
    pub(crate) group_names: Vec<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct DisassociateSigninDelegateGroupsFromAccountResponse {
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct EventsConfiguration {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lambda_function_arn: Option<String>,
    #[serde(rename = "OutboundEventsHTTPSEndpoint", skip_serializing_if = "Option::is_none")]
    pub(crate) outbound_events_https_endpoint: Option<String>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetAccountRequest {
    pub(crate) account_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetAccountResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<Account>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetAccountSettingsRequest {
    pub(crate) account_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetAccountSettingsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_settings: Option<AccountSettings>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetBotRequest {
    pub(crate) account_id: String,
    pub(crate) bot_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetBotResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot: Option<Bot>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetEventsConfigurationRequest {
    pub(crate) account_id: String,
    pub(crate) bot_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetEventsConfigurationResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) events_configuration: Option<EventsConfiguration>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetRetentionSettingsRequest {
    pub(crate) account_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetRetentionSettingsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) initiate_deletion_timestamp: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retention_settings: Option<RetentionSettings>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetRoomRequest {
    pub(crate) account_id: String,
    pub(crate) room_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetRoomResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room: Option<Room>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetUserRequest {
    pub(crate) account_id: String,
    pub(crate) user_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetUserResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<User>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetUserSettingsRequest {
    pub(crate) account_id: String,
    pub(crate) user_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct GetUserSettingsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_settings: Option<UserSettings>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct Invite {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invite_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct InviteUsersRequest {
    pub(crate) account_id: String,
    pub(crate) user_email_list: Vec<String>,
    pub(crate) user_type: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct InviteUsersResponse {
    pub(crate) invites: Vec<Invite>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListAccountsRequest {
    pub(crate) max_results: Option<u32>,
    pub(crate) name: Option<String>,
    pub(crate) next_token: Option<String>,
    pub(crate) user_email: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListAccountsResponse {
    pub(crate) accounts: Vec<Account>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListBotsRequest {
    pub(crate) account_id: String,
    pub(crate) max_results: Option<u32>,
    pub(crate) next_token: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListBotsResponse {
    pub(crate) bots: Vec<Bot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListRoomMembershipsRequest {
    pub(crate) account_id: String,
    pub(crate) max_results: Option<u32>,
    pub(crate) next_token: Option<String>,
    pub(crate) room_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListRoomMembershipsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
    pub(crate) room_memberships: Vec<RoomMembership>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListRoomsRequest {
    pub(crate) account_id: String,
    pub(crate) max_results: Option<u32>,
    pub(crate) member_id: Option<String>,
    pub(crate) next_token: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListRoomsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
    pub(crate) rooms: Vec<Room>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListUsersRequest {
    pub(crate) account_id: String,
    pub(crate) max_results: Option<u32>,
    pub(crate) next_token: Option<String>,
    pub(crate) user_email: Option<String>,
    pub(crate) user_type: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ListUsersResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
    pub(crate) users: Vec<User>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct LogoutUserRequest {
    pub(crate) account_id: String,
    pub(crate) user_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct LogoutUserResponse {
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct Member {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) full_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member_type: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct MemberError {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member_id: Option<String>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct MembershipItem {
    pub(crate) member_id: Option<String>,
    pub(crate) role: Option<String>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct PutEventsConfigurationRequest {
    pub(crate) account_id: String,
    pub(crate) bot_id: String,
    pub(crate) lambda_function_arn: Option<String>,
    #[serde(rename = "OutboundEventsHTTPSEndpoint")]
    pub(crate) outbound_events_https_endpoint: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct PutEventsConfigurationResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) events_configuration: Option<EventsConfiguration>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct PutRetentionSettingsRequest {
    pub(crate) account_id: String,
    pub(crate) retention_settings: RetentionSettings,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct PutRetentionSettingsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) initiate_deletion_timestamp: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retention_settings: Option<RetentionSettings>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct RedactConversationMessageRequest {
    pub(crate) account_id: String,
    pub(crate) conversation_id: String,
    pub(crate) message_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct RedactConversationMessageResponse {
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct RedactRoomMessageRequest {
    pub(crate) account_id: String,
    pub(crate) message_id: String,
    pub(crate) room_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct RedactRoomMessageResponse {
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct RegenerateSecurityTokenRequest {
    pub(crate) account_id: String,
    pub(crate) bot_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct RegenerateSecurityTokenResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot: Option<Bot>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ResetPersonalPINRequest {
    pub(crate) account_id: String,
    pub(crate) user_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct ResetPersonalPINResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<User>,
}

#[derive(Clone, Default, Deserialize, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct RetentionSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversation_retention_settings: Option<ConversationRetentionSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room_retention_settings: Option<RoomRetentionSettings>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct Room {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_timestamp: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_timestamp: Option<Time>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct RoomMembership {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invited_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) member: Option<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_timestamp: Option<Time>,
}

#[derive(Clone, Default, Deserialize, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct RoomRetentionSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retention_days: Option<u32>,
}

#[derive(Clone, Default, Deserialize, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct SigninDelegateGroup {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group_name: Option<String>,
}

#[derive(Clone, Default, Deserialize, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct TelephonySettings {
    pub(crate) inbound_calling: bool,
    pub(crate) outbound_calling: bool,
    #[serde(rename = "SMS")]
    pub(crate) sms: bool,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateAccountRequest {
    pub(crate) account_id: String,
    pub(crate) default_license: Option<String>,
    pub(crate) name: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateAccountResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<Account>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateAccountSettingsRequest {
    pub(crate) account_id: String,
    pub(crate) account_settings: AccountSettings,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateAccountSettingsResponse {
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateBotRequest {
    pub(crate) account_id: String,
    pub(crate) bot_id: String,
    pub(crate) disabled: Option<bool>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateBotResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bot: Option<Bot>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateRoomMembershipRequest {
    pub(crate) account_id: String,
    pub(crate) member_id: String,
    pub(crate) role: Option<String>,
    pub(crate) room_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateRoomMembershipResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room_membership: Option<RoomMembership>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateRoomRequest {
    pub(crate) account_id: String,
    pub(crate) name: Option<String>,
    pub(crate) room_id: String,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateRoomResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) room: Option<Room>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateUserRequest {
    pub(crate) account_id: String,
    pub(crate) alexa_for_business_metadata: Option<AlexaForBusinessMetadata>,
    pub(crate) license_type: Option<String>,
    pub(crate) user_id: String,
    pub(crate) user_type: Option<String>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateUserRequestItem {
    pub(crate) alexa_for_business_metadata: Option<AlexaForBusinessMetadata>,
    pub(crate) license_type: Option<String>,
    pub(crate) user_id: String,
    pub(crate) user_type: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateUserResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<User>,
}

#[derive(Clone, Default, Deserialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateUserSettingsRequest {
    pub(crate) account_id: String,
    pub(crate) user_id: String,
    pub(crate) user_settings: UserSettings,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct User {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alexa_for_business_metadata: Option<AlexaForBusinessMetadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) invited_on: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) license_type: Option<String>,
    #[serde(rename = "PersonalPIN", skip_serializing_if = "Option::is_none")]
    pub(crate) personal_pin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) primary_email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) primary_provisioned_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) registered_on: Option<Time>,
    pub(crate) user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_invitation_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_registration_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_type: Option<String>,
}

#[derive(Clone, Default, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UserError {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
}

#[derive(Clone, Default, Deserialize, Serialize)] #[serde(rename_all = "PascalCase")]
pub(crate) struct UserSettings {
    pub(crate) telephony: TelephonySettings,
}
