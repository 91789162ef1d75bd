//! Whose key it is.

use std::sync::Arc;

use salon_core::{Caller, Error};

use super::{Presented, Refusal, SignedRequest};
use crate::{BuiltIn, Keystone, Secret};

/// Where access keys are.
#[derive(Clone)]
pub enum Keys {
    /// In the catalog.
    BuiltIn(Arc<BuiltIn>),
    /// In Keystone, as EC2 credentials.
    Keystone(Arc<Keystone>),
}

/// A key that may be used, and its caller, who is believed only after [`Key::verify`].
pub struct Key {
    secret: Secret,
    caller: Caller,
}

/// Why there is no caller.
#[derive(Debug)]
pub enum Denied {
    /// The signature is refused.
    Refused(Refusal),
    /// It cannot be decided now.
    Failed(Error),
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Keys {
    /// The key a signature says it was made with.
    ///
    /// # Errors
    /// `UnknownKey`, alike for keys that never were and for those that are no longer good, and for every security token,
    /// since neither place has temporary keys; `Unavailable`.
    pub async fn find(&self, presented: &Presented) -> Result<Key, Denied> {
        if presented.session_token().is_some() {
            return Err(Refusal::unknown_key().into());
        }
        let id = presented.access_key();
        let found = match self {
            Self::BuiltIn(identity) => identity.access_key(id).await.map_err(Denied::Failed)?,
            Self::Keystone(keystone) => {
                let known = keystone.access_key(id).await.map_err(Denied::Failed)?;
                known.map(|known| (known.0.clone(), known.1.clone()))
            }
        };
        match found {
            Some((secret, caller)) => Ok(Key { secret, caller }),
            None => Err(Refusal::unknown_key().into()),
        }
    }
}

impl Key {
    /// The caller, if this key made the signature for this request and body.
    ///
    /// # Errors
    /// As [`Presented::check`].
    pub fn verify(self, presented: &Presented, request: &SignedRequest<'_>, body: &[u8]) -> Result<Caller, Refusal> {
        presented.check(request, body, &self.secret)?;
        Ok(self.caller)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("caller", &self.caller.user_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use salon_core::{ProjectId, Scope, UserId};

    use super::*;

    #[test]
    fn a_key_is_not_printed() {
        let caller = Caller {
            user_id: UserId::new("u1"),
            user_name: None,
            user_domain_id: None,
            scope: Scope::Project(ProjectId::new("p1")),
            project_domain_id: None,
            roles: Vec::new(),
            service_roles: Vec::new(),
            is_admin_project: true,
        };
        let text = format!("{:?}", Key { secret: Secret::new("canary"), caller });
        assert!(text.contains("u1") && !text.contains("canary"), "{text}");
    }
}
