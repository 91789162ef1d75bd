//! Tables of the built-in identity. Passwords and secrets arrive as the identity layer prepared them: opaque text.
//!
//! What ends tokens (a user or project disabled or deleted, a new password, an API key or role taken away) locks the user's or the
//! project's row, changes it and removes the tokens in one transaction; [`crate::Catalog::create_token`] locks the same rows
//! and looks whether its grounds still hold. So no token outlives what it was given for, whatever runs at once.

mod api_keys;
mod assignments;
mod domains;
mod keys;
mod projects;
mod roles;
mod tokens;
mod users;

use std::time::Duration;

use salon_core::{Error, ProjectId, Timestamp, UserId};

use crate::sql::is_unique;

/// How long a token is kept after its end, for services that finish work with it (Keystone's `allow_expired_window`).
pub const EXPIRED_WINDOW: Duration = Duration::from_secs(48 * 3600);

/// A domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Its id.
    pub id: String,
    /// Its name, unique.
    pub name: String,
    /// Whether its users may authenticate.
    pub enabled: bool,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// The domain it belongs to.
    pub domain_id: String,
    /// Its name, unique in the domain.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whether tokens for it are given and accepted.
    pub enabled: bool,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The domain it belongs to.
    pub domain_id: String,
    /// Its name, unique in the domain.
    pub name: String,
    /// As the identity layer hashed it; `None` cannot log in with a password.
    pub password_hash: Option<String>,
    /// The project a token is for when the request names none.
    pub default_project_id: Option<ProjectId>,
    /// Whether it may authenticate.
    pub enabled: bool,
}

/// What changes in a project; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectChanges {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Disabling ends the project's tokens.
    pub enabled: Option<bool>,
}

/// What changes in a user; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChanges {
    /// A new name.
    pub name: Option<String>,
    /// The hash of a new password, which ends the user's tokens.
    pub password_hash: Option<String>,
    /// A new default project, or none.
    pub default_project_id: Option<Option<ProjectId>>,
    /// Disabling ends the user's tokens.
    pub enabled: Option<bool>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its id.
    pub id: String,
    /// Its name, unique.
    pub name: String,
}

/// A role of a user on a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The user.
    pub user_id: UserId,
    /// The project.
    pub project_id: ProjectId,
    /// The role.
    pub role_id: String,
}

/// Which assignments are wanted; `None` does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssignmentFilter {
    /// Of this user.
    pub user_id: Option<UserId>,
    /// On this project.
    pub project_id: Option<ProjectId>,
    /// Of this role.
    pub role_id: Option<String>,
}

/// A token, under the hash it is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// SHA-256 of the token, lower-case hexadecimal.
    pub hash: String,
    /// Whose.
    pub user_id: UserId,
    /// For which project; `None` is unscoped.
    pub project_id: Option<ProjectId>,
    /// Role names at the time of issue.
    pub roles: Vec<String>,
    /// Authentication methods, as Keystone names them.
    pub methods: Vec<String>,
    /// Keystone's audit id.
    pub audit_id: String,
    /// When it was given.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What a token is given for: it is stored only if all of this still holds then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenGrounds {
    /// The password hash that was compared with.
    pub password_hash: Option<String>,
    /// Names of the roles assigned on the token's project, sorted.
    pub assigned: Vec<String>,
    /// The digest of the API key that was shown.
    pub api_key: Option<String>,
    /// The hash of the token that was exchanged.
    pub token: Option<String>,
}

/// A token with the names an answer needs, in one read. Only for tokens whose user, project and domains are enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenView {
    /// The token.
    pub token: Token,
    /// Its user.
    pub user: User,
    /// The user's domain.
    pub user_domain: Domain,
    /// Its project and that project's domain.
    pub project: Option<(Project, Domain)>,
}

/// An access key (AWS signatures, EC2 credentials): belongs to one user in one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// The public half.
    pub id: String,
    /// The secret half, as the identity layer stores it.
    pub secret: String,
    /// Whose.
    pub user_id: UserId,
    /// For which project.
    pub project_id: ProjectId,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An access key with all a request signed by it needs, in one read. Only for keys whose user, project and domains are
/// enabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyView {
    /// The key.
    pub key: AccessKey,
    /// Its user.
    pub user: User,
    /// Its project.
    pub project: Project,
    /// Names of the roles the user has on the project now, sorted, without implied ones.
    pub assigned: Vec<String>,
}

/// An API key (Identity v2.0): another secret a user can log in with, for as many projects as its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name for those who manage it.
    pub id: String,
    /// SHA-256 of the key, lower-case hexadecimal: keys are random, so nothing slower is needed.
    pub digest: String,
    /// Whose.
    pub user_id: UserId,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A project a user has roles on, with the roles' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRoles {
    /// The project.
    pub project: Project,
    /// Names of the roles, sorted.
    pub roles: Vec<String>,
}

/// Texts of a lookup that no row can have: PostgreSQL does not even take them as a value.
fn unstorable(text: &str) -> bool {
    text.contains('\0')
}

/// A conflict for a unique key that is taken, anything else as it was.
fn taken(error: Error, what: &'static str) -> Error {
    if is_unique(&error) { Error::conflict(what).with_source(error) } else { error }
}
