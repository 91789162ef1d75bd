//! Everybody and everything that a Chime operation is tried with.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::json;

use super::common::{Salon, aws::Caller};

/// An operation and a request that succeeds. `<name>` stands for an id of [`World::fresh`].
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    pub(crate) target: &'static str,
    pub(crate) body: Option<&'static str>,
    pub(crate) success: u16,
}

const fn op(
    name: &'static str,
    method: &'static str,
    target: &'static str,
    body: Option<&'static str>,
    success: u16,
) -> Operation {
    Operation { name, method, target, body, success }
}

/// All that this dialect has. Written from the service's published model, not from the server's own table.
#[rustfmt::skip]
pub(crate) const OPERATIONS: &[Operation] = &[
    op("CreateAccount", "POST", "/accounts", Some(r#"{"Name": "covered"}"#), 201),
    op("ListAccounts", "GET", "/accounts", None, 200),
    op("GetAccount", "GET", "/accounts/<account>", None, 200),
    op("UpdateAccount", "POST", "/accounts/<account>", Some(r#"{"Name": "Alpha again"}"#), 200),
    op("DeleteAccount", "DELETE", "/accounts/<team>", None, 204),
    op("GetAccountSettings", "GET", "/accounts/<account>/settings", None, 200),
    op("UpdateAccountSettings", "PUT", "/accounts/<account>/settings", Some(r#"{"AccountSettings": {"EnableDialOut": true}}"#), 204),
    op("AssociateSigninDelegateGroupsWithAccount", "POST", "/accounts/<account>?operation=associate-signin-delegate-groups",
        Some(r#"{"SigninDelegateGroups": [{"GroupName": "helpers"}]}"#), 200),
    op("DisassociateSigninDelegateGroupsFromAccount", "POST", "/accounts/<account>?operation=disassociate-signin-delegate-groups",
        Some(r#"{"GroupNames": ["helpers"]}"#), 200),
    op("GetRetentionSettings", "GET", "/accounts/<account>/retention-settings", None, 200),
    op("PutRetentionSettings", "PUT", "/accounts/<account>/retention-settings",
        Some(r#"{"RetentionSettings": {"RoomRetentionSettings": {"RetentionDays": 5475}}}"#), 200),
    op("InviteUsers", "POST", "/accounts/<team>/users?operation=add", Some(r#"{"UserEmailList": ["<new>@example.com"]}"#), 201),
    op("ListUsers", "GET", "/accounts/<account>/users", None, 200),
    op("CreateUser", "POST", "/accounts/<account>/users?operation=create", Some(r#"{"Email": "<new>@example.com", "Username": "New"}"#), 201),
    op("GetUser", "GET", "/accounts/<account>/users/<user>", None, 200),
    op("UpdateUser", "POST", "/accounts/<account>/users/<user>", Some(r#"{"LicenseType": "Basic"}"#), 200),
    op("BatchUpdateUser", "POST", "/accounts/<account>/users",
        Some(r#"{"UpdateUserRequestItems": [{"UserId": "<user>", "LicenseType": "Basic"}]}"#), 200),
    op("BatchSuspendUser", "POST", "/accounts/<account>/users?operation=suspend", Some(r#"{"UserIdList": ["<user>"]}"#), 200),
    op("BatchUnsuspendUser", "POST", "/accounts/<account>/users?operation=unsuspend", Some(r#"{"UserIdList": ["<user>"]}"#), 200),
    op("LogoutUser", "POST", "/accounts/<account>/users/<user>?operation=logout", None, 204),
    op("GetUserSettings", "GET", "/accounts/<account>/users/<user>/settings", None, 200),
    op("UpdateUserSettings", "PUT", "/accounts/<account>/users/<user>/settings",
        Some(r#"{"UserSettings": {"Telephony": {"InboundCalling": true, "OutboundCalling": false, "SMS": true}}}"#), 204),
    op("ResetPersonalPIN", "POST", "/accounts/<account>/users/<user>?operation=reset-personal-pin", None, 200),
    // Ten bots an account: the account is a new one.
    op("CreateBot", "POST", "/accounts/<other>/bots", Some(r#"{"DisplayName": "helper", "Domain": "example.com"}"#), 201),
    op("ListBots", "GET", "/accounts/<account>/bots", None, 200),
    op("GetBot", "GET", "/accounts/<account>/bots/<bot>", None, 200),
    op("UpdateBot", "POST", "/accounts/<account>/bots/<bot>", Some(r#"{"Disabled": false}"#), 200),
    op("RegenerateSecurityToken", "POST", "/accounts/<account>/bots/<bot>?operation=regenerate-security-token", None, 200),
    op("PutEventsConfiguration", "PUT", "/accounts/<account>/bots/<bot>/events-configuration",
        Some(r#"{"OutboundEventsHTTPSEndpoint": "https://127.0.0.1/"}"#), 201),
    op("GetEventsConfiguration", "GET", "/accounts/<account>/bots/<bot>/events-configuration", None, 200),
    op("DeleteEventsConfiguration", "DELETE", "/accounts/<account>/bots/<bot>/events-configuration", None, 204),
    op("CreateRoom", "POST", "/accounts/<account>/rooms", Some(r#"{"Name": "covered", "ClientRequestToken": "<new>"}"#), 201),
    op("ListRooms", "GET", "/accounts/<account>/rooms", None, 200),
    op("GetRoom", "GET", "/accounts/<account>/rooms/<room>", None, 200),
    op("UpdateRoom", "POST", "/accounts/<account>/rooms/<room>", Some(r#"{"Name": "renamed"}"#), 200),
    op("DeleteRoom", "DELETE", "/accounts/<account>/rooms/<room>", None, 204),
    op("RedactRoomMessage", "POST", "/accounts/<account>/rooms/<room>/messages/<message>?operation=redact", None, 200),
    op("RedactConversationMessage", "POST", "/accounts/<account>/conversations/<message>/messages/<message>?operation=redact", None, 200),
    op("CreateRoomMembership", "POST", "/accounts/<account>/rooms/<room>/memberships", Some(r#"{"MemberId": "<user>"}"#), 201),
    op("BatchCreateRoomMembership", "POST", "/accounts/<account>/rooms/<room>/memberships?operation=batch-create",
        Some(r#"{"MembershipItemList": [{"MemberId": "<user>", "Role": "Administrator"}]}"#), 201),
    op("ListRoomMemberships", "GET", "/accounts/<account>/rooms/<room>/memberships", None, 200),
    op("UpdateRoomMembership", "POST", "/accounts/<account>/rooms/<room>/memberships/<member>", Some(r#"{"Role": "Administrator"}"#), 200),
    op("DeleteRoomMembership", "DELETE", "/accounts/<account>/rooms/<room>/memberships/<member>", None, 204),
];

/// The callers, and an Enterprise account of project alpha with a bot.
pub(crate) struct World<'a> {
    salon: &'a Salon,
    pub(crate) account: String,
    pub(crate) nobody: Caller,
    pub(crate) stranger: Caller,
    pub(crate) reader: Caller,
    pub(crate) member: Caller,
    pub(crate) admin: Caller,
    bot: String,
    count: AtomicUsize,
}

impl<'a> World<'a> {
    pub(crate) fn of(salon: &'a Salon) -> Self {
        salon.told(&["project", "create", "gamma"]);
        let account = salon.enterprise("Alpha Limited", "alpha");
        let member = salon.aws("alice");
        let bot = bot(&member, &account);
        Self {
            salon,
            nobody: salon.aws_nobody(),
            stranger: salon.aws_person("carol", "gamma", "member"),
            reader: salon.aws_person("rita", "alpha", "reader"),
            admin: salon.aws("admin"),
            account,
            member,
            bot,
            count: AtomicUsize::new(0),
        }
    }

    /// With the names of the checked-in list.
    pub(crate) fn callers(&self) -> [(&'static str, &Caller); 5] {
        [
            ("nobody", &self.nobody),
            ("stranger", &self.stranger),
            ("reader", &self.reader),
            ("member", &self.member),
            ("admin", &self.admin),
        ]
    }

    /// Ids of things in the state that the operation takes to succeed.
    pub(crate) fn fresh(&self, operation: &Operation) -> BTreeMap<&'static str, String> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let account = &self.account;
        let person = |name: &str| {
            let body = json!({"Email": format!("{name}-{number}@example.com"), "Username": name});
            self.member.made(&format!("/accounts/{account}/users?operation=create"), &body, "/User/UserId")
        };
        let (user, member) = (person("user"), person("member"));
        let rooms = format!("/accounts/{account}/rooms");
        let room = self.member.made(&rooms, &json!({"Name": "covered"}), "/Room/RoomId");
        let inside = json!({"MemberId": member});
        self.member.made(&format!("{rooms}/{room}/memberships"), &inside, "/RoomMembership/Role");
        let team = match operation.target.contains("<team>") {
            true => self.member.made("/accounts", &json!({"Name": "Team"}), "/Account/AccountId"),
            false => account.clone(),
        };
        let other = match operation.target.contains("<other>") {
            true => self.salon.enterprise("Another", "alpha"),
            false => account.clone(),
        };
        [
            ("account", account.clone()),
            ("team", team),
            ("other", other),
            ("user", user),
            ("member", member),
            ("room", room),
            ("bot", self.bot.clone()),
            ("message", "5f0c8d0e-0000-4000-8000-000000000001".to_owned()),
            ("new", format!("new-{number}")),
        ]
        .into()
    }

    /// Things of an account of project gamma, by the names of [`World::fresh`].
    pub(crate) fn of_stranger(&self) -> BTreeMap<&'static str, String> {
        let account = self.salon.enterprise("Gamma Limited", "gamma");
        let body = json!({"Email": "somebody@gamma.example.com", "Username": "Somebody"});
        let user = self.stranger.made(&format!("/accounts/{account}/users?operation=create"), &body, "/User/UserId");
        let rooms = format!("/accounts/{account}/rooms");
        let room = self.stranger.made(&rooms, &json!({"Name": "gamma's"}), "/Room/RoomId");
        let inside = json!({"MemberId": user});
        self.stranger.made(&format!("{rooms}/{room}/memberships"), &inside, "/RoomMembership/Role");
        [
            ("bot", bot(&self.stranger, &account)),
            ("member", user.clone()),
            ("email", "somebody%40gamma.example.com".to_owned()),
            ("account", account),
            ("user", user),
            ("room", room),
        ]
        .into()
    }
}

fn bot(caller: &Caller, account: &str) -> String {
    let body = json!({"DisplayName": "helper", "Domain": "example.com"});
    caller.made(&format!("/accounts/{account}/bots"), &body, "/Bot/BotId")
}
