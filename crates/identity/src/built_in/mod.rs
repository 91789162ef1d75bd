//! The identity that Salon keeps itself: domains, projects, users, roles, tokens and keys in the catalog.
//!
//! A token is 256 random bits; the catalog knows its SHA-256 only. It is found by one read by primary key, which also
//! looks at whether its user, project and domains are enabled. What was read is kept where the catalog can tell that nothing
//! was written since that it is made of, by this server or any other process, and no longer; so nothing has to be told to a
//! cache: a token ends at once when it is revoked, when its user or project is disabled or deleted, when the password
//! changes or an API key is removed, and when a role on its project is taken away. Tokens survive restarts.

mod api_keys;
mod directory;
mod kept;
mod login;
mod password;
mod refs;
mod roles;
mod session;
mod throttle;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use salon_catalog::Catalog;
use salon_core::{Caller, Clock, Entropy, Result, Scope, Timestamp, id::hex};

use self::{kept::Kept, throttle::Throttle};
use crate::{Authenticator, Credentials, Secret, authenticator::refused, secret::fingerprint};

pub use directory::{DEFAULT_DOMAIN, Directory, NewProject, NewUser, Page, UserChanges};
pub use login::{API_KEY_METHOD, Issued, Login, Proof};
pub use password::PasswordHashing;
pub use refs::{DomainRef, ProjectRef, ScopeRequest, UserRef};
pub use roles::{DEFAULT_ROLES, effective};
pub use salon_catalog::identity::{
    AccessKey, ApiKey, Assignment, AssignmentFilter, Domain, EXPIRED_WINDOW, Project, ProjectChanges, ProjectRoles,
    Role, User,
};
pub use session::Session;

/// Tokens removed by one call of [`BuiltIn::trim`].
const TRIM_BATCH: u32 = 1000;

/// Settings of the built-in identity.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long a token is good.
    pub token_lifetime: Duration,
    /// How many passwords are hashed at once, each on one core with 7 MiB.
    pub hash_workers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { token_lifetime: Duration::from_secs(12 * 3600), hash_workers: 2 }
    }
}

/// Users and tokens in the catalog.
pub struct BuiltIn {
    catalog: Catalog,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    options: Options,
    throttle: Throttle,
    directory: Directory,
    sessions: Kept<[u8; 32], Session>,
    access_keys: Kept<String, (Secret, Caller)>,
}

impl BuiltIn {
    /// The identity kept in `catalog`.
    pub fn new(catalog: Catalog, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, options: Options) -> Self {
        let directory = Directory::new(catalog.clone(), Arc::clone(&clock), Arc::clone(&entropy), options.hash_workers);
        Self {
            catalog,
            clock,
            entropy,
            options,
            throttle: Throttle::new(),
            directory,
            sessions: Kept::default(),
            access_keys: Kept::default(),
        }
    }

    /// Projects, users, roles and keys, for those who manage them.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// What a token stands for; `None` when it is not valid. With `allow_expired`, one that ended within
    /// [`EXPIRED_WINDOW`] is shown too.
    ///
    /// # Errors
    /// `Unavailable` when the catalog does not answer.
    pub async fn session(&self, token: &str, allow_expired: bool) -> Result<Option<Session>> {
        let Some(key) = token_key(token) else { return Ok(None) };
        let now = self.clock.now();
        let good_at = if allow_expired { before(now, EXPIRED_WINDOW) } else { now };
        // Taken before the reading: what is written meanwhile about sessions makes another version.
        let version = self.catalog.session_version();
        let kept = version.and_then(|version| self.sessions.get(version, &key));
        if let Some(session) = kept.filter(|session| session.expires_at() > good_at) {
            return Ok(Some(session));
        }
        let session = self.catalog.token(&hex(key), good_at).await?.map(Session::new);
        if let (Some(version), Some(session)) = (version, &session) {
            self.sessions.put(version, key, session.clone());
        }
        Ok(session)
    }

    /// Whether `asking` may end a token: its own, any other of its user, and an administrator every one.
    ///
    /// # Errors
    /// `Unavailable` when the catalog does not answer.
    pub async fn may_end(&self, asking: &Session, own: bool, token: &str) -> Result<bool> {
        if own || asking.is_admin() {
            return Ok(true);
        }
        let other = self.session(token, true).await?;
        Ok(other.is_some_and(|other| other.user().id == asking.user().id))
    }

    /// Ends a token; false when it was not there.
    ///
    /// # Errors
    /// `Unavailable` when the catalog does not answer.
    pub async fn revoke(&self, token: &str) -> Result<bool> {
        match token_hash(token) {
            Some(hash) => self.catalog.revoke_token(&hash).await,
            None => Ok(false),
        }
    }

    /// The secret of an access key and the caller it makes; `None` when there is no such key, when its user, project or
    /// one of their domains is disabled, or when the user has no role on the project any more.
    ///
    /// # Errors
    /// `Unavailable` when the catalog does not answer.
    pub async fn access_key(&self, id: &str) -> Result<Option<(Secret, Caller)>> {
        let version = self.catalog.session_version();
        if let Some(kept) = version.and_then(|version| self.access_keys.get(version, id)) {
            return Ok(Some(kept));
        }
        let found = self.find_access_key(id).await?;
        if let (Some(version), Some(found)) = (version, &found) {
            self.access_keys.put(version, id.to_owned(), found.clone());
        }
        Ok(found)
    }

    async fn find_access_key(&self, id: &str) -> Result<Option<(Secret, Caller)>> {
        let Some(view) = self.catalog.usable_access_key(id).await? else { return Ok(None) };
        if view.assigned.is_empty() {
            return Ok(None);
        }
        let caller = Caller {
            user_id: view.user.id,
            user_name: Some(view.user.name),
            user_domain_id: Some(view.user.domain_id),
            scope: Scope::Project(view.project.id),
            project_domain_id: Some(view.project.domain_id),
            roles: effective(&view.assigned).iter().map(|role| role.to_lowercase()).collect(),
            service_roles: Vec::new(),
            is_admin_project: true,
        };
        Ok(Some((Secret::new(view.key.secret), caller)))
    }

    /// Removes tokens that are of no use to anyone any more, a bounded number per call; answers how many. To be called
    /// from time to time.
    ///
    /// # Errors
    /// `Unavailable` when the catalog does not answer.
    pub async fn trim(&self) -> Result<u64> {
        self.catalog.trim_tokens(self.clock.now(), TRIM_BATCH).await
    }

    async fn caller(&self, credentials: Credentials<'_>) -> Result<Caller> {
        let token = credentials.token().ok_or_else(refused)?;
        let service = match credentials.service_token() {
            Some(token) => self.session(token, false).await?.filter(Session::is_service),
            None => None,
        };
        let session = self.session(token, service.is_some()).await?.ok_or_else(refused)?;
        let mut caller = session.caller();
        if let Some(service) = service {
            caller.service_roles = service.caller().roles;
        }
        Ok(caller)
    }
}

impl std::fmt::Debug for BuiltIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuiltIn").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Authenticator for BuiltIn {
    fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(self.caller(credentials))
    }

    fn challenge(&self, base: &str) -> String {
        format!("Keystone uri=\"{base}/identity/v3\"")
    }
}

/// Random bytes of a token; it is written as twice as many hexadecimal digits.
const TOKEN_BYTES: usize = 32;

/// What a token is kept under; `None` for what cannot be one, which then costs no read.
fn token_key(token: &str) -> Option<[u8; 32]> {
    let shaped = token.len() == 2 * TOKEN_BYTES && token.bytes().all(|byte| byte.is_ascii_hexdigit());
    shaped.then(|| fingerprint(token))
}

/// What a token is stored under.
fn token_hash(token: &str) -> Option<String> {
    token_key(token).map(hex)
}

fn before(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests;
