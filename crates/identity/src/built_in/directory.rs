//! Projects, users, roles and keys for those who manage them: the Identity API, the command line and the seed.

use std::sync::Arc;

use salon_catalog::{
    Catalog,
    identity::{
        self as rows, AccessKey, Assignment, AssignmentFilter, Domain, Project, ProjectChanges, ProjectRoles, Role,
        User,
    },
};
use salon_core::{Clock, Entropy, Error, Kind, ProjectId, Result, UserId, id::hex_text};

use super::{DEFAULT_ROLES, DomainRef, PasswordHashing, ProjectRef, UserRef, roles::with_implied};
use crate::Secret;

/// The domain that is always there: id `default`, name `Default`, as Keystone's.
pub const DEFAULT_DOMAIN: &str = "default";
/// Longest name, in characters.
const MAX_NAME: usize = 255;
/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 1024;
/// Access keys one user may have.
const MAX_KEYS: u32 = 100;
/// Longest page of any list.
pub(super) const MAX_PAGE: u32 = 1000;

/// Where a list goes on and how much of it is wanted.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Only what comes after this id.
    pub after: Option<String>,
    /// At most so many; without it, and above it, 1000.
    pub limit: Option<u32>,
}

impl Page {
    /// How many items a page holds at most.
    pub fn size(&self) -> u32 {
        self.limit.unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE)
    }
}

/// A project to be made.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Its name, unique in the domain.
    pub name: String,
    /// The domain's id.
    pub domain_id: String,
    /// For people.
    pub description: String,
    /// Whether tokens are given for it.
    pub enabled: bool,
}

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Its name, unique in the domain.
    pub name: String,
    /// The domain's id.
    pub domain_id: String,
    /// Without one it cannot log in.
    pub password: Option<Secret>,
    /// The project of tokens asked without scope.
    pub default_project_id: Option<ProjectId>,
    /// Whether it may log in.
    pub enabled: bool,
}

/// What changes in a user.
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// A new name.
    pub name: Option<String>,
    /// A new password ends its tokens.
    pub password: Option<Secret>,
    /// A new default project, or none.
    pub default_project_id: Option<Option<ProjectId>>,
    /// Disabling ends its tokens.
    pub enabled: Option<bool>,
}

/// The managed part of the built-in identity. It works on the catalog directly and keeps nothing, so a command may use
/// it beside a running server.
#[derive(Clone)]
pub struct Directory {
    pub(super) catalog: Catalog,
    pub(super) clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    hashing: PasswordHashing,
}

impl Directory {
    /// The directory kept in `catalog`; at most `hash_workers` passwords are hashed at once.
    pub fn new(catalog: Catalog, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, hash_workers: usize) -> Self {
        let hashing = PasswordHashing::new(Arc::clone(&entropy), hash_workers);
        Self { catalog, clock, entropy, hashing }
    }

    pub(super) fn hashing(&self) -> &PasswordHashing {
        &self.hashing
    }

    /// A secret of so many random bytes, as hexadecimal digits.
    pub fn fresh_secret(&self, bytes: usize) -> Secret {
        Secret::new(hex_text(self.entropy.as_ref(), bytes))
    }

    pub(super) fn fresh_id(&self) -> String {
        hex_text(self.entropy.as_ref(), 16)
    }

    /// Makes the default domain and the default roles if they are missing. To be called before anything else, at every
    /// start.
    ///
    /// # Errors
    /// `Unavailable` when the catalog does not answer.
    pub async fn ensure_defaults(&self) -> Result<()> {
        let domain = Domain { id: DEFAULT_DOMAIN.to_owned(), name: "Default".to_owned(), enabled: true };
        if self.catalog.domain(DEFAULT_DOMAIN).await?.is_none() {
            existing_is_fine(self.catalog.create_domain(&domain).await)?;
        }
        for name in DEFAULT_ROLES {
            self.ensure_role(name).await?;
        }
        Ok(())
    }

    // ---- domains ----

    /// A domain.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn domain(&self, domain: &DomainRef) -> Result<Domain> {
        let found = match domain {
            DomainRef::Id(id) => self.catalog.domain(id).await?,
            DomainRef::Name(name) => self.catalog.domain_by_name(name).await?,
        };
        let (DomainRef::Id(wanted) | DomainRef::Name(wanted)) = domain;
        found.ok_or_else(|| absent("domain", wanted))
    }

    /// Domains in the order of their ids.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn domains(&self, page: &Page) -> Result<Vec<Domain>> {
        self.catalog.domains(page.after.as_deref(), page.size()).await
    }

    /// Makes a domain.
    ///
    /// # Errors
    /// `Invalid` name; `Conflict`.
    pub async fn create_domain(&self, name: &str, enabled: bool) -> Result<Domain> {
        let domain = Domain { id: self.fresh_id(), name: checked_name(name)?, enabled };
        self.catalog.create_domain(&domain).await.map_err(|error| taken(error, "domain", name))?;
        Ok(domain)
    }

    // ---- projects ----

    /// A project.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn project(&self, project: &ProjectRef) -> Result<Project> {
        match project {
            ProjectRef::Id(id) => {
                self.catalog.project(&ProjectId::new(id.as_str())).await?.ok_or_else(|| absent("project", id))
            }
            ProjectRef::Name { name, domain } => {
                let domain = self.domain(domain).await?;
                self.catalog.project_by_name(&domain.id, name).await?.ok_or_else(|| absent("project", name))
            }
        }
    }

    /// Projects in the order of their ids.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn projects(&self, page: &Page) -> Result<Vec<Project>> {
        let after = page.after.as_deref().map(ProjectId::new);
        self.catalog.projects(after.as_ref(), page.size()).await
    }

    /// Makes a project.
    ///
    /// # Errors
    /// `Invalid` name or description; `NotFound` domain; `Conflict`.
    pub async fn create_project(&self, new: NewProject) -> Result<Project> {
        let project = Project {
            id: ProjectId::new(self.fresh_id()),
            name: checked_name(&new.name)?,
            domain_id: new.domain_id,
            description: checked_description(new.description)?,
            enabled: new.enabled,
        };
        self.catalog.create_project(&project).await.map_err(|error| taken(error, "project", &project.name))?;
        Ok(project)
    }

    /// Changes a project.
    ///
    /// # Errors
    /// `Invalid` name or description; `NotFound`; `Conflict` name.
    pub async fn set_project(&self, id: &ProjectId, mut changes: ProjectChanges) -> Result<Project> {
        changes.name = changes.name.as_deref().map(checked_name).transpose()?;
        changes.description = changes.description.map(checked_description).transpose()?;
        let name = changes.name.clone().unwrap_or_default();
        self.catalog.update_project(id, &changes).await.map_err(|error| taken(error, "project", &name))
    }

    /// Removes a project; what it owns stays.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_project(&self, id: &ProjectId) -> Result<()> {
        self.catalog.delete_project(id).await
    }

    // ---- users ----

    /// A user.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn user(&self, user: &UserRef) -> Result<User> {
        match user {
            UserRef::Id(id) => self.catalog.user(&UserId::new(id.as_str())).await?.ok_or_else(|| absent("user", id)),
            UserRef::Name { name, domain } => {
                let domain = self.domain(domain).await?;
                self.catalog.user_by_name(&domain.id, name).await?.ok_or_else(|| absent("user", name))
            }
        }
    }

    /// Users in the order of their ids.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn users(&self, page: &Page) -> Result<Vec<User>> {
        let after = page.after.as_deref().map(UserId::new);
        self.catalog.users(after.as_ref(), page.size()).await
    }

    /// Makes a user.
    ///
    /// # Errors
    /// `Invalid` name or password; `NotFound` domain; `Conflict`.
    pub async fn create_user(&self, new: NewUser) -> Result<User> {
        let name = checked_name(&new.name)?;
        let password_hash = match &new.password {
            Some(password) => Some(self.hashing.hash(password).await?),
            None => None,
        };
        let user = User {
            id: UserId::new(self.fresh_id()),
            domain_id: new.domain_id,
            name,
            password_hash,
            default_project_id: new.default_project_id,
            enabled: new.enabled,
        };
        self.catalog.create_user(&user).await.map_err(|error| taken(error, "user", &user.name))?;
        Ok(user)
    }

    /// Changes a user.
    ///
    /// # Errors
    /// `Invalid` name or password; `NotFound`; `Conflict` name.
    pub async fn set_user(&self, id: &UserId, changes: UserChanges) -> Result<User> {
        let row = rows::UserChanges {
            name: changes.name.as_deref().map(checked_name).transpose()?,
            password_hash: match &changes.password {
                Some(password) => Some(self.hashing.hash(password).await?),
                None => None,
            },
            default_project_id: changes.default_project_id,
            enabled: changes.enabled,
        };
        let name = row.name.clone().unwrap_or_default();
        self.catalog.update_user(id, &row).await.map_err(|error| taken(error, "user", &name))
    }

    /// Removes a user with its tokens and keys.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_user(&self, id: &UserId) -> Result<()> {
        self.catalog.delete_user(id).await
    }

    // ---- roles ----

    /// A role by id.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn role(&self, id: &str) -> Result<Role> {
        self.catalog.role(id).await?.ok_or_else(|| absent("role", id))
    }

    /// A role by name.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn role_named(&self, name: &str) -> Result<Option<Role>> {
        self.catalog.role_by_name(name).await
    }

    /// Roles in the order of their ids.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn roles(&self, page: &Page) -> Result<Vec<Role>> {
        self.catalog.roles(page.after.as_deref(), page.size()).await
    }

    /// Roles by their names, in their order, each with its id; the name stands for the id of one that is gone.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn with_ids<'a>(&self, names: &'a [String]) -> Result<Vec<(String, &'a str)>> {
        let known = self.roles(&Page::default()).await?;
        let id = |name: &String| known.iter().find(|role| role.name == *name).map_or(name, |role| &role.id).clone();
        Ok(names.iter().map(|name| (id(name), name.as_str())).collect())
    }

    /// Makes a role.
    ///
    /// # Errors
    /// `Invalid` name; `Conflict`.
    pub async fn create_role(&self, name: &str) -> Result<Role> {
        let role = Role { id: self.fresh_id(), name: checked_name(name)? };
        self.catalog.create_role(&role).await.map_err(|error| taken(error, "role", name))?;
        Ok(role)
    }

    /// The role of this name, made if it is missing.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ensure_role(&self, name: &str) -> Result<Role> {
        if let Some(role) = self.catalog.role_by_name(name).await? {
            return Ok(role);
        }
        match self.create_role(name).await {
            // Somebody else made it in between.
            Err(error) if error.kind() == Kind::Conflict => {
                self.catalog.role_by_name(name).await?.ok_or_else(|| absent("role", name))
            }
            other => other,
        }
    }

    /// Removes a role from everybody who has it.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for the roles that are always there, which policies build on.
    pub async fn delete_role(&self, id: &str) -> Result<()> {
        let role = self.role(id).await?;
        if DEFAULT_ROLES.contains(&role.name.as_str()) {
            return Err(Error::forbidden(format!("Cannot delete immutable role: {id}.")));
        }
        self.catalog.delete_role(id).await
    }

    // ---- roles of users on projects ----

    /// Gives a user a role on a project; twice changes nothing.
    ///
    /// # Errors
    /// `NotFound` when one of them is not there.
    pub async fn grant(&self, user: &UserId, project: &ProjectId, role: &Role) -> Result<()> {
        self.catalog.assign(&assignment(user, project, role)).await
    }

    /// Takes a role away and ends the user's tokens for the project.
    ///
    /// # Errors
    /// `NotFound` when it was not given.
    pub async fn withdraw(&self, user: &UserId, project: &ProjectId, role: &Role) -> Result<()> {
        self.catalog.unassign(&assignment(user, project, role)).await
    }

    /// Names of the roles given to a user on a project, without implied ones.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn roles_of(&self, user: &UserId, project: &ProjectId) -> Result<Vec<String>> {
        self.catalog.roles_of(user, project).await
    }

    /// Projects a user has roles on, with the roles' names.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn projects_of(&self, user: &UserId, page: &Page) -> Result<Vec<ProjectRoles>> {
        let after = page.after.as_deref().map(ProjectId::new);
        self.catalog.projects_of(user, after.as_ref(), page.size()).await
    }

    /// Who has which role on what, in the order of user, project and role; a page that goes on after `after`.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn assignments(&self, filter: &AssignmentFilter, after: Option<&Assignment>) -> Result<Vec<Assignment>> {
        self.catalog.assignments(filter, after, MAX_PAGE).await
    }

    /// As [`Directory::assignments`] from the beginning, with those that others imply. A role that the filter names is
    /// looked for among these, too.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn effective_assignments(&self, filter: &AssignmentFilter) -> Result<Vec<Assignment>> {
        let of_any_role = AssignmentFilter { role_id: None, ..filter.clone() };
        let given = self.assignments(&of_any_role, None).await?;
        let mut all = with_implied(given, &self.roles(&Page::default()).await?);
        all.retain(|assignment| filter.role_id.as_ref().is_none_or(|wanted| *wanted == assignment.role_id));
        Ok(all)
    }

    // ---- access keys ----

    /// Makes an access key: a public id and a secret, for one user in one project.
    ///
    /// # Errors
    /// `NotFound` when the user is not there; `Forbidden` when it has no role on the project, be that there or not: who
    /// has none is not to learn which projects there are.
    pub async fn create_key(&self, user: &UserId, project: &ProjectId) -> Result<AccessKey> {
        if self.catalog.roles_of(user, project).await?.is_empty() {
            self.user(&UserRef::Id(user.to_string())).await?;
            return Err(Error::forbidden("The user has no role on the project."));
        }
        let key = AccessKey {
            id: self.fresh_id(),
            secret: self.fresh_secret(20).reveal().to_owned(),
            user_id: user.clone(),
            project_id: project.clone(),
            created_at: self.clock.now(),
        };
        self.catalog.create_access_key(&key, MAX_KEYS).await?;
        Ok(key)
    }

    /// An access key of a user.
    ///
    /// # Errors
    /// `NotFound`, also when it is somebody else's.
    pub async fn key(&self, user: &UserId, id: &str) -> Result<AccessKey> {
        let found = self.catalog.access_key(id).await?.filter(|key| key.user_id == *user);
        found.ok_or_else(|| absent("credential", id))
    }

    /// The access key with this id, whosever it is.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn any_key(&self, id: &str) -> Result<AccessKey> {
        self.catalog.access_key(id).await?.ok_or_else(|| absent("credential", id))
    }

    /// Access keys of a user in the order of their ids.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn keys(&self, user: &UserId, page: &Page) -> Result<Vec<AccessKey>> {
        self.catalog.access_keys(user, page.after.as_deref(), page.size()).await
    }

    /// Removes an access key of a user.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_key(&self, user: &UserId, id: &str) -> Result<()> {
        match self.catalog.delete_access_key(user, id).await? {
            true => Ok(()),
            false => Err(absent("credential", id)),
        }
    }
}

fn assignment(user: &UserId, project: &ProjectId, role: &Role) -> Assignment {
    Assignment { user_id: user.clone(), project_id: project.clone(), role_id: role.id.clone() }
}

fn existing_is_fine(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() != Kind::Conflict => Err(error),
        _ => Ok(()),
    }
}

/// Keystone's words for what is not there.
pub(super) fn absent(what: &str, which: &str) -> Error {
    Error::not_found(format!("Could not find {what}: {which}."))
}

/// Keystone's words for a name that is taken.
fn taken(error: Error, what: &str, name: &str) -> Error {
    match error.kind() {
        Kind::Conflict => Error::conflict(format!(
            "Conflict occurred attempting to store {what} - Duplicate entry found with name {name}."
        )),
        _ => error,
    }
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("The name must not be empty."));
    }
    if name.chars().count() > MAX_NAME {
        return Err(Error::invalid(format!("The name is longer than {MAX_NAME} characters.")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid("The name must not contain control characters."));
    }
    Ok(name.to_owned())
}

fn checked_description(description: String) -> Result<String> {
    if description.chars().count() > MAX_DESCRIPTION {
        return Err(Error::invalid(format!("The description is longer than {MAX_DESCRIPTION} characters.")));
    }
    if description.contains('\0') {
        return Err(Error::invalid("The description must not contain NUL characters."));
    }
    Ok(description)
}
