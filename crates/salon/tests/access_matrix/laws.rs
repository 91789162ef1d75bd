//! Policies: the files that operators write, and beside each what it means, stated by hand and apart from their language.

use crate::cells::{Case, Role, State, Visibility, Who};

/// What a policy gives or refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    /// Being an administrator, who reaches everything and answers for everybody.
    Administer,
    /// Asking for lists.
    List,
    See,
    /// For the caller's own project.
    Create,
    Modify,
    Delete,
    Upload,
    /// Taking out of use, and back.
    Switch,
    Publicize,
    Communitize,
    Download,
    AddMember,
    DeleteMember,
    GetMember,
    GetMembers,
    /// To an invitation.
    Answer,
    LookAtTasks,
    OrderTask,
}

/// A policy.
#[derive(Debug)]
pub(crate) struct Law {
    /// Whom there are callers of.
    pub(crate) roles: &'static [Role],
    /// The operator's file.
    pub(crate) file: &'static str,
    /// Whether a caller with a project has a power over what it asks about, as far as the image is within its reach.
    pub(crate) gives: fn(Case, Role, Power) -> bool,
}

/// Without a file.
pub(crate) const DEFAULT: Law = Law {
    roles: &[Role::Auditor, Role::Reader, Role::Member, Role::Service, Role::Admin],
    file: "{}",
    gives: by_default,
};

/// Without a file, too, and with the roles of Cloud Images.
pub(crate) const PRODUCT: Law = Law {
    roles: &[
        Role::Observer,
        Role::Creator,
        Role::ProductAdmin,
        Role::AccountOwner,
        Role::Auditor,
        Role::Reader,
        Role::Member,
        Role::Admin,
    ],
    ..DEFAULT
};

/// To be read only, but for the bearers of one role for each kind of change; what is out of use, and what is another project's and
/// for the community, is hidden.
pub(crate) const STRICT: Law = Law {
    roles: &[Role::Auditor, Role::Reader, Role::Member, Role::Curator, Role::Sharer, Role::Fetcher, Role::Admin],
    file: r#"
add_image: "rule:context_is_admin or (role:curator and project_id:%(owner)s)"
modify_image: "rule:context_is_admin or role:curator"
delete_image: "rule:context_is_admin or role:curator"
upload_image: "rule:context_is_admin or role:curator"
deactivate: "rule:context_is_admin"
reactivate: "rule:context_is_admin"
communitize_image: "rule:context_is_admin"
get_image: "rule:context_is_admin or (role:reader and (project_id:%(owner)s or (rule:for_others and not 'deactivated':%(status)s)))"
for_others: "project_id:%(member_id)s or 'public':%(visibility)s"
download_image: "rule:context_is_admin or role:fetcher"
add_member: "rule:context_is_admin or (role:sharer and project_id:%(owner)s)"
delete_member: "rule:context_is_admin or (role:sharer and project_id:%(owner)s)"
modify_member: "rule:context_is_admin or (role:sharer and project_id:%(member_id)s)"
get_members: "rule:context_is_admin or (role:reader and project_id:%(owner)s)"
"#,
    gives: strictly,
};

/// Everybody looks, members do everything, and there is one more kind of administrators.
pub(crate) const LOOSE: Law = Law {
    roles: DEFAULT.roles,
    file: r#"
context_is_admin: "role:admin or role:service"
get_image: "@"
get_images: ""
download_image: "@"
get_member: "@"
get_members: "@"
publicize_image: "role:member"
modify_image: "rule:context_is_admin or role:member"
add_member: "rule:context_is_admin or role:member"
delete_member: "rule:context_is_admin or role:member"
modify_member: "rule:context_is_admin or project_id:%(member_id)s"
"rackspace:get_tasks": "@"
"rackspace:get_task": "@"
"#,
    gives: loosely,
};

fn by_default(case: Case, role: Role, power: Power) -> bool {
    let owns = case.who.owns();
    match power {
        Power::Administer => role == Role::Admin,
        _ if case.is_admin() => true,
        Power::Publicize => false,
        Power::List | Power::See | Power::LookAtTasks => role.reads(),
        Power::Create | Power::OrderTask | Power::Download => role.writes(),
        Power::GetMember | Power::GetMembers => role.reads() && (owns || case.guest()),
        Power::Answer => role.writes() && case.guest(),
        Power::Modify
        | Power::Delete
        | Power::Upload
        | Power::Switch
        | Power::Communitize
        | Power::AddMember
        | Power::DeleteMember => role.writes() && owns,
    }
}

fn strictly(case: Case, role: Role, power: Power) -> bool {
    let owns = case.who.owns();
    match power {
        Power::Administer => role == Role::Admin,
        _ if case.is_admin() => true,
        Power::See => {
            let for_others = case.guest() || case.thing.is(Visibility::Public);
            role.reads() && (owns || for_others && !case.thing.stands(State::Deactivated))
        }
        // That nobody changes another's image is not the file's to say.
        Power::Create | Power::Modify | Power::Delete | Power::Upload => role == Role::Curator,
        Power::Switch | Power::Publicize | Power::Communitize => false,
        Power::Download => role == Role::Fetcher,
        Power::AddMember | Power::DeleteMember => role == Role::Sharer && owns,
        Power::Answer => role == Role::Sharer && case.guest(),
        Power::GetMembers => role.reads() && owns,
        Power::List | Power::GetMember | Power::LookAtTasks | Power::OrderTask => by_default(case, role, power),
    }
}

fn loosely(case: Case, role: Role, power: Power) -> bool {
    match power {
        Power::Administer => matches!(role, Role::Admin | Role::Service),
        // No word of administrators.
        Power::Publicize => role.writes(),
        _ if case.is_admin() => true,
        Power::List | Power::See | Power::Download | Power::GetMember | Power::GetMembers | Power::LookAtTasks => true,
        Power::Modify | Power::AddMember | Power::DeleteMember => role.writes(),
        Power::Answer => case.guest(),
        Power::Create | Power::Delete | Power::Upload | Power::Switch | Power::Communitize | Power::OrderTask => {
            by_default(case, role, power)
        }
    }
}

impl Case {
    /// Whether the policy gives the caller this power. It gives none to a token for no project.
    pub(crate) fn may(self, power: Power) -> bool {
        matches!(self.who, Who::In(_, role) if (self.law.gives)(self, role, power))
    }

    pub(crate) fn is_admin(self) -> bool {
        self.may(Power::Administer)
    }

    /// Whether the caller is of those who may change the image at all, and has this power.
    pub(crate) fn changes(self, power: Power) -> bool {
        self.is_theirs() && self.may(power)
    }

    /// As if the caller's project owned the image.
    pub(crate) fn as_owner(self) -> Self {
        match self.who {
            Who::In(_, role) => Self { who: Who::In(crate::cells::Relation::Owner, role), ..self },
            Who::Nobody | Who::Forged | Who::Unscoped => self,
        }
    }
}
