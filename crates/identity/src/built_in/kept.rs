//! What was read of tokens and keys, kept until anything that it is made of may have been written, by whomever.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use salon_catalog::SessionVersion;

/// Values kept at most, of about a kilobyte each.
pub(super) const MOST: usize = 4096;

/// Values as they were read after one version of what sessions are made of was taken. None of them outlives that version, so
/// that whatever ends a token or a key ends its keeping, too.
pub(super) struct Kept<K, V>(Mutex<Values<K, V>>);

struct Values<K, V> {
    version: Option<SessionVersion>,
    by_key: HashMap<K, V>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Values { version: None, by_key: HashMap::new() }))
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    fn values(&self) -> MutexGuard<'_, Values<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value of a key at `version`, if it was read then.
    pub(super) fn get<Q>(&self, version: SessionVersion, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let values = self.values();
        values.by_key.get(key).filter(|_| values.version == Some(version)).cloned()
    }

    /// Keeps what was read after `version` was taken.
    pub(super) fn put(&self, version: SessionVersion, key: K, value: V) {
        let mut values = self.values();
        if values.version != Some(version) || values.by_key.len() >= MOST {
            values.by_key.clear();
            values.version = Some(version);
        }
        values.by_key.insert(key, value);
    }
}
