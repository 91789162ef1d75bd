//! A valid token with all an answer about it needs.

use std::sync::Arc;

use salon_catalog::identity::{Domain, Project, TokenView, User};
use salon_core::{Caller, Scope, Timestamp};

/// What a valid token stands for.
#[derive(Clone, Debug)]
pub struct Session(Arc<TokenView>);

impl Session {
    pub(super) fn new(view: TokenView) -> Self {
        Self(Arc::new(view))
    }

    /// Whose token it is.
    pub fn user(&self) -> &User {
        &self.0.user
    }

    /// The user's domain.
    pub fn user_domain(&self) -> &Domain {
        &self.0.user_domain
    }

    /// The project it is good for, with the project's domain.
    pub fn project(&self) -> Option<&(Project, Domain)> {
        self.0.project.as_ref()
    }

    /// Role names, with the implied ones.
    pub fn roles(&self) -> &[String] {
        &self.0.token.roles
    }

    /// Authentication methods, as Keystone names them.
    pub fn methods(&self) -> &[String] {
        &self.0.token.methods
    }

    /// Keystone's audit id.
    pub fn audit_id(&self) -> &str {
        &self.0.token.audit_id
    }

    /// When it was given.
    pub fn issued_at(&self) -> Timestamp {
        self.0.token.issued_at
    }

    /// When it ends.
    pub fn expires_at(&self) -> Timestamp {
        self.0.token.expires_at
    }

    /// Whether it may manage the identity: role admin, as in the default policies.
    pub fn is_admin(&self) -> bool {
        self.has_role("admin")
    }

    /// Whether it is a service's: role service.
    pub fn is_service(&self) -> bool {
        self.has_role("service")
    }

    /// Whether it may look at another token: administrators and services may at any, everybody at the own.
    pub fn may_look_at(&self, own: bool) -> bool {
        own || self.is_admin() || self.is_service()
    }

    fn has_role(&self, role: &str) -> bool {
        self.roles().iter().any(|own| own.eq_ignore_ascii_case(role))
    }

    /// The caller it makes.
    pub fn caller(&self) -> Caller {
        Caller {
            user_id: self.0.user.id.clone(),
            user_name: Some(self.0.user.name.clone()),
            user_domain_id: Some(self.0.user.domain_id.clone()),
            scope: self.project().map_or(Scope::Unscoped, |(project, _)| Scope::Project(project.id.clone())),
            project_domain_id: self.project().map(|(project, _)| project.domain_id.clone()),
            roles: self.roles().iter().map(|role| role.to_lowercase()).collect(),
            service_roles: Vec::new(),
            is_admin_project: true,
        }
    }
}
