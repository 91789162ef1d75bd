//! Policies for chat: the files that operators write, and beside each what it means, stated by hand and apart from their
//! language. That nobody reaches another project's account is not the file's to say, but for whom it makes an administrator.

use crate::{
    cells::Role,
    chat::Place,
    people::{Side, Who},
};

/// What is asked.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) operation: &'a str,
    /// Whether it changes something.
    pub(crate) writes: bool,
    pub(crate) place: Place,
}

/// A policy.
pub(crate) struct Law {
    /// The operator's file; none when it is empty.
    pub(crate) file: &'static str,
    /// Whose role lets it make everything that is asked about.
    pub(crate) maker: Role,
    /// Who is an administrator, who reaches everything.
    admin: fn(Role) -> bool,
    /// Whether who has a role on the account's project, or another one, may do what is asked, as far as it is within reach.
    gives: fn(Request<'_>, Side, Role) -> bool,
}

/// Without a file.
pub(crate) const DEFAULT: Law =
    Law { file: "", maker: Role::Member, admin: |role| matches!(role, Role::Admin), gives: by_default };

/// People and guest lists are for managers, and no administrator's elsewhere; messages stay as they are; what is said in the
/// accounts of a directory is for administrators. One rule does not say whose account.
pub(crate) const STRICT: Law = Law {
    file: r#"
manages: "role:manager and project_id:%(project_id)s"
looks: "rule:context_is_admin or (role:member and project_id:%(project_id)s)"
"chime:InviteUsers": "rule:manages"
"chime:CreateUser": "rule:manages"
"chime:UpdateUser": "rule:manages"
"chime:BatchUpdateUser": "rule:manages"
"chime:BatchSuspendUser": "rule:manages"
"chime:BatchUnsuspendUser": "rule:manages"
"chime:LogoutUser": "rule:manages"
"chime:UpdateUserSettings": "rule:manages"
"chime:ResetPersonalPIN": "rule:manages"
"chime:CreateRoomMembership": "rule:manages"
"chime:BatchCreateRoomMembership": "rule:manages"
"chime:UpdateRoomMembership": "rule:manages"
"chime:DeleteRoomMembership": "rule:manages"
"chime:CreateAccount": "role:manager"
"chime:UpdateAccount": "role:manager"
"chime:DeleteAccount": "role:manager"
"chime:ListUsers": "rule:looks"
"chime:GetUser": "rule:looks"
"chime:GetUserSettings": "rule:looks"
"chime:RedactRoomMessage": "!"
"chime:RedactConversationMessage": "!"
"chime:ListRoomMessages": "rule:context_is_admin or (rule:looks and not 'EnterpriseDirectory':%(account_type)s)"
"chime:UpdateBot": "rule:looks and 'EnterpriseLWA':%(account_type)s"
"#,
    maker: Role::Manager,
    gives: strictly,
    ..DEFAULT
};

/// Whoever has a role in the project looks at everything and has a say in guest lists, readers change things, and there is one
/// more kind of administrators.
pub(crate) const LOOSE: Law = Law {
    file: r#"
context_is_admin: "role:admin or role:service"
"chime:GetAccount": ""
"chime:ListAccounts": "@"
"chime:GetAccountSettings": ""
"chime:GetRetentionSettings": "@"
"chime:ListUsers": ""
"chime:GetUser": "@"
"chime:GetUserSettings": ""
"chime:GetBot": "@"
"chime:ListBots": ""
"chime:GetEventsConfiguration": ""
"chime:GetRoom": "@"
"chime:ListRooms": "@"
"chime:ListRoomMemberships": ""
"chime:ListRoomMessages": "@"
"chime:CreateRoomMembership": "@"
"chime:BatchCreateRoomMembership": "@"
"chime:UpdateRoomMembership": ""
"chime:DeleteRoomMembership": ""
"chime:UpdateRoom": "role:reader"
"chime:CreateUser": "role:reader"
"chime:LogoutUser": "role:reader"
"chime:RedactRoomMessage": "role:reader"
"#,
    admin: |role| matches!(role, Role::Admin | Role::Service),
    gives: loosely,
    ..DEFAULT
};

fn by_default(request: Request<'_>, _: Side, role: Role) -> bool {
    if request.writes { role.writes() } else { role.reads() }
}

fn strictly(request: Request<'_>, side: Side, role: Role) -> bool {
    // The role of administrators brings that of managers.
    let manages = matches!(role, Role::Manager | Role::Admin);
    match request.operation {
        "InviteUsers"
        | "CreateUser"
        | "UpdateUser"
        | "BatchUpdateUser"
        | "BatchSuspendUser"
        | "BatchUnsuspendUser"
        | "LogoutUser"
        | "UpdateUserSettings"
        | "ResetPersonalPIN"
        | "CreateRoomMembership"
        | "BatchCreateRoomMembership"
        | "UpdateRoomMembership"
        | "DeleteRoomMembership" => manages && side == Side::Own,
        "CreateAccount" | "UpdateAccount" | "DeleteAccount" => manages,
        "ListUsers" | "GetUser" | "GetUserSettings" => role.writes(),
        "RedactRoomMessage" | "RedactConversationMessage" => false,
        "ListRoomMessages" => role == Role::Admin || role.writes() && request.place != Place::Directory,
        "UpdateBot" => role.writes() && matches!(request.place, Place::Lwa | Place::Converted),
        _ => by_default(request, side, role),
    }
}

fn loosely(request: Request<'_>, side: Side, role: Role) -> bool {
    match request.operation {
        "CreateRoomMembership" | "BatchCreateRoomMembership" | "UpdateRoomMembership" | "DeleteRoomMembership" => true,
        // No word of administrators.
        "UpdateRoom" | "CreateUser" | "LogoutUser" | "RedactRoomMessage" => role.reads(),
        _ if !request.writes => true,
        _ => role == Role::Service || by_default(request, side, role),
    }
}

impl Law {
    pub(crate) fn is_admin(&self, who: Who) -> bool {
        matches!(who, Who::In(_, role) if (self.admin)(role))
    }

    /// Whether the policy lets the caller do this. A token for no project may do nothing.
    pub(crate) fn lets(&self, who: Who, request: Request<'_>) -> bool {
        matches!(who, Who::In(side, role) if (self.gives)(request, side, role))
    }

    /// Who makes what is asked about in a project.
    pub(crate) const fn maker(&self, side: Side) -> Who {
        Who::In(side, self.maker)
    }
}
