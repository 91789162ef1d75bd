//! API keys of users, for those who manage them.

use salon_catalog::identity::ApiKey;
use salon_core::{Result, UserId, id::hex};

use super::{Directory, Page, directory::absent};
use crate::{Secret, secret::fingerprint};

/// API keys one user may have: more than one, so that a new one can be in use before the old one goes.
const MAX_API_KEYS: u32 = 10;
/// Random bytes of an API key; it is written as twice as many hexadecimal digits.
const API_KEY_BYTES: usize = 16;

impl Directory {
    /// Makes an API key of a user. The key itself is seen this once; only its digest is kept.
    ///
    /// # Errors
    /// `NotFound` when the user is not there; `OverLimit` when it has too many keys.
    pub async fn create_api_key(&self, user: &UserId) -> Result<(ApiKey, Secret)> {
        let secret = self.fresh_secret(API_KEY_BYTES);
        let key = ApiKey {
            id: self.fresh_id(),
            digest: hex(fingerprint(secret.reveal())),
            user_id: user.clone(),
            created_at: self.clock.now(),
        };
        self.catalog.create_api_key(&key, MAX_API_KEYS).await?;
        Ok((key, secret))
    }

    /// Whether this is an API key of the user.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn is_api_key(&self, user: &UserId, key: &Secret) -> Result<bool> {
        self.catalog.has_api_key(user, &hex(fingerprint(key.reveal()))).await
    }

    /// API keys of a user in the order of their ids.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn api_keys(&self, user: &UserId, page: &Page) -> Result<Vec<ApiKey>> {
        self.catalog.api_keys(user, page.after.as_deref(), page.size()).await
    }

    /// Removes an API key of a user; the user's tokens end, as with a new password.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete_api_key(&self, user: &UserId, id: &str) -> Result<()> {
        match self.catalog.delete_api_key(user, id).await? {
            true => Ok(()),
            false => Err(absent("API key", id)),
        }
    }
}
