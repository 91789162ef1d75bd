//! Callers known to an OpenStack Keystone, by the contract of keystonemiddleware's `auth_token`.
//!
//! Every token is shown to Keystone once and its answer kept for a bounded time: at most
//! [`Options::token_cache_time`], never beyond the token's own expiry by either clock. A token revoked in Keystone may
//! therefore be accepted for that time still; [`Authenticator::forget`] drops everything that is kept. What Keystone cannot
//! be asked is answered with `Unavailable`, never with a refusal, and never from memory that has run out.

mod access_rules;
mod body;
mod cache;
mod client;
mod ec2;
mod flight;
#[doc(hidden)]
pub mod fuzz;
mod options;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use salon_core::{Caller, Clock, Error, Result};

use self::{
    body::Validated,
    cache::Cache,
    client::Client,
    flight::{Answer, Flights},
};
use crate::{Authenticator, Credentials, authenticator::refused, secret::fingerprint};

pub use options::Options;

/// Longest token that is shown to Keystone; Fernet tokens have some 200 to 300 bytes.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// Validates tokens with a Keystone.
pub struct Keystone {
    options: Options,
    clock: Arc<dyn Clock>,
    client: Client,
    cache: Cache,
    keys: ec2::Keys,
    flights: Flights,
}

impl Keystone {
    /// Prepares the client; nothing is sent before the first token comes.
    ///
    /// # Errors
    /// `Invalid` when the options do not fit together or the CA file cannot be used.
    pub fn new(options: Options, clock: Arc<dyn Clock>) -> Result<Self> {
        options.check()?;
        if options.insecure {
            tracing::warn!(
                auth_url = options.auth_url,
                "the certificate of Keystone is not verified (insecure = true): anyone on the way can become any user"
            );
        }
        let client = Client::new(&options, Arc::clone(&clock))?;
        let cache = Cache::new(&options);
        let keys = ec2::Keys::new(&options);
        Ok(Self { options, clock, client, cache, keys, flights: Flights::default() })
    }

    async fn caller(&self, credentials: Credentials<'_>) -> Result<Caller> {
        let token = credentials.token().ok_or_else(refused)?;
        let service = match credentials.service_token() {
            Some(token) => self.validate(token, false).await?,
            None => None,
        };
        let wanted = &self.options.service_token_roles;
        let is_service = service.as_ref().is_some_and(|one| one.caller.roles.iter().any(|role| wanted.contains(role)));
        // As in auth_token: a service token without one of the roles counts as absent when the roles are required.
        let service = service.filter(|_| is_service || !self.options.service_token_roles_required);
        let user = self.validate(token, is_service).await?.ok_or_else(refused)?;
        if let Some(rules) = &user.access_rules
            && service.is_none()
            && !access_rules::allow(rules, &self.options.service_type, credentials.method, credentials.path)
        {
            return Err(refused().with_detail("the access rules of the application credential do not allow it"));
        }
        let mut caller = user.caller.clone();
        if let Some(service) = service {
            caller.service_roles.clone_from(&service.caller.roles);
        }
        Ok(caller)
    }

    /// What Keystone says about a token; `None` when it is not valid.
    async fn validate(&self, token: &str, allow_expired: bool) -> Result<Option<Arc<Validated>>> {
        if token.len() > MAX_TOKEN_BYTES {
            return Ok(None);
        }
        let key = fingerprint(token);
        if let Some(known) = self.cache.get(&key, self.clock.now()) {
            // "Not valid" was perhaps said of an expired token, which this request may use.
            if known.is_some() || !allow_expired {
                return Ok(known);
            }
        }
        let ask = async {
            let asked = self.client.validate(token, allow_expired).await;
            if let Answer::Valid(validated) = &asked {
                self.cache.put_valid(key, validated, self.clock.now());
            }
            if matches!(asked, Answer::Invalid) && !allow_expired {
                self.cache.put_invalid(key, self.clock.now());
            }
            asked
        };
        match self.flights.join((key, allow_expired), ask).await {
            Answer::Valid(validated) if allow_expired || validated.expires_at > self.clock.now() => Ok(Some(validated)),
            Answer::Valid(_) | Answer::Invalid => Ok(None),
            Answer::Undecided(why) => Err(Error::unavailable(format!("Keystone cannot validate a token: {why}"))),
        }
    }
}

impl std::fmt::Debug for Keystone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keystone").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Authenticator for Keystone {
    fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(self.caller(credentials))
    }

    fn challenge(&self, _base: &str) -> String {
        format!("Keystone uri=\"{}\"", self.options.challenge_uri())
    }

    /// The next request of each token asks Keystone again.
    fn forget(&self) {
        self.cache.forget();
        self.keys.forget();
    }
}

#[cfg(test)]
mod tests;
