//! The service: what all use cases share.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use salon_core::{Clock, Entropy, Timestamp, image::draft::Formats, limits::Limits, policy::Policy};

use crate::{background::Background, stripes::Stripes};

/// What the binary makes a [`Service`] of.
pub struct Parts {
    /// The rules in force at first; see [`Service::replace_policy`].
    pub policy: Policy,
    /// Quotas and limits.
    pub limits: Limits,
    /// Formats that images may have.
    pub formats: Formats,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// The source of ids and tokens.
    pub entropy: Arc<dyn Entropy>,
    /// How this node does its work.
    pub settings: Settings,
}

/// How a node does its work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of this node, the same after every restart: uploads that a crash interrupted are found by it.
    pub node: String,
    /// How long an upload or a job may be silent before another node takes it for dead.
    pub lease: Duration,
}

/// The use cases' common ground. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    policy: RwLock<Arc<Policy>>,
    limits: Limits,
    formats: Formats,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    stripes: Stripes,
    background: Background,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

impl Service {
    /// Puts the parts together. Nothing runs until a use case or [`crate::maintenance`] is called.
    pub fn new(parts: Parts) -> Self {
        Self {
            inner: Arc::new(Inner {
                policy: RwLock::new(Arc::new(parts.policy)),
                limits: parts.limits,
                formats: parts.formats,
                clock: parts.clock,
                entropy: parts.entropy,
                settings: parts.settings,
                stripes: Stripes::new(),
                background: Background::new(),
            }),
        }
    }

    /// The rules in force; a request takes them once and keeps them to its end.
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.inner.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts other rules in force for requests that begin from now on.
    pub fn replace_policy(&self, policy: Policy) {
        *self.inner.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// Quotas and limits.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// Formats that images may have.
    pub fn formats(&self) -> &Formats {
        &self.inner.formats
    }

    /// How this node does its work.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Waits until no upload and no cleanup runs any more, at most `longest`; whether that was reached.
    ///
    /// A stop calls it after the last connection is closed and before the catalog is.
    pub async fn settle(&self, longest: Duration) -> bool {
        self.inner.background.settle(longest).await
    }

    /// How many uploads and cleanups run now.
    pub fn running(&self) -> usize {
        self.inner.background.running()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.inner.entropy
    }

    pub(crate) fn stripes(&self) -> &Stripes {
        &self.inner.stripes
    }

    pub(crate) fn background(&self) -> &Background {
        &self.inner.background
    }
}
