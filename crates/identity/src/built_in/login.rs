//! Getting a token for a password, for an API key or for another token.

use std::net::IpAddr;

use salon_catalog::identity::{Token, TokenGrounds, User};
use salon_core::{
    Kind, ProjectId, Result, Timestamp, UserId,
    id::{hex, hex_text},
};

use super::{
    BuiltIn, DomainRef, ProjectRef, ScopeRequest, Session, TOKEN_BYTES, UserChanges, UserRef, effective, password,
    token_hash,
};
use crate::{Secret, authenticator::refused, secret::fingerprint};

/// The authentication method of tokens that were given for an API key.
pub const API_KEY_METHOD: &str = "apikey";

/// A request for a token.
#[derive(Clone, Debug)]
pub struct Login {
    /// What proves who is asking.
    pub proof: Proof,
    /// What the token shall be good for.
    pub scope: ScopeRequest,
}

/// What proves who is asking.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A user's password.
    Password {
        /// The user.
        user: UserRef,
        /// The password.
        password: Secret,
    },
    /// A user's API key.
    ApiKey {
        /// The user.
        user: UserRef,
        /// The key.
        key: Secret,
    },
    /// A valid token, to be exchanged for one with another scope.
    Token(Secret),
}

/// A new token: the only time it is seen.
#[derive(Debug)]
pub struct Issued {
    /// The token.
    pub token: Secret,
    /// What it stands for.
    pub session: Session,
}

/// A proven user.
struct Proven {
    user: User,
    methods: Vec<String>,
    expires_at: Timestamp,
    /// The digest of the API key that proved it.
    api_key: Option<String>,
    /// The hash of the token that proved it.
    token: Option<String>,
}

impl BuiltIn {
    /// Gives a token. Nothing in the answer or in its time tells whether the user exists, is disabled, or has no role
    /// on the project: all are refused alike.
    ///
    /// # Errors
    /// `Unauthenticated`; `Throttled` after too many wrong passwords from `peer`; `Unavailable` when the catalog does
    /// not answer.
    pub async fn login(&self, login: &Login, peer: IpAddr) -> Result<Issued> {
        let proven = match &login.proof {
            Proof::Password { user, password } => self.by_password(user, password, peer).await?,
            Proof::ApiKey { user, key } => self.by_api_key(user, key, peer).await?,
            Proof::Token(token) => self.by_token(token).await?,
        };
        let project = self.project_of(&proven.user, &login.scope).await?;
        let assigned = match &project {
            Some(project) => self.catalog.roles_of(&proven.user.id, project).await?,
            None => Vec::new(),
        };
        if project.is_some() && assigned.is_empty() {
            return Err(refused());
        }
        let token = Secret::new(hex_text(self.entropy.as_ref(), TOKEN_BYTES));
        let hash = hex(fingerprint(token.reveal()));
        let row = Token {
            hash: hash.clone(),
            user_id: proven.user.id,
            project_id: project,
            roles: effective(&assigned),
            methods: proven.methods,
            audit_id: hex_text(self.entropy.as_ref(), 16),
            issued_at: self.clock.now(),
            expires_at: proven.expires_at,
        };
        // The user may be disabled, get a new password or lose a key or role while this runs: the catalog looks once more.
        let grounds = TokenGrounds {
            password_hash: proven.user.password_hash,
            assigned,
            api_key: proven.api_key,
            token: proven.token,
        };
        self.catalog.create_token(&row, &grounds).await.map_err(|error| match error.kind() {
            Kind::NotFound => refused().with_source(error),
            _ => error,
        })?;
        let view = self.catalog.token(&hash, self.clock.now()).await?.ok_or_else(refused)?;
        Ok(Issued { token, session: Session::new(view) })
    }

    async fn by_password(&self, user: &UserRef, password: &Secret, peer: IpAddr) -> Result<Proven> {
        let attempt = self.throttle.attempt(fingerprint(&user.key()), peer)?;
        let found = self.find_user(user).await?;
        let hash = found.as_ref().and_then(|user| user.password_hash.as_deref());
        let right = match self.directory.hashing().verify(password, hash).await {
            Ok(right) => right,
            Err(error) => {
                attempt.forgiven();
                return Err(error);
            }
        };
        let user = found.filter(|user| right && user.enabled).ok_or_else(refused)?;
        attempt.forgiven();
        let expires_at = self.clock.now().plus(self.options.token_lifetime);
        Ok(Proven { user, methods: vec!["password".to_owned()], expires_at, api_key: None, token: None })
    }

    async fn by_api_key(&self, user: &UserRef, key: &Secret, peer: IpAddr) -> Result<Proven> {
        let attempt = self.throttle.attempt(fingerprint(&user.key()), peer)?;
        let digest = hex(fingerprint(key.reveal()));
        let looked = async {
            let found = self.find_user(user).await?;
            // Looked for in any case, so that the time does not tell whether there is such a user.
            let nobody = UserId::new("");
            let right = self.catalog.has_api_key(found.as_ref().map_or(&nobody, |user| &user.id), &digest).await?;
            Ok(found.filter(|user| right && user.enabled))
        };
        let user = match looked.await {
            Ok(user) => user.ok_or_else(refused)?,
            Err(error) => {
                attempt.forgiven();
                return Err(error);
            }
        };
        attempt.forgiven();
        let expires_at = self.clock.now().plus(self.options.token_lifetime);
        Ok(Proven { user, methods: vec![API_KEY_METHOD.to_owned()], expires_at, api_key: Some(digest), token: None })
    }

    async fn by_token(&self, token: &Secret) -> Result<Proven> {
        let session = self.session(token.reveal(), false).await?.ok_or_else(refused)?;
        let mut methods = session.methods().to_vec();
        if !methods.iter().any(|method| method == "token") {
            methods.push("token".to_owned());
        }
        // A token made from a token ends with it, or it could be kept alive for ever.
        let (user, expires_at) = (session.user().clone(), session.expires_at());
        Ok(Proven { user, methods, expires_at, api_key: None, token: token_hash(token.reveal()) })
    }

    /// The project a scope means; `None` for an unscoped token.
    async fn project_of(&self, user: &User, scope: &ScopeRequest) -> Result<Option<ProjectId>> {
        match scope {
            ScopeRequest::Unscoped => Ok(None),
            ScopeRequest::Default => {
                let Some(project) = &user.default_project_id else { return Ok(None) };
                // A default project that is gone or where the user lost its roles gives an unscoped token, as in
                // Keystone.
                let usable = self.catalog.project(project).await?.is_some_and(|project| project.enabled)
                    && !self.catalog.roles_of(&user.id, project).await?.is_empty();
                Ok(usable.then(|| project.clone()))
            }
            ScopeRequest::Project(ProjectRef::Id(id)) => Ok(Some(ProjectId::new(id.as_str()))),
            ScopeRequest::Project(ProjectRef::Name { name, domain }) => {
                let domain = self.domain_id(domain).await?.ok_or_else(refused)?;
                let project = self.catalog.project_by_name(&domain, name).await?.ok_or_else(refused)?;
                Ok(Some(project.id))
            }
            // Roles are given on projects only.
            ScopeRequest::Domain(_) | ScopeRequest::System => Err(refused()),
        }
    }

    async fn find_user(&self, user: &UserRef) -> Result<Option<User>> {
        match user {
            UserRef::Id(id) => self.catalog.user(&UserId::new(id.as_str())).await,
            UserRef::Name { name, domain } => match self.domain_id(domain).await? {
                Some(domain) => self.catalog.user_by_name(&domain, name).await,
                None => Ok(None),
            },
        }
    }

    async fn domain_id(&self, domain: &DomainRef) -> Result<Option<String>> {
        match domain {
            DomainRef::Id(id) => Ok(Some(id.clone())),
            DomainRef::Name(name) => Ok(self.catalog.domain_by_name(name).await?.map(|domain| domain.id)),
        }
    }

    /// Sets a user's password for the one who knows the old one; all its tokens end.
    ///
    /// # Errors
    /// `Unauthenticated` when the old password is wrong; `Invalid` when the new one is empty or too long; `Throttled`.
    pub async fn change_password(&self, user: &UserId, old: &Secret, new: &Secret, peer: IpAddr) -> Result<()> {
        password::check(new)?;
        let proven = self.by_password(&UserRef::Id(user.to_string()), old, peer).await?;
        let changes = UserChanges { password: Some(new.clone()), ..UserChanges::default() };
        self.directory.set_user(&proven.user.id, changes).await.map(drop)
    }
}
