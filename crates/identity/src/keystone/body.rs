//! What Keystone says about a token (Identity API v3, "Validate and show information for token").

use salon_core::{Caller, ProjectId, Scope, Timestamp, UserId};
use serde::Deserialize;

use super::access_rules::AccessRule;

/// A valid token's facts.
#[derive(Debug)]
pub(super) struct Validated {
    /// The caller, without the roles of a service token.
    pub(super) caller: Caller,
    /// When the token ends.
    pub(super) expires_at: Timestamp,
    /// Requests that the token is limited to.
    pub(super) access_rules: Option<Vec<AccessRule>>,
}

/// The answer to a validation or to an own login.
#[derive(Deserialize)]
pub(super) struct Envelope {
    token: Token,
}

#[derive(Deserialize)]
struct Token {
    expires_at: String,
    user: Named,
    project: Option<Named>,
    domain: Option<Named>,
    system: Option<System>,
    #[serde(default)]
    roles: Vec<Role>,
    is_admin_project: Option<bool>,
    application_credential: Option<ApplicationCredential>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    name: Option<String>,
    domain: Option<Domain>,
}

#[derive(Deserialize)]
struct Domain {
    id: Option<String>,
}

#[derive(Deserialize)]
struct System {
    #[serde(default)]
    all: bool,
}

#[derive(Deserialize)]
struct Role {
    name: String,
}

#[derive(Deserialize)]
struct ApplicationCredential {
    access_rules: Option<Vec<AccessRule>>,
}

impl Envelope {
    /// When the token ends; `None` when the time cannot be read.
    pub(super) fn expires_at(&self) -> Option<Timestamp> {
        let instant = chrono::DateTime::parse_from_rfc3339(&self.token.expires_at).ok()?;
        Some(Timestamp(instant.timestamp_micros()))
    }

    /// The facts; `None` when the time of expiry cannot be read.
    pub(super) fn into_validated(self) -> Option<Validated> {
        let expires_at = self.expires_at()?;
        let token = self.token;
        let domain_of = |named: &Named| named.domain.as_ref().and_then(|domain| domain.id.clone());
        let project_domain_id = token.project.as_ref().and_then(domain_of);
        let scope = match (token.project, token.domain, token.system) {
            (Some(project), _, _) => Scope::Project(ProjectId::new(project.id)),
            (None, Some(domain), _) => Scope::Domain(domain.id),
            (None, None, Some(System { all: true })) => Scope::System,
            (None, None, _) => Scope::Unscoped,
        };
        Some(Validated {
            expires_at,
            access_rules: token.application_credential.and_then(|credential| credential.access_rules),
            caller: Caller {
                user_domain_id: domain_of(&token.user),
                user_id: UserId::new(token.user.id),
                user_name: token.user.name,
                scope,
                project_domain_id,
                roles: token.roles.into_iter().map(|role| role.name.to_lowercase()).collect(),
                service_roles: Vec::new(),
                is_admin_project: token.is_admin_project.unwrap_or(true),
            },
        })
    }
}
