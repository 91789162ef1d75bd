//! Settings of `[keystone_authtoken]`, under the names operators know.

use std::{path::PathBuf, time::Duration};

use salon_core::{Error, Result};
use serde_json::{Value, json};

use crate::Secret;

/// How to reach Keystone and as whom.
#[derive(Clone, Debug)]
pub struct Options {
    /// Keystone's address, with or without `/v3` at its end.
    pub auth_url: String,
    /// What a 401 tells clients; without it, `auth_url`.
    pub www_authenticate_uri: Option<String>,
    /// The service user's id, or else its name and domain.
    pub user_id: Option<String>,
    /// The service user's name.
    pub username: Option<String>,
    /// The service user's password.
    pub password: Secret,
    /// The service user's domain, by id.
    pub user_domain_id: Option<String>,
    /// The service user's domain, by name.
    pub user_domain_name: Option<String>,
    /// The service project's id, or else its name and domain.
    pub project_id: Option<String>,
    /// The service project's name.
    pub project_name: Option<String>,
    /// The service project's domain, by id.
    pub project_domain_id: Option<String>,
    /// The service project's domain, by name.
    pub project_domain_name: Option<String>,
    /// The service user acts on the whole deployment instead of a project (`system_scope = all`).
    pub system_scope: bool,
    /// Longest time a validation is kept.
    pub token_cache_time: Duration,
    /// How long a refusal is kept.
    pub refusal_cache_time: Duration,
    /// How many validations, and how many refusals, are kept.
    pub cache_capacity: u64,
    /// PEM file with the certificates of authorities to trust beside those of the system.
    pub cafile: Option<PathBuf>,
    /// Do not verify Keystone's certificate.
    pub insecure: bool,
    /// Longest time to open a connection.
    pub connect_timeout: Duration,
    /// Longest time until a token is decided, with everything: waiting in line, retries, renewing the own token.
    pub timeout: Duration,
    /// How often a request is sent again after the connection failed.
    pub max_retries: u32,
    /// How many requests to Keystone may run at once.
    pub concurrency: usize,
    /// Roles that make a service token a service's, in lower case.
    pub service_token_roles: Vec<String>,
    /// Whether a service token without such a role counts as absent.
    pub service_token_roles_required: bool,
    /// This service's type, for the access rules of application credentials.
    pub service_type: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            auth_url: String::new(),
            www_authenticate_uri: None,
            user_id: None,
            username: None,
            password: Secret::default(),
            user_domain_id: None,
            user_domain_name: None,
            project_id: None,
            project_name: None,
            project_domain_id: None,
            project_domain_name: None,
            system_scope: false,
            token_cache_time: Duration::from_secs(300),
            refusal_cache_time: Duration::from_secs(5),
            cache_capacity: 10_000,
            cafile: None,
            insecure: false,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            max_retries: 3,
            concurrency: 32,
            service_token_roles: vec!["service".to_owned()],
            service_token_roles_required: true,
            service_type: "image".to_owned(),
        }
    }
}

impl Options {
    /// Refuses what cannot work, at start rather than at the first request.
    pub(super) fn check(&self) -> Result<()> {
        if !(self.auth_url.starts_with("http://") || self.auth_url.starts_with("https://")) {
            return Err(Error::invalid(format!("auth_url {:?} is not an http or https URL", self.auth_url)));
        }
        if self.user_id.is_none() && self.username.is_none() {
            return Err(Error::invalid("the Keystone service user is missing: set username (or user_id) and password"));
        }
        if self.project_id.is_none() && self.project_name.is_none() && !self.system_scope {
            return Err(Error::invalid(
                "the scope of the Keystone service user is missing: set project_name (or project_id), or system_scope = all",
            ));
        }
        if self.concurrency == 0 {
            return Err(Error::invalid("the number of simultaneous requests to Keystone must not be zero"));
        }
        Ok(())
    }

    /// `…/v3`, without a slash at its end.
    pub(super) fn v3(&self) -> String {
        let url = self.auth_url.trim_end_matches('/');
        let bare = url.strip_suffix("/v3").or_else(|| url.strip_suffix("/v2.0")).unwrap_or(url);
        format!("{bare}/v3")
    }

    /// What clients are told on a 401.
    pub(super) fn challenge_uri(&self) -> &str {
        self.www_authenticate_uri.as_deref().unwrap_or(&self.auth_url)
    }

    /// The body of the service user's own `POST /v3/auth/tokens`.
    pub(super) fn login(&self) -> Value {
        let user = match &self.user_id {
            Some(id) => json!({"id": id, "password": self.password.reveal()}),
            None => json!({
                "name": self.username,
                "domain": domain(self.user_domain_id.as_deref(), self.user_domain_name.as_deref()),
                "password": self.password.reveal(),
            }),
        };
        let scope = if self.system_scope {
            json!({"system": {"all": true}})
        } else {
            match &self.project_id {
                Some(id) => json!({"project": {"id": id}}),
                None => json!({"project": {
                    "name": self.project_name,
                    "domain": domain(self.project_domain_id.as_deref(), self.project_domain_name.as_deref()),
                }}),
            }
        };
        json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})
    }
}

fn domain(id: Option<&str>, name: Option<&str>) -> Value {
    match (id, name) {
        (Some(id), _) => json!({"id": id}),
        (None, Some(name)) => json!({"name": name}),
        (None, None) => json!({"id": "default"}),
    }
}
