//! Who is calling, after authentication.

use crate::{ProjectId, UserId};

/// What a token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A project: the ordinary case.
    Project(ProjectId),
    /// A domain.
    Domain(String),
    /// The whole deployment (`system_scope: all`).
    System,
    /// Nothing.
    Unscoped,
}

/// An authenticated caller. Made by the identity layer only, and passed down as a value.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user.
    pub user_id: UserId,
    /// The user's name, for logs and answers.
    pub user_name: Option<String>,
    /// The user's domain.
    pub user_domain_id: Option<String>,
    /// What the token is good for.
    pub scope: Scope,
    /// The project's domain.
    pub project_domain_id: Option<String>,
    /// Role names, lower case.
    pub roles: Vec<String>,
    /// Roles of a service token that came along, lower case.
    pub service_roles: Vec<String>,
    /// `X-Is-Admin-Project`; true when the identity does not say.
    pub is_admin_project: bool,
}

impl Caller {
    /// The project the caller acts for, if the token is scoped to one.
    pub fn project(&self) -> Option<&ProjectId> {
        match &self.scope {
            Scope::Project(project) => Some(project),
            Scope::Domain(_) | Scope::System | Scope::Unscoped => None,
        }
    }

    /// Whether the caller has `role`, which is given in lower case.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }
}

/// Whose eyes a list, or a thing looked up, is seen with; the scope is an AND that no filter can widen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The caller's project.
    pub project: Option<ProjectId>,
    /// Sees every project's things (policy `context_is_admin`).
    pub admin: bool,
}
