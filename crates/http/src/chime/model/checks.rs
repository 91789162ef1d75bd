// Generated from chime-2018-05-01.json by tests/chime_model.rs; the licence is in NOTICE. Do not edit.

use super::{Check, Member, Pattern, Place};

pub(crate) static ACCOUNT_NAME: Check = Check::Text { min: 1, max: 100, pattern: Pattern::NotBlank, values: &[] };

pub(crate) static ACCOUNT_SETTINGS: Check = Check::Structure(&[
    Member { name: "DisableRemoteControl", wire: "DisableRemoteControl", place: Place::Body, required: false, check: &BOOLEAN },
    Member { name: "EnableDialOut", wire: "EnableDialOut", place: Place::Body, required: false, check: &BOOLEAN },
]);

pub(crate) static ALEXA_FOR_BUSINESS_METADATA: Check = Check::Structure(&[
    Member { name: "AlexaForBusinessRoomArn", wire: "AlexaForBusinessRoomArn", place: Place::Body, required: false, check: &SENSITIVE_STRING },
    Member { name: "IsAlexaForBusinessEnabled", wire: "IsAlexaForBusinessEnabled", place: Place::Body, required: false, check: &BOOLEAN },
]);

pub(crate) static ASSOCIATE_SIGNIN_DELEGATE_GROUPS_WITH_ACCOUNT_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "SigninDelegateGroups", wire: "SigninDelegateGroups", place: Place::Body, required: true, check: &SIGNIN_DELEGATE_GROUP_LIST },
]);

pub(crate) static BATCH_CREATE_ROOM_MEMBERSHIP_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MembershipItemList", wire: "MembershipItemList", place: Place::Body, required: true, check: &MEMBERSHIP_ITEM_LIST },
    Member { name: "RoomId", wire: "roomId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static BATCH_SUSPEND_USER_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "UserIdList", wire: "UserIdList", place: Place::Body, required: true, check: &USER_ID_LIST },
]);

pub(crate) static BATCH_UNSUSPEND_USER_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "UserIdList", wire: "UserIdList", place: Place::Body, required: true, check: &USER_ID_LIST },
]);

pub(crate) static BATCH_UPDATE_USER_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "UpdateUserRequestItems", wire: "UpdateUserRequestItems", place: Place::Body, required: true, check: &UPDATE_USER_REQUEST_ITEM_LIST },
]);

pub(crate) static BOOLEAN: Check = Check::Flag;

pub(crate) static CLIENT_REQUEST_TOKEN: Check = Check::Text { min: 2, max: 64, pattern: Pattern::Token, values: &[] };

pub(crate) static CONVERSATION_RETENTION_SETTINGS: Check = Check::Structure(&[
    Member { name: "RetentionDays", wire: "RetentionDays", place: Place::Body, required: false, check: &RETENTION_DAYS },
]);

pub(crate) static CREATE_ACCOUNT_REQUEST: Check = Check::Structure(&[
    Member { name: "Name", wire: "Name", place: Place::Body, required: true, check: &ACCOUNT_NAME },
]);

pub(crate) static CREATE_BOT_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "DisplayName", wire: "DisplayName", place: Place::Body, required: true, check: &SENSITIVE_STRING },
    Member { name: "Domain", wire: "Domain", place: Place::Body, required: false, check: &NON_EMPTY_STRING },
]);

pub(crate) static CREATE_ROOM_MEMBERSHIP_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MemberId", wire: "MemberId", place: Place::Body, required: true, check: &NON_EMPTY_STRING },
    Member { name: "Role", wire: "Role", place: Place::Body, required: false, check: &ROOM_MEMBERSHIP_ROLE },
    Member { name: "RoomId", wire: "roomId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static CREATE_ROOM_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "ClientRequestToken", wire: "ClientRequestToken", place: Place::Body, required: false, check: &CLIENT_REQUEST_TOKEN },
    Member { name: "Name", wire: "Name", place: Place::Body, required: true, check: &SENSITIVE_STRING },
]);

pub(crate) static CREATE_USER_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "Email", wire: "Email", place: Place::Body, required: false, check: &EMAIL_ADDRESS },
    Member { name: "UserType", wire: "UserType", place: Place::Body, required: false, check: &USER_TYPE },
    Member { name: "Username", wire: "Username", place: Place::Body, required: false, check: &STRING },
]);

pub(crate) static DELETE_ACCOUNT_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static DELETE_EVENTS_CONFIGURATION_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "BotId", wire: "botId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static DELETE_ROOM_MEMBERSHIP_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MemberId", wire: "memberId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "RoomId", wire: "roomId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static DELETE_ROOM_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "RoomId", wire: "roomId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static DISASSOCIATE_SIGNIN_DELEGATE_GROUPS_FROM_ACCOUNT_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "GroupNames", wire: "GroupNames", place: Place::Body, required: true, check: &NON_EMPTY_STRING_LIST },
]);

pub(crate) static EMAIL_ADDRESS: Check = Check::Text { min: 0, max: usize::MAX, pattern: Pattern::Email, values: &[] };

pub(crate) static GET_ACCOUNT_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static GET_ACCOUNT_SETTINGS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static GET_BOT_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "BotId", wire: "botId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static GET_EVENTS_CONFIGURATION_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "BotId", wire: "botId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static GET_RETENTION_SETTINGS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static GET_ROOM_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "RoomId", wire: "roomId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static GET_USER_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "UserId", wire: "userId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static GET_USER_SETTINGS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &STRING },
    Member { name: "UserId", wire: "userId", place: Place::Path, required: true, check: &STRING },
]);

pub(crate) static INVITE_USERS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "UserEmailList", wire: "UserEmailList", place: Place::Body, required: true, check: &USER_EMAIL_LIST },
    Member { name: "UserType", wire: "UserType", place: Place::Body, required: false, check: &USER_TYPE },
]);

pub(crate) static LICENSE: Check = Check::Text { min: 0, max: usize::MAX, pattern: Pattern::Any, values: &["Basic", "Plus", "Pro", "ProTrial"] };

pub(crate) static LIST_ACCOUNTS_REQUEST: Check = Check::Structure(&[
    Member { name: "MaxResults", wire: "max-results", place: Place::Query, required: false, check: &PROFILE_SERVICE_MAX_RESULTS },
    Member { name: "Name", wire: "name", place: Place::Query, required: false, check: &ACCOUNT_NAME },
    Member { name: "NextToken", wire: "next-token", place: Place::Query, required: false, check: &STRING },
    Member { name: "UserEmail", wire: "user-email", place: Place::Query, required: false, check: &EMAIL_ADDRESS },
]);

pub(crate) static LIST_BOTS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MaxResults", wire: "max-results", place: Place::Query, required: false, check: &RESULT_MAX },
    Member { name: "NextToken", wire: "next-token", place: Place::Query, required: false, check: &STRING },
]);

pub(crate) static LIST_ROOM_MEMBERSHIPS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MaxResults", wire: "max-results", place: Place::Query, required: false, check: &RESULT_MAX },
    Member { name: "NextToken", wire: "next-token", place: Place::Query, required: false, check: &STRING },
    Member { name: "RoomId", wire: "roomId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static LIST_ROOMS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MaxResults", wire: "max-results", place: Place::Query, required: false, check: &RESULT_MAX },
    Member { name: "MemberId", wire: "member-id", place: Place::Query, required: false, check: &STRING },
    Member { name: "NextToken", wire: "next-token", place: Place::Query, required: false, check: &STRING },
]);

pub(crate) static LIST_USERS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MaxResults", wire: "max-results", place: Place::Query, required: false, check: &PROFILE_SERVICE_MAX_RESULTS },
    Member { name: "NextToken", wire: "next-token", place: Place::Query, required: false, check: &STRING },
    Member { name: "UserEmail", wire: "user-email", place: Place::Query, required: false, check: &EMAIL_ADDRESS },
    Member { name: "UserType", wire: "user-type", place: Place::Query, required: false, check: &USER_TYPE },
]);

pub(crate) static LOGOUT_USER_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "UserId", wire: "userId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static MEMBERSHIP_ITEM: Check = Check::Structure(&[
    Member { name: "MemberId", wire: "MemberId", place: Place::Body, required: false, check: &NON_EMPTY_STRING },
    Member { name: "Role", wire: "Role", place: Place::Body, required: false, check: &ROOM_MEMBERSHIP_ROLE },
]);

pub(crate) static MEMBERSHIP_ITEM_LIST: Check = Check::List { of: &MEMBERSHIP_ITEM, min: 0, max: 50 };

pub(crate) static NON_EMPTY_STRING: Check = Check::Text { min: 0, max: usize::MAX, pattern: Pattern::NotBlank, values: &[] };

pub(crate) static NON_EMPTY_STRING_LIST: Check = Check::List { of: &STRING, min: 1, max: usize::MAX };

pub(crate) static NULLABLE_BOOLEAN: Check = Check::Flag;

pub(crate) static PROFILE_SERVICE_MAX_RESULTS: Check = Check::Number { min: 1, max: 200 };

pub(crate) static PUT_EVENTS_CONFIGURATION_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "BotId", wire: "botId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "LambdaFunctionArn", wire: "LambdaFunctionArn", place: Place::Body, required: false, check: &SENSITIVE_STRING },
    Member { name: "OutboundEventsHTTPSEndpoint", wire: "OutboundEventsHTTPSEndpoint", place: Place::Body, required: false, check: &SENSITIVE_STRING },
]);

pub(crate) static PUT_RETENTION_SETTINGS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "RetentionSettings", wire: "RetentionSettings", place: Place::Body, required: true, check: &RETENTION_SETTINGS },
]);

pub(crate) static REDACT_CONVERSATION_MESSAGE_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "ConversationId", wire: "conversationId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MessageId", wire: "messageId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static REDACT_ROOM_MESSAGE_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MessageId", wire: "messageId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "RoomId", wire: "roomId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static REGENERATE_SECURITY_TOKEN_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "BotId", wire: "botId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static RESET_PERSONAL_PIN_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "UserId", wire: "userId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static RESULT_MAX: Check = Check::Number { min: 1, max: 99 };

pub(crate) static RETENTION_DAYS: Check = Check::Number { min: 1, max: 5475 };

pub(crate) static RETENTION_SETTINGS: Check = Check::Structure(&[
    Member { name: "ConversationRetentionSettings", wire: "ConversationRetentionSettings", place: Place::Body, required: false, check: &CONVERSATION_RETENTION_SETTINGS },
    Member { name: "RoomRetentionSettings", wire: "RoomRetentionSettings", place: Place::Body, required: false, check: &ROOM_RETENTION_SETTINGS },
]);

pub(crate) static ROOM_MEMBERSHIP_ROLE: Check = Check::Text { min: 0, max: usize::MAX, pattern: Pattern::Any, values: &["Administrator", "Member"] };

pub(crate) static ROOM_RETENTION_SETTINGS: Check = Check::Structure(&[
    Member { name: "RetentionDays", wire: "RetentionDays", place: Place::Body, required: false, check: &RETENTION_DAYS },
]);

pub(crate) static SENSITIVE_STRING: Check = Check::Text { min: 0, max: usize::MAX, pattern: Pattern::Any, values: &[] };

pub(crate) static SIGNIN_DELEGATE_GROUP: Check = Check::Structure(&[
    Member { name: "GroupName", wire: "GroupName", place: Place::Body, required: false, check: &NON_EMPTY_STRING },
]);

pub(crate) static SIGNIN_DELEGATE_GROUP_LIST: Check = Check::List { of: &SIGNIN_DELEGATE_GROUP, min: 0, max: usize::MAX };

pub(crate) static STRING: Check = Check::Text { min: 0, max: usize::MAX, pattern: Pattern::Any, values: &[] };

pub(crate) static TELEPHONY_SETTINGS: Check = Check::Structure(&[
    Member { name: "InboundCalling", wire: "InboundCalling", place: Place::Body, required: true, check: &BOOLEAN },
    Member { name: "OutboundCalling", wire: "OutboundCalling", place: Place::Body, required: true, check: &BOOLEAN },
    Member { name: "SMS", wire: "SMS", place: Place::Body, required: true, check: &BOOLEAN },
]);

pub(crate) static UPDATE_ACCOUNT_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "DefaultLicense", wire: "DefaultLicense", place: Place::Body, required: false, check: &LICENSE },
    Member { name: "Name", wire: "Name", place: Place::Body, required: false, check: &ACCOUNT_NAME },
]);

pub(crate) static UPDATE_ACCOUNT_SETTINGS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "AccountSettings", wire: "AccountSettings", place: Place::Body, required: true, check: &ACCOUNT_SETTINGS },
]);

pub(crate) static UPDATE_BOT_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "BotId", wire: "botId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "Disabled", wire: "Disabled", place: Place::Body, required: false, check: &NULLABLE_BOOLEAN },
]);

pub(crate) static UPDATE_ROOM_MEMBERSHIP_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "MemberId", wire: "memberId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "Role", wire: "Role", place: Place::Body, required: false, check: &ROOM_MEMBERSHIP_ROLE },
    Member { name: "RoomId", wire: "roomId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static UPDATE_ROOM_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "Name", wire: "Name", place: Place::Body, required: false, check: &SENSITIVE_STRING },
    Member { name: "RoomId", wire: "roomId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
]);

pub(crate) static UPDATE_USER_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "AlexaForBusinessMetadata", wire: "AlexaForBusinessMetadata", place: Place::Body, required: false, check: &ALEXA_FOR_BUSINESS_METADATA },
    Member { name: "LicenseType", wire: "LicenseType", place: Place::Body, required: false, check: &LICENSE },
    Member { name: "UserId", wire: "userId", place: Place::Path, required: true, check: &NON_EMPTY_STRING },
    Member { name: "UserType", wire: "UserType", place: Place::Body, required: false, check: &USER_TYPE },
]);

pub(crate) static UPDATE_USER_REQUEST_ITEM: Check = Check::Structure(&[
    Member { name: "AlexaForBusinessMetadata", wire: "AlexaForBusinessMetadata", place: Place::Body, required: false, check: &ALEXA_FOR_BUSINESS_METADATA },
    Member { name: "LicenseType", wire: "LicenseType", place: Place::Body, required: false, check: &LICENSE },
    Member { name: "UserId", wire: "UserId", place: Place::Body, required: true, check: &NON_EMPTY_STRING },
    Member { name: "UserType", wire: "UserType", place: Place::Body, required: false, check: &USER_TYPE },
]);

pub(crate) static UPDATE_USER_REQUEST_ITEM_LIST: Check = Check::List { of: &UPDATE_USER_REQUEST_ITEM, min: 0, max: 20 };

pub(crate) static UPDATE_USER_SETTINGS_REQUEST: Check = Check::Structure(&[
    Member { name: "AccountId", wire: "accountId", place: Place::Path, required: true, check: &STRING },
    Member { name: "UserId", wire: "userId", place: Place::Path, required: true, check: &STRING },
    Member { name: "UserSettings", wire: "UserSettings", place: Place::Body, required: true, check: &USER_SETTINGS },
]);

pub(crate) static USER_EMAIL_LIST: Check = Check::List { of: &EMAIL_ADDRESS, min: 0, max: 50 };

pub(crate) static USER_ID_LIST: Check = Check::List { of: &NON_EMPTY_STRING, min: 0, max: 50 };

pub(crate) static USER_SETTINGS: Check = Check::Structure(&[
    Member { name: "Telephony", wire: "Telephony", place: Place::Body, required: true, check: &TELEPHONY_SETTINGS },
]);

pub(crate) static USER_TYPE: Check = Check::Text { min: 0, max: usize::MAX, pattern: Pattern::Any, values: &["PrivateUser", "SharedDevice"] };
