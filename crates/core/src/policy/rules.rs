//! The rules this server knows, with Glance's names and defaults (Image service, "Policies"). One line adds a rule.

/// A rule of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name in policy files.
    pub name: &'static str,
    /// Its default.
    pub check: &'static str,
    /// Its default before 2023, which also suffices while `enforce_new_defaults` is off.
    pub legacy: Option<&'static str>,
}

macro_rules! rules {
    ($($name:literal = $check:literal $(, legacy $legacy:literal)?;)*) => {
        /// Every rule, in the order of this file.
        pub const RULES: &[Rule] = &[$(Rule { name: $name, check: $check, legacy: rules!(@ $($legacy)?) },)*];
    };
    (@ $legacy:literal) => { Some($legacy) };
    (@) => { None };
}

rules! {
    "default" = "", legacy "rule:context_is_admin";
    "context_is_admin" = "role:admin";
    "service_api" = "role:service or role:admin";

    "add_image" = "rule:context_is_admin or (role:member and project_id:%(project_id)s and project_id:%(owner)s)", legacy "rule:default";
    "delete_image" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "get_image" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s or 'public':%(visibility)s or 'shared':%(visibility)s))", legacy "rule:default";
    "get_images" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)", legacy "rule:default";
    "modify_image" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "publicize_image" = "rule:context_is_admin";
    "communitize_image" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "download_image" = "rule:context_is_admin or (role:member and (project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s or 'public':%(visibility)s or 'shared':%(visibility)s))", legacy "rule:default";
    "download_from_store" = "rule:context_is_admin or (role:member and (project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s or 'public':%(visibility)s or 'shared':%(visibility)s))";
    "upload_image" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "delete_image_location" = "rule:context_is_admin", legacy "rule:default";
    "get_image_location" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)", legacy "rule:default";
    "set_image_location" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "add_image_location" = "rule:service_api or (role:member and project_id:%(project_id)s and project_id:%(owner)s)";
    "fetch_image_location" = "rule:service_api";
    "add_member" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "delete_member" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "get_member" = "rule:context_is_admin or role:reader and (project_id:%(project_id)s or project_id:%(member_id)s)", legacy "rule:default";
    "get_members" = "rule:context_is_admin or role:reader and (project_id:%(project_id)s or project_id:%(member_id)s)", legacy "rule:default";
    "modify_member" = "rule:context_is_admin or (role:member and project_id:%(member_id)s)", legacy "rule:default";
    "manage_image_cache" = "rule:context_is_admin";
    "deactivate" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "reactivate" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "copy_image" = "rule:context_is_admin";
    "copy_from" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)", legacy "rule:default";
    "list_cached_nodes" = "rule:context_is_admin";

    "cache_image" = "rule:context_is_admin", legacy "rule:manage_image_cache";
    "cache_list" = "rule:context_is_admin", legacy "rule:manage_image_cache";
    "cache_delete" = "rule:context_is_admin", legacy "rule:manage_image_cache";
    "cache_clean" = "rule:context_is_admin";
    "cache_prune" = "rule:context_is_admin";
    "stores_info_detail" = "rule:context_is_admin or rule:service_api", legacy "rule:context_is_admin";

    "get_task" = "rule:default", legacy "rule:default";
    "get_tasks" = "rule:default", legacy "rule:default";
    "add_task" = "rule:default", legacy "rule:default";
    "modify_task" = "rule:default", legacy "rule:default";
    "tasks_api_access" = "rule:context_is_admin";

    "rackspace:create_task" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "rackspace:get_task" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "rackspace:get_tasks" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";

    "metadef_default" = "";
    "metadef_admin" = "rule:context_is_admin";
    "get_metadef_namespace" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))", legacy "rule:metadef_default";
    "get_metadef_namespaces" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)", legacy "rule:metadef_default";
    "modify_metadef_namespace" = "rule:metadef_admin";
    "add_metadef_namespace" = "rule:metadef_admin";
    "delete_metadef_namespace" = "rule:metadef_admin";
    "get_metadef_object" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))", legacy "rule:metadef_default";
    "get_metadef_objects" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))", legacy "rule:metadef_default";
    "modify_metadef_object" = "rule:metadef_admin";
    "add_metadef_object" = "rule:metadef_admin";
    "delete_metadef_object" = "rule:metadef_admin";
    "list_metadef_resource_types" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))", legacy "rule:metadef_default";
    "get_metadef_resource_type" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))", legacy "rule:metadef_default";
    "add_metadef_resource_type_association" = "rule:metadef_admin";
    "remove_metadef_resource_type_association" = "rule:metadef_admin";
    "get_metadef_property" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))", legacy "rule:metadef_default";
    "get_metadef_properties" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))", legacy "rule:metadef_default";
    "modify_metadef_property" = "rule:metadef_admin";
    "add_metadef_property" = "rule:metadef_admin";
    "remove_metadef_property" = "rule:metadef_admin";
    "get_metadef_tag" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))", legacy "rule:metadef_default";
    "get_metadef_tags" = "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))", legacy "rule:metadef_default";
    "modify_metadef_tag" = "rule:metadef_admin";
    "add_metadef_tag" = "rule:metadef_admin";
    "add_metadef_tags" = "rule:metadef_admin";
    "delete_metadef_tag" = "rule:metadef_admin";
    "delete_metadef_tags" = "rule:metadef_admin";

    "chime:CreateAccount" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:GetAccount" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:ListAccounts" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:UpdateAccount" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:DeleteAccount" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:GetAccountSettings" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:UpdateAccountSettings" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:AssociateSigninDelegateGroupsWithAccount" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:DisassociateSigninDelegateGroupsFromAccount" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:GetRetentionSettings" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:PutRetentionSettings" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:InviteUsers" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:ListUsers" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:GetUser" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:UpdateUser" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:BatchUpdateUser" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:BatchSuspendUser" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:BatchUnsuspendUser" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:CreateUser" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:LogoutUser" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:GetUserSettings" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:UpdateUserSettings" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:ResetPersonalPIN" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:CreateBot" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:GetBot" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:ListBots" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:UpdateBot" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:RegenerateSecurityToken" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:PutEventsConfiguration" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:GetEventsConfiguration" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:DeleteEventsConfiguration" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:CreateRoom" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:GetRoom" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:ListRooms" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:UpdateRoom" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:DeleteRoom" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:RedactRoomMessage" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:RedactConversationMessage" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:ListRoomMessages" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:CreateWebhook" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:ListWebhooks" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
    "chime:RegenerateWebhook" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:DeleteWebhook" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:CreateRoomMembership" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:BatchCreateRoomMembership" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:UpdateRoomMembership" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:DeleteRoomMembership" = "rule:context_is_admin or (role:member and project_id:%(project_id)s)";
    "chime:ListRoomMemberships" = "rule:context_is_admin or (role:reader and project_id:%(project_id)s)";
}
