//! The service: what all use cases share.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use salon_catalog::Catalog;
use salon_core::{Clock, Entropy, Timestamp, image::draft::Formats, limits::Limits, policy::Policy};
use salon_notify::BotEvents;
use salon_outbound::Guard;
use salon_store::{Containers, HashAlgo, Store};
use tokio::sync::Notify;

use crate::{
    background::Background,
    maintenance::{Bells, JobKind, Scrub, Scrubbed},
    slots::Slots,
    stripes::Stripes,
};

/// What the binary makes a [`Service`] of.
pub struct Parts {
    /// Metadata.
    pub catalog: Catalog,
    /// Bytes.
    pub store: Arc<dyn Store>,
    /// The way out to URLs that callers give.
    pub outbound: Guard,
    /// The rules in force at first; see [`Service::replace_policy`].
    pub policy: Policy,
    /// The way to bots.
    pub bot_events: BotEvents,
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

/// How a node does its work. [`Settings::new`] has the defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of this node, the same after every restart: uploads that a crash interrupted are found by it.
    pub node: String,
    /// How long an upload or a job may be silent before another node takes it for dead.
    pub lease: Duration,
    /// An upload asks the catalog whether its image is still there after this many bytes, and every third of the lease.
    pub check_every_bytes: u64,
    /// The digest beside MD5 (`hashing_algorithm`).
    pub hash_algo: HashAlgo,
    /// What the content of uploads is held to.
    pub inspection: salon_inspect::Rules,
    /// Images whose bytes this node removes at the same time.
    pub workers: usize,
    /// Images this node fetches from URLs at the same time.
    pub copies: usize,
    /// Images of one project among them, so that slow sources of one do not hold up everybody's.
    pub copies_per_project: usize,
    /// Images of one project that may wait for being fetched.
    pub copies_waiting: u32,
    /// Tasks this node works on at the same time.
    pub task_workers: usize,
    /// Where tasks find and put objects; without it there are no tasks.
    pub containers: Option<Containers>,
    /// Bytes of a VHD that is imported, as a file and as a disk.
    pub vhd_size_limit: u64,
    /// What is kept for how long.
    pub retention: Retention,
    /// Messages in rooms.
    pub messages: Messages,
    /// Bots this node talks to at the same time.
    pub bot_workers: usize,
    /// Reading everything again.
    pub scrub: Scrub,
}

/// Messages in rooms.
#[derive(Clone, Debug)]
pub struct Messages {
    /// What the URLs of webhooks begin with, without trailing slash.
    pub base: String,
    /// Whether taking back a message that is not there is an error.
    pub unknown_is_error: bool,
}

/// How long this server remembers. Trimming is done in small steps, so nothing of it blocks a request.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Age of history of guest lists.
    pub history: Duration,
    /// Age of events in the outbox.
    pub events: Duration,
    /// Events in the outbox, whatever their age.
    pub events_max: u64,
}

impl Settings {
    /// The defaults for a node called `node`.
    pub fn new(node: impl Into<String>) -> Self {
        Self {
            node: node.into(),
            lease: Duration::from_secs(60),
            check_every_bytes: 64 << 20,
            hash_algo: HashAlgo::Sha512,
            inspection: salon_inspect::Rules::default(),
            workers: 4,
            task_workers: 2,
            containers: None,
            vhd_size_limit: 40 << 30,
            copies: 8,
            copies_per_project: 2,
            copies_waiting: 100,
            retention: Retention {
                history: Duration::from_secs(365 * 86_400),
                events: Duration::from_secs(7 * 86_400),
                events_max: 1_000_000,
            },
            messages: Messages { base: "http://127.0.0.1:9292".to_owned(), unknown_is_error: false },
            bot_workers: 16,
            scrub: Scrub::default(),
        }
    }
}

/// The use cases' common ground. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    catalog: Catalog,
    store: Arc<dyn Store>,
    bot_events: BotEvents,
    outbound: Guard,
    policy: RwLock<Arc<Policy>>,
    limits: Limits,
    formats: Formats,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    stripes: Stripes,
    copying: Slots,
    jobs_waiting: Bells,
    background: Background,
    scrubbed: Scrubbed,
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
                catalog: parts.catalog,
                store: parts.store,
                bot_events: parts.bot_events,
                outbound: parts.outbound,
                policy: RwLock::new(Arc::new(parts.policy)),
                limits: parts.limits,
                formats: parts.formats,
                clock: parts.clock,
                entropy: parts.entropy,
                copying: Slots::new(parts.settings.copies_per_project),
                settings: parts.settings,
                stripes: Stripes::new(),
                jobs_waiting: Bells::default(),
                background: Background::new(),
                scrubbed: Scrubbed::default(),
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

    /// The way out to URLs that callers give; the only one.
    pub fn outbound(&self) -> &Guard {
        &self.inner.outbound
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

    /// What the scrub of this node has done since its start.
    pub fn scrubbed(&self) -> &Scrubbed {
        &self.inner.scrubbed
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.inner.catalog
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    pub(crate) fn bot_events(&self) -> &BotEvents {
        &self.inner.bot_events
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
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

    /// Who has how many images fetched on this node now.
    pub(crate) fn copying(&self) -> &Slots {
        &self.inner.copying
    }

    /// Told when a job of a kind was queued on this node, so that nobody waits for the next look.
    pub(crate) fn jobs_waiting(&self, kind: JobKind) -> &Notify {
        self.inner.jobs_waiting.of(kind)
    }

    pub(crate) fn background(&self) -> &Background {
        &self.inner.background
    }
}
