//! Tables of the built-in identity. Passwords and secrets arrive as the identity layer prepared them: opaque text.

use salon_core::{ProjectId, Result, Timestamp, UserId};

use crate::Catalog;

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

/// A project a user has roles on, with the roles' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectRoles {
    /// The project.
    pub project: Project,
    /// Names of the roles, sorted.
    pub roles: Vec<String>,
}

impl Catalog {
    /// Adds a domain.
    ///
    /// # Errors
    /// Conflict when id or name is taken.
    pub async fn create_domain(&self, domain: &Domain) -> Result<()> {
        let _ = domain;
        todo!()
    }

    /// A domain by id.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn domain(&self, id: &str) -> Result<Option<Domain>> {
        let _ = id;
        todo!()
    }

    /// A domain by name.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn domain_by_name(&self, name: &str) -> Result<Option<Domain>> {
        let _ = name;
        todo!()
    }

    /// Domains in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn domains(&self, after: Option<&str>, limit: u32) -> Result<Vec<Domain>> {
        let _ = (after, limit);
        todo!()
    }

    /// Adds a project.
    ///
    /// # Errors
    /// Conflict when id or name is taken, NotFound when the domain is not there.
    pub async fn create_project(&self, project: &Project) -> Result<()> {
        let _ = project;
        todo!()
    }

    /// A project by id.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn project(&self, id: &ProjectId) -> Result<Option<Project>> {
        let _ = id;
        todo!()
    }

    /// A project by name within its domain.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn project_by_name(&self, domain_id: &str, name: &str) -> Result<Option<Project>> {
        let _ = (domain_id, name);
        todo!()
    }

    /// Projects in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn projects(&self, after: Option<&ProjectId>, limit: u32) -> Result<Vec<Project>> {
        let _ = (after, limit);
        todo!()
    }

    /// Rewrites name, description and enabled; disabling ends the project's tokens.
    ///
    /// # Errors
    /// NotFound; Conflict when the name is taken.
    pub async fn update_project(&self, project: &Project) -> Result<()> {
        let _ = project;
        todo!()
    }

    /// Removes a project with its assignments, tokens and access keys. Its images stay.
    ///
    /// # Errors
    /// NotFound.
    pub async fn delete_project(&self, id: &ProjectId) -> Result<()> {
        let _ = id;
        todo!()
    }

    /// Adds a user.
    ///
    /// # Errors
    /// Conflict when id or name is taken, NotFound when the domain is not there.
    pub async fn create_user(&self, user: &User) -> Result<()> {
        let _ = user;
        todo!()
    }

    /// A user by id.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>> {
        let _ = id;
        todo!()
    }

    /// A user by name within its domain.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn user_by_name(&self, domain_id: &str, name: &str) -> Result<Option<User>> {
        let _ = (domain_id, name);
        todo!()
    }

    /// Users in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn users(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<User>> {
        let _ = (after, limit);
        todo!()
    }

    /// Rewrites name, password, default project and enabled; disabling or a new password ends the user's tokens.
    ///
    /// # Errors
    /// NotFound; Conflict when the name is taken.
    pub async fn update_user(&self, user: &User) -> Result<()> {
        let _ = user;
        todo!()
    }

    /// Removes a user with its assignments, tokens and access keys.
    ///
    /// # Errors
    /// NotFound.
    pub async fn delete_user(&self, id: &UserId) -> Result<()> {
        let _ = id;
        todo!()
    }

    /// Adds a role.
    ///
    /// # Errors
    /// Conflict when id or name is taken.
    pub async fn create_role(&self, role: &Role) -> Result<()> {
        let _ = role;
        todo!()
    }

    /// A role by name.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn role_by_name(&self, name: &str) -> Result<Option<Role>> {
        let _ = name;
        todo!()
    }

    /// Roles in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn roles(&self, after: Option<&str>, limit: u32) -> Result<Vec<Role>> {
        let _ = (after, limit);
        todo!()
    }

    /// Gives a user a role on a project; twice changes nothing.
    ///
    /// # Errors
    /// NotFound when user, project or role is not there.
    pub async fn assign(&self, assignment: &Assignment) -> Result<()> {
        let _ = assignment;
        todo!()
    }

    /// Takes a role away; the user's tokens for the project end.
    ///
    /// # Errors
    /// NotFound when it was not assigned.
    pub async fn unassign(&self, assignment: &Assignment) -> Result<()> {
        let _ = assignment;
        todo!()
    }

    /// Role names of a user on a project, sorted.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn roles_of(&self, user: &UserId, project: &ProjectId) -> Result<Vec<String>> {
        let _ = (user, project);
        todo!()
    }

    /// Projects a user has roles on, in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn projects_of(&self, user: &UserId, after: Option<&ProjectId>, limit: u32) -> Result<Vec<ProjectRoles>> {
        let _ = (user, after, limit);
        todo!()
    }

    /// Stores a token.
    ///
    /// # Errors
    /// Conflict when the hash is there already; NotFound when user or project is not there or disabled.
    pub async fn create_token(&self, token: &Token) -> Result<()> {
        let _ = token;
        todo!()
    }

    /// The token with this hash, if it is still good at `now` and its user, project and domains are enabled.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn token(&self, hash: &str, now: Timestamp) -> Result<Option<TokenView>> {
        let _ = (hash, now);
        todo!()
    }

    /// Ends a token; false when it was not there.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn revoke_token(&self, hash: &str) -> Result<bool> {
        let _ = hash;
        todo!()
    }

    /// Removes tokens that ended before `before`, at most `limit` per call. Answers how many went.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn trim_tokens(&self, before: Timestamp, limit: u32) -> Result<u64> {
        let _ = (before, limit);
        todo!()
    }

    /// Stores an access key.
    ///
    /// # Errors
    /// Conflict when the id is taken; NotFound when user or project is not there.
    pub async fn create_access_key(&self, key: &AccessKey) -> Result<()> {
        let _ = key;
        todo!()
    }

    /// An access key by its id. The caller checks that user and project are enabled.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn access_key(&self, id: &str) -> Result<Option<AccessKey>> {
        let _ = id;
        todo!()
    }

    /// Access keys of a user, in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn access_keys(&self, user: &UserId, after: Option<&str>, limit: u32) -> Result<Vec<AccessKey>> {
        let _ = (user, after, limit);
        todo!()
    }

    /// Removes an access key of a user; false when it was not there.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn delete_access_key(&self, user: &UserId, id: &str) -> Result<bool> {
        let _ = (user, id);
        todo!()
    }
}
