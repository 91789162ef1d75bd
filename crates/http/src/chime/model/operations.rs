// Generated from chime-2018-05-01.json by tests/chime_model.rs; the licence is in NOTICE. Do not edit.

use super::{Method, Spec, checks};

/// The errors of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exception {
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    ResourceLimitExceeded,
    ServiceFailure,
    ServiceUnavailable,
    ThrottledClient,
    UnauthorizedClient,
    UnprocessableEntity,
}

impl Exception {
    /// Its name on the wire and its status.
    pub(crate) const fn wire(self) -> (&'static str, u16) {
        match self {
            Self::BadRequest => ("BadRequestException", 400),
            Self::Conflict => ("ConflictException", 409),
            Self::Forbidden => ("ForbiddenException", 403),
            Self::NotFound => ("NotFoundException", 404),
            Self::ResourceLimitExceeded => ("ResourceLimitExceededException", 400),
            Self::ServiceFailure => ("ServiceFailureException", 500),
            Self::ServiceUnavailable => ("ServiceUnavailableException", 503),
            Self::ThrottledClient => ("ThrottledClientException", 429),
            Self::UnauthorizedClient => ("UnauthorizedClientException", 401),
            Self::UnprocessableEntity => ("UnprocessableEntityException", 422),
        }
    }
}

/// Everything a client can ask of this dialect, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `POST /accounts/{accountId}?operation=associate-signin-delegate-groups`
    AssociateSigninDelegateGroupsWithAccount,
    /// `POST /accounts/{accountId}/rooms/{roomId}/memberships?operation=batch-create`
    BatchCreateRoomMembership,
    /// `POST /accounts/{accountId}/users?operation=suspend`
    BatchSuspendUser,
    /// `POST /accounts/{accountId}/users?operation=unsuspend`
    BatchUnsuspendUser,
    /// `POST /accounts/{accountId}/users`
    BatchUpdateUser,
    /// `POST /accounts`
    CreateAccount,
    /// `POST /accounts/{accountId}/bots`
    CreateBot,
    /// `POST /accounts/{accountId}/rooms`
    CreateRoom,
    /// `POST /accounts/{accountId}/rooms/{roomId}/memberships`
    CreateRoomMembership,
    /// `POST /accounts/{accountId}/users?operation=create`
    CreateUser,
    /// `DELETE /accounts/{accountId}`
    DeleteAccount,
    /// `DELETE /accounts/{accountId}/bots/{botId}/events-configuration`
    DeleteEventsConfiguration,
    /// `DELETE /accounts/{accountId}/rooms/{roomId}`
    DeleteRoom,
    /// `DELETE /accounts/{accountId}/rooms/{roomId}/memberships/{memberId}`
    DeleteRoomMembership,
    /// `POST /accounts/{accountId}?operation=disassociate-signin-delegate-groups`
    DisassociateSigninDelegateGroupsFromAccount,
    /// `GET /accounts/{accountId}`
    GetAccount,
    /// `GET /accounts/{accountId}/settings`
    GetAccountSettings,
    /// `GET /accounts/{accountId}/bots/{botId}`
    GetBot,
    /// `GET /accounts/{accountId}/bots/{botId}/events-configuration`
    GetEventsConfiguration,
    /// `GET /accounts/{accountId}/retention-settings`
    GetRetentionSettings,
    /// `GET /accounts/{accountId}/rooms/{roomId}`
    GetRoom,
    /// `GET /accounts/{accountId}/users/{userId}`
    GetUser,
    /// `GET /accounts/{accountId}/users/{userId}/settings`
    GetUserSettings,
    /// `POST /accounts/{accountId}/users?operation=add`
    InviteUsers,
    /// `GET /accounts`
    ListAccounts,
    /// `GET /accounts/{accountId}/bots`
    ListBots,
    /// `GET /accounts/{accountId}/rooms/{roomId}/memberships`
    ListRoomMemberships,
    /// `GET /accounts/{accountId}/rooms`
    ListRooms,
    /// `GET /accounts/{accountId}/users`
    ListUsers,
    /// `POST /accounts/{accountId}/users/{userId}?operation=logout`
    LogoutUser,
    /// `PUT /accounts/{accountId}/bots/{botId}/events-configuration`
    PutEventsConfiguration,
    /// `PUT /accounts/{accountId}/retention-settings`
    PutRetentionSettings,
    /// `POST /accounts/{accountId}/conversations/{conversationId}/messages/{messageId}?operation=redact`
    RedactConversationMessage,
    /// `POST /accounts/{accountId}/rooms/{roomId}/messages/{messageId}?operation=redact`
    RedactRoomMessage,
    /// `POST /accounts/{accountId}/bots/{botId}?operation=regenerate-security-token`
    RegenerateSecurityToken,
    /// `POST /accounts/{accountId}/users/{userId}?operation=reset-personal-pin`
    ResetPersonalPIN,
    /// `POST /accounts/{accountId}`
    UpdateAccount,
    /// `PUT /accounts/{accountId}/settings`
    UpdateAccountSettings,
    /// `POST /accounts/{accountId}/bots/{botId}`
    UpdateBot,
    /// `POST /accounts/{accountId}/rooms/{roomId}`
    UpdateRoom,
    /// `POST /accounts/{accountId}/rooms/{roomId}/memberships/{memberId}`
    UpdateRoomMembership,
    /// `POST /accounts/{accountId}/users/{userId}`
    UpdateUser,
    /// `PUT /accounts/{accountId}/users/{userId}/settings`
    UpdateUserSettings,
}

/// One row per operation, in the order of [`Operation`].
pub(crate) static OPERATIONS: [Spec; 43] = [
    Spec { operation: Operation::AssociateSigninDelegateGroupsWithAccount, name: "AssociateSigninDelegateGroupsWithAccount", method: Method::POST, path: "/accounts/{accountId}", uri: "/accounts/{accountId}?operation=associate-signin-delegate-groups", marker: Some("associate-signin-delegate-groups"), status: 200, input: &checks::ASSOCIATE_SIGNIN_DELEGATE_GROUPS_WITH_ACCOUNT_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::BatchCreateRoomMembership, name: "BatchCreateRoomMembership", method: Method::POST, path: "/accounts/{accountId}/rooms/{roomId}/memberships", uri: "/accounts/{accountId}/rooms/{roomId}/memberships?operation=batch-create", marker: Some("batch-create"), status: 201, input: &checks::BATCH_CREATE_ROOM_MEMBERSHIP_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::BatchSuspendUser, name: "BatchSuspendUser", method: Method::POST, path: "/accounts/{accountId}/users", uri: "/accounts/{accountId}/users?operation=suspend", marker: Some("suspend"), status: 200, input: &checks::BATCH_SUSPEND_USER_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::BatchUnsuspendUser, name: "BatchUnsuspendUser", method: Method::POST, path: "/accounts/{accountId}/users", uri: "/accounts/{accountId}/users?operation=unsuspend", marker: Some("unsuspend"), status: 200, input: &checks::BATCH_UNSUSPEND_USER_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::BatchUpdateUser, name: "BatchUpdateUser", method: Method::POST, path: "/accounts/{accountId}/users", uri: "/accounts/{accountId}/users", marker: None, status: 200, input: &checks::BATCH_UPDATE_USER_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::CreateAccount, name: "CreateAccount", method: Method::POST, path: "/accounts", uri: "/accounts", marker: None, status: 201, input: &checks::CREATE_ACCOUNT_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::CreateBot, name: "CreateBot", method: Method::POST, path: "/accounts/{accountId}/bots", uri: "/accounts/{accountId}/bots", marker: None, status: 201, input: &checks::CREATE_BOT_REQUEST,
        errors: &[Exception::ServiceUnavailable, Exception::ServiceFailure, Exception::Forbidden, Exception::BadRequest, Exception::UnauthorizedClient, Exception::ResourceLimitExceeded, Exception::NotFound, Exception::ThrottledClient] },
    Spec { operation: Operation::CreateRoom, name: "CreateRoom", method: Method::POST, path: "/accounts/{accountId}/rooms", uri: "/accounts/{accountId}/rooms", marker: None, status: 201, input: &checks::CREATE_ROOM_REQUEST,
        errors: &[Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::UnauthorizedClient, Exception::ResourceLimitExceeded, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::CreateRoomMembership, name: "CreateRoomMembership", method: Method::POST, path: "/accounts/{accountId}/rooms/{roomId}/memberships", uri: "/accounts/{accountId}/rooms/{roomId}/memberships", marker: None, status: 201, input: &checks::CREATE_ROOM_MEMBERSHIP_REQUEST,
        errors: &[Exception::Conflict, Exception::UnauthorizedClient, Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::ResourceLimitExceeded, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::CreateUser, name: "CreateUser", method: Method::POST, path: "/accounts/{accountId}/users", uri: "/accounts/{accountId}/users?operation=create", marker: Some("create"), status: 201, input: &checks::CREATE_USER_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Conflict, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::DeleteAccount, name: "DeleteAccount", method: Method::DELETE, path: "/accounts/{accountId}", uri: "/accounts/{accountId}", marker: None, status: 204, input: &checks::DELETE_ACCOUNT_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::UnprocessableEntity, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::DeleteEventsConfiguration, name: "DeleteEventsConfiguration", method: Method::DELETE, path: "/accounts/{accountId}/bots/{botId}/events-configuration", uri: "/accounts/{accountId}/bots/{botId}/events-configuration", marker: None, status: 204, input: &checks::DELETE_EVENTS_CONFIGURATION_REQUEST,
        errors: &[Exception::ServiceUnavailable, Exception::ServiceFailure, Exception::Forbidden, Exception::BadRequest, Exception::UnauthorizedClient, Exception::ResourceLimitExceeded] },
    Spec { operation: Operation::DeleteRoom, name: "DeleteRoom", method: Method::DELETE, path: "/accounts/{accountId}/rooms/{roomId}", uri: "/accounts/{accountId}/rooms/{roomId}", marker: None, status: 204, input: &checks::DELETE_ROOM_REQUEST,
        errors: &[Exception::BadRequest, Exception::Forbidden, Exception::NotFound, Exception::UnauthorizedClient, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::DeleteRoomMembership, name: "DeleteRoomMembership", method: Method::DELETE, path: "/accounts/{accountId}/rooms/{roomId}/memberships/{memberId}", uri: "/accounts/{accountId}/rooms/{roomId}/memberships/{memberId}", marker: None, status: 204, input: &checks::DELETE_ROOM_MEMBERSHIP_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::DisassociateSigninDelegateGroupsFromAccount, name: "DisassociateSigninDelegateGroupsFromAccount", method: Method::POST, path: "/accounts/{accountId}", uri: "/accounts/{accountId}?operation=disassociate-signin-delegate-groups", marker: Some("disassociate-signin-delegate-groups"), status: 200, input: &checks::DISASSOCIATE_SIGNIN_DELEGATE_GROUPS_FROM_ACCOUNT_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::GetAccount, name: "GetAccount", method: Method::GET, path: "/accounts/{accountId}", uri: "/accounts/{accountId}", marker: None, status: 200, input: &checks::GET_ACCOUNT_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::GetAccountSettings, name: "GetAccountSettings", method: Method::GET, path: "/accounts/{accountId}/settings", uri: "/accounts/{accountId}/settings", marker: None, status: 200, input: &checks::GET_ACCOUNT_SETTINGS_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::GetBot, name: "GetBot", method: Method::GET, path: "/accounts/{accountId}/bots/{botId}", uri: "/accounts/{accountId}/bots/{botId}", marker: None, status: 200, input: &checks::GET_BOT_REQUEST,
        errors: &[Exception::ServiceUnavailable, Exception::ServiceFailure, Exception::Forbidden, Exception::UnauthorizedClient, Exception::NotFound, Exception::BadRequest, Exception::ThrottledClient] },
    Spec { operation: Operation::GetEventsConfiguration, name: "GetEventsConfiguration", method: Method::GET, path: "/accounts/{accountId}/bots/{botId}/events-configuration", uri: "/accounts/{accountId}/bots/{botId}/events-configuration", marker: None, status: 200, input: &checks::GET_EVENTS_CONFIGURATION_REQUEST,
        errors: &[Exception::ServiceUnavailable, Exception::ServiceFailure, Exception::Forbidden, Exception::BadRequest, Exception::UnauthorizedClient, Exception::ResourceLimitExceeded, Exception::NotFound] },
    Spec { operation: Operation::GetRetentionSettings, name: "GetRetentionSettings", method: Method::GET, path: "/accounts/{accountId}/retention-settings", uri: "/accounts/{accountId}/retention-settings", marker: None, status: 200, input: &checks::GET_RETENTION_SETTINGS_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::GetRoom, name: "GetRoom", method: Method::GET, path: "/accounts/{accountId}/rooms/{roomId}", uri: "/accounts/{accountId}/rooms/{roomId}", marker: None, status: 200, input: &checks::GET_ROOM_REQUEST,
        errors: &[Exception::BadRequest, Exception::Forbidden, Exception::NotFound, Exception::UnauthorizedClient, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::GetUser, name: "GetUser", method: Method::GET, path: "/accounts/{accountId}/users/{userId}", uri: "/accounts/{accountId}/users/{userId}", marker: None, status: 200, input: &checks::GET_USER_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::GetUserSettings, name: "GetUserSettings", method: Method::GET, path: "/accounts/{accountId}/users/{userId}/settings", uri: "/accounts/{accountId}/users/{userId}/settings", marker: None, status: 200, input: &checks::GET_USER_SETTINGS_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::InviteUsers, name: "InviteUsers", method: Method::POST, path: "/accounts/{accountId}/users", uri: "/accounts/{accountId}/users?operation=add", marker: Some("add"), status: 201, input: &checks::INVITE_USERS_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::ListAccounts, name: "ListAccounts", method: Method::GET, path: "/accounts", uri: "/accounts", marker: None, status: 200, input: &checks::LIST_ACCOUNTS_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::ListBots, name: "ListBots", method: Method::GET, path: "/accounts/{accountId}/bots", uri: "/accounts/{accountId}/bots", marker: None, status: 200, input: &checks::LIST_BOTS_REQUEST,
        errors: &[Exception::ServiceUnavailable, Exception::ServiceFailure, Exception::Forbidden, Exception::UnauthorizedClient, Exception::BadRequest, Exception::NotFound, Exception::ThrottledClient] },
    Spec { operation: Operation::ListRoomMemberships, name: "ListRoomMemberships", method: Method::GET, path: "/accounts/{accountId}/rooms/{roomId}/memberships", uri: "/accounts/{accountId}/rooms/{roomId}/memberships", marker: None, status: 200, input: &checks::LIST_ROOM_MEMBERSHIPS_REQUEST,
        errors: &[Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::UnauthorizedClient, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::ListRooms, name: "ListRooms", method: Method::GET, path: "/accounts/{accountId}/rooms", uri: "/accounts/{accountId}/rooms", marker: None, status: 200, input: &checks::LIST_ROOMS_REQUEST,
        errors: &[Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::UnauthorizedClient, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::ListUsers, name: "ListUsers", method: Method::GET, path: "/accounts/{accountId}/users", uri: "/accounts/{accountId}/users", marker: None, status: 200, input: &checks::LIST_USERS_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::LogoutUser, name: "LogoutUser", method: Method::POST, path: "/accounts/{accountId}/users/{userId}", uri: "/accounts/{accountId}/users/{userId}?operation=logout", marker: Some("logout"), status: 204, input: &checks::LOGOUT_USER_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::PutEventsConfiguration, name: "PutEventsConfiguration", method: Method::PUT, path: "/accounts/{accountId}/bots/{botId}/events-configuration", uri: "/accounts/{accountId}/bots/{botId}/events-configuration", marker: None, status: 201, input: &checks::PUT_EVENTS_CONFIGURATION_REQUEST,
        errors: &[Exception::ServiceUnavailable, Exception::ServiceFailure, Exception::Forbidden, Exception::BadRequest, Exception::UnauthorizedClient, Exception::ResourceLimitExceeded, Exception::NotFound] },
    Spec { operation: Operation::PutRetentionSettings, name: "PutRetentionSettings", method: Method::PUT, path: "/accounts/{accountId}/retention-settings", uri: "/accounts/{accountId}/retention-settings", marker: None, status: 204, input: &checks::PUT_RETENTION_SETTINGS_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::Conflict, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::RedactConversationMessage, name: "RedactConversationMessage", method: Method::POST, path: "/accounts/{accountId}/conversations/{conversationId}/messages/{messageId}", uri: "/accounts/{accountId}/conversations/{conversationId}/messages/{messageId}?operation=redact", marker: Some("redact"), status: 200, input: &checks::REDACT_CONVERSATION_MESSAGE_REQUEST,
        errors: &[Exception::NotFound, Exception::Forbidden, Exception::UnauthorizedClient, Exception::ThrottledClient, Exception::BadRequest, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::RedactRoomMessage, name: "RedactRoomMessage", method: Method::POST, path: "/accounts/{accountId}/rooms/{roomId}/messages/{messageId}", uri: "/accounts/{accountId}/rooms/{roomId}/messages/{messageId}?operation=redact", marker: Some("redact"), status: 200, input: &checks::REDACT_ROOM_MESSAGE_REQUEST,
        errors: &[Exception::NotFound, Exception::Forbidden, Exception::UnauthorizedClient, Exception::ThrottledClient, Exception::BadRequest, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::RegenerateSecurityToken, name: "RegenerateSecurityToken", method: Method::POST, path: "/accounts/{accountId}/bots/{botId}", uri: "/accounts/{accountId}/bots/{botId}?operation=regenerate-security-token", marker: Some("regenerate-security-token"), status: 200, input: &checks::REGENERATE_SECURITY_TOKEN_REQUEST,
        errors: &[Exception::ServiceUnavailable, Exception::ServiceFailure, Exception::Forbidden, Exception::BadRequest, Exception::UnauthorizedClient, Exception::NotFound, Exception::ThrottledClient] },
    Spec { operation: Operation::ResetPersonalPIN, name: "ResetPersonalPIN", method: Method::POST, path: "/accounts/{accountId}/users/{userId}", uri: "/accounts/{accountId}/users/{userId}?operation=reset-personal-pin", marker: Some("reset-personal-pin"), status: 200, input: &checks::RESET_PERSONAL_PIN_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::UpdateAccount, name: "UpdateAccount", method: Method::POST, path: "/accounts/{accountId}", uri: "/accounts/{accountId}", marker: None, status: 200, input: &checks::UPDATE_ACCOUNT_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::UpdateAccountSettings, name: "UpdateAccountSettings", method: Method::PUT, path: "/accounts/{accountId}/settings", uri: "/accounts/{accountId}/settings", marker: None, status: 204, input: &checks::UPDATE_ACCOUNT_SETTINGS_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::Conflict, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::UpdateBot, name: "UpdateBot", method: Method::POST, path: "/accounts/{accountId}/bots/{botId}", uri: "/accounts/{accountId}/bots/{botId}", marker: None, status: 200, input: &checks::UPDATE_BOT_REQUEST,
        errors: &[Exception::ServiceUnavailable, Exception::ServiceFailure, Exception::Forbidden, Exception::BadRequest, Exception::UnauthorizedClient, Exception::NotFound, Exception::ThrottledClient] },
    Spec { operation: Operation::UpdateRoom, name: "UpdateRoom", method: Method::POST, path: "/accounts/{accountId}/rooms/{roomId}", uri: "/accounts/{accountId}/rooms/{roomId}", marker: None, status: 200, input: &checks::UPDATE_ROOM_REQUEST,
        errors: &[Exception::BadRequest, Exception::Forbidden, Exception::NotFound, Exception::UnauthorizedClient, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::UpdateRoomMembership, name: "UpdateRoomMembership", method: Method::POST, path: "/accounts/{accountId}/rooms/{roomId}/memberships/{memberId}", uri: "/accounts/{accountId}/rooms/{roomId}/memberships/{memberId}", marker: None, status: 200, input: &checks::UPDATE_ROOM_MEMBERSHIP_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::BadRequest, Exception::Forbidden, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::UpdateUser, name: "UpdateUser", method: Method::POST, path: "/accounts/{accountId}/users/{userId}", uri: "/accounts/{accountId}/users/{userId}", marker: None, status: 200, input: &checks::UPDATE_USER_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
    Spec { operation: Operation::UpdateUserSettings, name: "UpdateUserSettings", method: Method::PUT, path: "/accounts/{accountId}/users/{userId}/settings", uri: "/accounts/{accountId}/users/{userId}/settings", marker: None, status: 204, input: &checks::UPDATE_USER_SETTINGS_REQUEST,
        errors: &[Exception::UnauthorizedClient, Exception::NotFound, Exception::Forbidden, Exception::BadRequest, Exception::ThrottledClient, Exception::ServiceUnavailable, Exception::ServiceFailure] },
];
