//! Sessions kept until anything is written to the catalog, by whomever.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use salon_catalog::Version;
use salon_core::Timestamp;

use super::Session;

/// Sessions kept at most, of about a kilobyte each.
pub(super) const MOST: usize = 4096;

/// The fingerprint of a token.
pub(super) type Key = [u8; 32];

/// Sessions as they were read after one version of the catalog was taken. None of them outlives that version, so that
/// whatever ends a token – and everything else that is written – ends its keeping, too.
#[derive(Default)]
pub(super) struct Kept(Mutex<Sessions>);

#[derive(Default)]
struct Sessions {
    version: Option<Version>,
    by_token: HashMap<Key, Session>,
}

impl Kept {
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The session of a token at `version`, if it was read then and is good at `good_at`.
    pub(super) fn get(&self, version: Version, key: &Key, good_at: Timestamp) -> Option<Session> {
        let sessions = self.sessions();
        let session = sessions.by_token.get(key).filter(|_| sessions.version == Some(version))?;
        (session.expires_at() > good_at).then(|| session.clone())
    }

    /// Keeps what was read after `version` was taken.
    pub(super) fn put(&self, version: Version, key: Key, session: Session) {
        let mut sessions = self.sessions();
        if sessions.version != Some(version) || sessions.by_token.len() >= MOST {
            sessions.by_token.clear();
            sessions.version = Some(version);
        }
        sessions.by_token.insert(key, session);
    }
}
