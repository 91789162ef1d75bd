//! `salon serve`: start, reload, stop.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use salon_catalog::Catalog;
use salon_core::{Clock as _, Error, Result};
use salon_http::{
    chime::{self, Chime},
    description::{self, Description},
    identity::{IdentityV3, Options as IdentityOptions},
    identity_v2::{IdentityV2, Options as IdentityV2Options},
    image_v2::{ImageV2, Options as ImageOptions},
    kit::{
        Cors, CorsOptions, Dialect, Health, Hosts, Limits, Listener, Metrics, Mount, Options, Phase, health::Probe,
        serve,
    },
    rackspace::{Options as RackspaceOptions, Rackspace, Rates},
    sharing::{self, Sharing},
    webhook::{self, Webhooks},
};
use salon_identity::{Authenticator, BuiltIn, built_in::Page};
use salon_service::{
    Service,
    maintenance::{self, Scrubbed},
};
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use crate::{
    cli::ServeOptions,
    config::{Config, Loaded, load},
    data_dir, dev,
    logging::Logging,
    node::{self, Identity, seconds},
    output::say,
    policy_files,
    real::SystemClock,
    sd_notify,
};

/// How long uploads that were cut get to return their images to queued.
const SETTLE_TIME: Duration = Duration::from_secs(10);
/// How long threads may hang at the end before the process ends without them.
const THREADS_TIME: Duration = Duration::from_secs(2);
/// Threads that may wait for disks and passwords.
const BLOCKING_THREADS: usize = 256;
/// Descriptors of a connection: its socket, and while data moves the file of an image and that of its sums.
const DESCRIPTORS_OF_CONNECTION: u64 = 3;
/// Connections that may wait to be accepted. Of one that finds no room the client hears nothing: its own end is open, and
/// if it waits for the server to speak, it waits in vain.
const BACKLOG: u32 = 4096;
/// Bytes that the kernel holds of an answer beyond what is under way to the client. Its own bound is megabytes for each
/// connection, and another for all of the machine: some thousand slow readers reach that, and then no socket of the
/// machine has room, whoever it belongs to.
const UNSENT: u32 = 128 << 10;
/// Descriptors of everything else: databases, listeners, logs, background work, and the reserve for health checks.
const OTHER_DESCRIPTORS: u64 = 256;
/// Stack of a thread: nothing here recurses deeply.
const STACK_BYTES: usize = 1 << 20;
/// Name of the secret that seals page tokens of the Amazon Chime API.
const CHIME_PAGES: &str = "chime-pages";
/// Name of the secret that seals page tokens of Salon's own API.
const SHARING_PAGES: &str = "sharing-pages";

/// Damaged images that an answer about the server's health names at most.
const NAMED: usize = 10;

/// The listener of all dialects.
const MAIN: &str = "main";
/// The listener of one dialect.
const RACKSPACE: &str = "rackspace";

/// What is known once the server answers.
pub(crate) struct Ready {
    /// The addresses in use.
    pub(crate) addresses: Vec<SocketAddr>,
    /// The sample users, with `--dev`.
    pub(crate) samples: Option<dev::Samples>,
    /// Ends the server as SIGTERM does.
    pub(crate) stop: watch::Sender<Phase>,
}

/// The command.
///
/// # Errors
/// For the person at the terminal.
pub(crate) fn run(mut loaded: Loaded, options: &ServeOptions) -> Result<()> {
    if !options.listen.is_empty() {
        loaded.config.server.listen.clone_from(&options.listen);
    }
    if options.port_file.is_some() {
        loaded.config.server.port_file.clone_from(&options.port_file);
    }
    run_until_stopped(loaded, options.dev, |ready| {
        if let Some(samples) = &ready.samples {
            say(format!("Salon answers at {}\n\n{}", samples.base, samples.words()));
        }
    })
}

/// Serves until a signal (or [`Ready::stop`]) ends it; `ready` is called once, when requests are answered.
///
/// # Errors
/// Whatever keeps the server from starting.
pub(crate) fn run_until_stopped(mut loaded: Loaded, dev: bool, ready: impl FnOnce(Ready)) -> Result<()> {
    let started = Instant::now();
    node::check_settings(&loaded.config)?;
    if dev {
        dev::refuse_beyond_loopback(&loaded.config.server.listen)?;
        dev::refuse_beyond_loopback(&loaded.config.rackspace.listen)?;
    }
    let logging = Logging::start(&loaded.config.log)?;
    let has_log_file = loaded.config.log.file.is_some();
    for warning in &loaded.warnings {
        tracing::warn!(warning, "configuration");
    }
    let descriptors = raise_descriptor_limit();
    fit_connections(&mut loaded.config, descriptors);
    let runtime = runtime(&loaded.config)?;
    let served = runtime.block_on(async { Server::start(loaded, dev, &logging).await?.run(started, ready).await });
    // At the terminal the error is the command's last word; a log file needs it, too.
    if let Err(error) = &served
        && has_log_file
    {
        tracing::error!(error = error.report(), "the server could not be started");
    }
    runtime.shutdown_timeout(THREADS_TIME);
    logging.flush();
    served
}

fn runtime(config: &Config) -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if config.server.workers > 0 {
        builder.worker_threads(config.server.workers as usize);
    }
    node::started(
        builder.enable_all().max_blocking_threads(BLOCKING_THREADS).thread_stack_size(STACK_BYTES).thread_name("salon"),
    )
}

/// Every connection needs descriptors, and the usual soft limit is a relic of select(2). Answers how many there are.
fn raise_descriptor_limit() -> Option<u64> {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    if limit.current < limit.maximum {
        limit.current = limit.maximum;
        if setrlimit(Resource::Nofile, limit).is_err() {
            tracing::debug!("the limit of open files could not be raised");
        }
    }
    getrlimit(Resource::Nofile).current
}

/// Takes no more connections than there are descriptors for: a server without a free one could neither accept health
/// checks nor open files for those it has let in.
fn fit_connections(config: &mut Config, descriptors: Option<u64>) {
    let Some(descriptors) = descriptors else { return };
    let fitting = descriptors.saturating_sub(OTHER_DESCRIPTORS) / DESCRIPTORS_OF_CONNECTION;
    let fitting = u32::try_from(fitting).unwrap_or(u32::MAX).max(1);
    if fitting < config.server.max_connections {
        tracing::warn!(
            connections = fitting,
            wanted = config.server.max_connections,
            descriptors,
            "the limit of open files (ulimit -n, LimitNOFILE) allows fewer connections than max_connections"
        );
        config.server.max_connections = fitting;
    }
}

/// Everything that was opened, in the order it has to be closed.
struct Server<'a> {
    loaded: Loaded,
    logging: &'a Logging,
    listeners: Vec<Listener>,
    addresses: Vec<SocketAddr>,
    catalog: Catalog,
    service: Service,
    authenticator: Arc<dyn Authenticator>,
    options: Options,
    samples: Option<dev::Samples>,
    _lock: data_dir::Lock,
}

/// A socket that accepts connections at an address.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // The port can be had again at once after a restart.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let listener = socket.listen(BACKLOG)?;
    // Connections have it from the socket that accepts them.
    if let Err(error) = SockRef::from(&listener).set_tcp_notsent_lowat(UNSENT) {
        tracing::warn!(%error, "slow readers take as much of the kernel's memory for sockets as it lets them");
    }
    Ok(listener)
}

impl<'a> Server<'a> {
    async fn start(mut loaded: Loaded, dev: bool, logging: &'a Logging) -> Result<Self> {
        let config = &loaded.config;
        data_dir::make(&config.server.data_dir)?;
        let lock = data_dir::lock(&config.server.data_dir)?;
        // A taken port is found before anything is touched; connections wait in the backlog until all is ready.
        let mut listeners = Vec::new();
        let mut addresses = Vec::new();
        let rackspace: &[SocketAddr] =
            if config.rackspace.enabled.unwrap_or(dev) { &config.rackspace.listen } else { &[] };
        let main = config.server.listen.iter().map(|address| (MAIN, address));
        for (name, address) in main.chain(rackspace.iter().map(|address| (RACKSPACE, address))) {
            let socket =
                listen(*address).map_err(|error| Error::invalid(format!("cannot listen on {address}: {error}")))?;
            addresses.push(socket.local_addr().unwrap_or(*address));
            listeners.push(Listener { name: name.to_owned(), socket });
        }
        // Port 0 has become one: the URLs of webhooks name it.
        let listening = addresses.iter().copied().take(config.server.listen.len()).collect();
        loaded.config.server.listen = listening;
        let config = &loaded.config;
        let catalog = node::open_catalog(config, true).await?;
        if config.database.auto_sync {
            catalog.migrate(SystemClock.now()).await?;
        } else {
            let schema = catalog.schema().await?;
            if schema.current != schema.known {
                return Err(Error::conflict(format!(
                    "the schema is {} and this program needs {}; run `salon db sync`",
                    schema.current, schema.known
                )));
            }
        }
        let store = node::open_store(config).await?;
        let service = node::service(&loaded, dev, catalog.clone(), Arc::clone(&store))?;
        maintenance::recover(&service).await?;
        let identity = Identity::open(config, &catalog)?;
        let samples = match (&identity, dev, addresses.first()) {
            (Identity::BuiltIn(identity), true, Some(address)) => {
                let people = salon_identity::seed_dev(identity.directory(), &config.server.data_dir).await?;
                let account = dev::seed_chat(&service, &people).await?;
                Some(dev::write_files(config, *address, people, account)?)
            }
            (Identity::BuiltIn(identity), ..) => {
                identity.directory().ensure_defaults().await?;
                if identity.directory().users(&Page::default()).await?.is_empty() {
                    tracing::warn!(
                        "there are no users yet; make one with `salon project create`, `salon user create` and `salon role add`, or try `salon serve --dev`"
                    );
                }
                None
            }
            (Identity::Keystone(_) | Identity::Other(_), true, _) => {
                return Err(Error::invalid("--dev makes users of the built-in identity; [identity] mode is another"));
            }
            (Identity::Keystone(_) | Identity::Other(_), false, _) => None,
        };
        let metrics = Arc::new(Metrics::new());
        metrics.watch("salon_log_lines_lost", "Log lines that the target did not take", logging.dropped());
        watch_data(&metrics, &service, &*store);
        let authenticator = identity.authenticator();
        let trusts = Arc::clone(&authenticator);
        let mut mounts = mounts(config, dev, &service, &identity)?;
        mounts.extend(chime_mounts(config, dev, &catalog, &service, &identity).await?);
        let options = Options {
            limits: limits(config),
            mounts,
            health: Some(health(config, &catalog, &store, &service)),
            metrics,
            metrics_sources: config.metrics.allowed_source_ranges.clone(),
            hosts: Hosts {
                public_endpoint: config.server.public_endpoint.clone(),
                names: config.server.host_names.iter().map(|name| name.to_lowercase()).collect(),
                proxies: config.server.proxies.clone(),
            },
            cors: cors(config),
            trusts: Box::new(move |peer| trusts.trusts(peer)),
            entropy: node::entropy(),
            sendfile: config.server.sendfile,
        };
        Ok(Self {
            listeners,
            addresses,
            catalog,
            service,
            authenticator,
            options,
            samples,
            _lock: lock,
            logging,
            loaded,
        })
    }

    async fn run(self, started: Instant, ready: impl FnOnce(Ready)) -> Result<()> {
        let (phase, watching) = watch::channel(Phase::Run);
        let signals = Signals::new()?;
        let (stop_work, work_stops) = watch::channel(false);
        let worker = self.service.clone();
        let work = tokio::spawn(async move { maintenance::run(&worker, work_stops).await });
        let serving = tokio::spawn(serve(self.options, self.listeners, watching));

        if let (Some(file), Some(address)) = (&self.loaded.config.server.port_file, self.addresses.first()) {
            write_port_file(file, *address)?;
        }
        for address in &self.addresses {
            tracing::info!(address = %address, start_ms = started.elapsed().as_millis() as u64, "listening");
        }
        sd_notify::notify("READY=1");
        ready(Ready { addresses: self.addresses, samples: self.samples, stop: phase.clone() });

        let reload = Reload {
            loaded: self.loaded,
            logging: self.logging,
            service: self.service.clone(),
            authenticator: self.authenticator,
        };
        let watching = signals.watch(phase, &reload);
        let drained = tokio::select! {
            drained = serving => drained.unwrap_or(false),
            // Signals are watched until the server is done; this never wins.
            () = watching => false,
        };
        tracing::info!(drained, "no connection is open any more");
        stop_work.send_replace(true);
        let _ = tokio::time::timeout(SETTLE_TIME, work).await;
        if !self.service.settle(SETTLE_TIME).await {
            tracing::warn!("uploads were still being taken back; the next start goes on with it");
        }
        self.catalog.close().await;
        tracing::info!("stopped");
        Ok(())
    }
}

fn write_port_file(file: &std::path::Path, address: SocketAddr) -> Result<()> {
    // Renamed into place: whoever waits for the file finds it whole.
    let fresh = file.with_extension("new");
    std::fs::write(&fresh, format!("{address}\n"))
        .and_then(|()| std::fs::rename(&fresh, file))
        .map_err(|error| Error::invalid(format!("the port file {} cannot be written: {error}", file.display())))
}

fn limits(config: &Config) -> Limits {
    let server = &config.server;
    Limits {
        connections: server.max_connections as usize,
        header_bytes: server.max_header_bytes as usize,
        header_count: server.max_header_count as usize,
        header_time: seconds(server.header_timeout),
        keep_alive_time: seconds(server.keep_alive_timeout),
        body_window: seconds(server.body_timeout),
        body_window_bytes: u64::from(server.min_body_bytes),
        request_id_chars: server.max_request_id_length as usize,
        drain_time: seconds(server.graceful_shutdown_timeout),
    }
}

fn mounts(config: &Config, dev: bool, service: &Service, identity: &Identity) -> Result<Vec<Mount>> {
    let images = ImageOptions {
        public_endpoint: config.server.public_endpoint.clone(),
        json_limit: config.server.max_json_bytes as usize,
        v1: config.image_v1.enabled.unwrap_or(dev),
        ..ImageOptions::default()
    };
    let images = ImageV2::new(service.clone(), identity.authenticator(), images)?;
    let description = Description::new(service.formats(), env!("CARGO_PKG_VERSION"))?;
    let mut mounts = vec![Mount::at("", Arc::new(images)), Mount::at(description::PREFIX, Arc::new(description))];
    if let Identity::BuiltIn(identity) = identity {
        let options = IdentityOptions {
            public_endpoint: config.server.public_endpoint.clone(),
            prefix: config.identity.path.clone(),
            region: config.identity.region.clone(),
            v2: config.identity_v2.enabled.unwrap_or(dev),
        };
        let v2 = options.v2.then(|| identity_v2(config, dev, identity));
        let dialect = IdentityV3::new(Arc::clone(identity), options);
        mounts.push(Mount::at(config.identity.path.clone(), Arc::new(dialect)));
        mounts.extend(v2);
    }
    if config.rackspace.enabled.unwrap_or(dev) {
        mounts.push(rackspace(config, service, identity)?);
    }
    if config.chime.enabled.unwrap_or(dev) {
        mounts.push(Mount::at(webhook::PREFIX, Arc::new(Webhooks::new(service.clone()))));
    }
    Ok(mounts)
}

/// The places of the Amazon Chime API: its paths, and all of each configured prefix. Beside them is Salon's own API, which
/// reads what that one cannot.
async fn chime_mounts(
    config: &Config,
    dev: bool,
    catalog: &Catalog,
    service: &Service,
    identity: &Identity,
) -> Result<Vec<Mount>> {
    let Some(keys) = identity.keys().filter(|_| config.chime.enabled.unwrap_or(dev)) else { return Ok(Vec::new()) };
    let options = |prefix: &str| chime::Options {
        prefix: prefix.to_owned(),
        clock_skew: seconds(config.chime.clock_skew),
        requests_per_second: config.chime.requests_per_second,
        burst: config.chime.burst,
        body_limit: config.server.max_json_bytes as usize,
    };
    let secret = catalog.secret(CHIME_PAGES, &*node::entropy()).await?;
    let shared = chime::Shared::new(service.clone(), keys, node::clock(), &secret, &options(""))?;
    let bare = Arc::new(Chime::new(Arc::clone(&shared), options("")));
    let own = Sharing::new(
        service.clone(),
        identity.authenticator(),
        &catalog.secret(SHARING_PAGES, &*node::entropy()).await?,
        config.server.public_endpoint.clone(),
    )?;
    let mut mounts: Vec<Mount> =
        chime::PLACES.iter().map(|place| Mount::at(*place, Arc::clone(&bare) as Arc<dyn Dialect>)).collect();
    mounts.push(Mount::at(sharing::PREFIX, Arc::new(own)));
    for prefix in &config.chime.prefixes {
        mounts.push(Mount::at(prefix.clone(), Arc::new(Chime::new(Arc::clone(&shared), options(prefix)))));
    }
    Ok(mounts)
}

fn rackspace(config: &Config, service: &Service, identity: &Identity) -> Result<Mount> {
    let section = &config.rackspace;
    let options = RackspaceOptions {
        json_limit: config.server.max_json_bytes as usize,
        rates: Rates {
            get: section.get_per_minute,
            post: section.post_per_minute,
            put: section.put_per_minute,
            patch: section.patch_per_minute,
            delete: section.delete_per_minute,
        },
        clock: node::clock(),
    };
    let dialect = Rackspace::new(service.clone(), identity.authenticator(), options)?;
    let host = section.host.as_deref().map(str::to_lowercase).filter(|host| !host.is_empty());
    let listener = (!section.listen.is_empty()).then(|| RACKSPACE.to_owned());
    Ok(Mount { host, listener, ..Mount::at(section.prefix.clone(), Arc::new(dialect)) })
}

/// Where a part of the Rackspace cloud is, for the catalog: a path below this server's own address, or an address.
fn rackspace_place(config: &Config, dev: bool, part: &str) -> Option<String> {
    let section = &config.rackspace;
    if let Some(endpoint) = &config.identity_v2.rackspace_endpoint {
        return Some(format!("{}{part}", endpoint.trim_end_matches('/')));
    }
    let here = section.host.is_none() && section.listen.is_empty();
    (section.enabled.unwrap_or(dev) && here).then(|| format!("{}{part}", section.prefix))
}

fn identity_v2(config: &Config, dev: bool, identity: &Arc<BuiltIn>) -> Mount {
    let prefix = format!("{}/v2.0", config.identity.path.trim_end_matches('/'));
    let region = config.identity_v2.region.clone().unwrap_or_else(|| config.identity.region.to_uppercase());
    let options = IdentityV2Options {
        public_endpoint: config.server.public_endpoint.clone(),
        prefix: prefix.clone(),
        region,
        images: rackspace_place(config, dev, "/v2"),
        files: rackspace_place(config, dev, "/v1"),
    };
    Mount::at(prefix, Arc::new(IdentityV2::new(Arc::clone(identity), options)))
}

fn cors(config: &Config) -> Option<Cors> {
    let section = config.cors.clone();
    Cors::new(CorsOptions {
        allowed_origin: section.allowed_origin,
        allow_credentials: section.allow_credentials,
        max_age: section.max_age,
        expose_headers: section.expose_headers,
        allow_methods: section.allow_methods,
        allow_headers: section.allow_headers,
    })
}

/// Counts of damage, and of looking for it.
fn watch_data(metrics: &Metrics, service: &Service, store: &dyn salon_store::Store) {
    let Scrubbed { bytes, images, damaged, renewed, passes } = service.scrubbed().clone();
    for (name, help, value) in [
        (
            "salon_store_damaged_blocks",
            "Blocks of stored data that were read and are not what was stored",
            store.damaged(),
        ),
        ("salon_scrub_bytes", "Bytes read by the scrub", bytes),
        ("salon_scrub_images", "Images read by the scrub", images),
        ("salon_scrub_damaged_images", "Images the scrub found damaged or missing, in every pass", damaged),
        ("salon_scrub_renewed_images", "Images that got sums of their blocks from the scrub", renewed),
        ("salon_scrub_passes", "Passes of the scrub that came to their end", passes),
    ] {
        metrics.watch(name, help, value);
    }
}

/// What the scrub found, for operators; damaged images are no reason to send requests elsewhere.
async fn damage(service: &Service) -> Option<String> {
    // That the database does not answer is another probe's.
    let report = maintenance::report(service).await.ok().flatten().filter(|report| report.count() > 0)?;
    let named: Vec<String> = report.damaged.iter().take(NAMED).map(|found| found.image.to_string()).collect();
    Some(format!("{} images have damaged data: {}", report.count(), named.join(", ")))
}

fn health(config: &Config, catalog: &Catalog, store: &Arc<dyn salon_store::Store>, service: &Service) -> Health {
    let section = &config.healthcheck;
    let (catalog, store) = (catalog.clone(), Arc::clone(store));
    let database: Probe = Box::new(move || {
        let catalog = catalog.clone();
        Box::pin(async move {
            if catalog.is_damaged() {
                return Err("the database file is damaged and is only read".to_owned());
            }
            catalog.ping().await.map(|()| None).map_err(|_| "the database does not answer".to_owned())
        })
    });
    let files: Probe = Box::new(move || {
        let suspect = store.suspect();
        Box::pin(async move { suspect.map_or(Ok(None), Err) })
    });
    let service = service.clone();
    let images: Probe = Box::new(move || {
        let service = service.clone();
        Box::pin(async move { Ok(damage(&service).await) })
    });
    Health {
        detailed: section.detailed,
        disable_by_file: section.disable_by_file_path.clone(),
        enable_by_file: section.enable_by_file_path.clone(),
        allowed_sources: section.allowed_source_ranges.clone(),
        ignore_proxied: section.ignore_proxied_requests,
        probes: vec![("Database", database), ("Store", files), ("Images", images)],
    }
}

/// What SIGHUP puts in force again: the policy files and the log level. What is remembered of tokens is forgotten.
struct Reload<'a> {
    loaded: Loaded,
    logging: &'a Logging,
    service: Service,
    authenticator: Arc<dyn Authenticator>,
}

impl Reload<'_> {
    fn run(&self) {
        sd_notify::notify("RELOADING=1");
        match self.reload() {
            Ok(()) => tracing::info!("policy and log level were read again"),
            Err(error) => tracing::error!(error = error.report(), "the reload failed; what was in force stays"),
        }
        sd_notify::notify("READY=1");
    }

    fn reload(&self) -> Result<()> {
        self.authenticator.forget();
        let fresh = load(self.loaded.file.as_deref(), std::env::vars())?;
        self.service.replace_policy(policy_files::load(&fresh)?);
        if !self.loaded.level_given {
            self.logging.set_level(&fresh.config.log.level)?;
        }
        Ok(())
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        let catch =
            |kind| signal(kind).map_err(|error| Error::internal("a signal could not be caught").with_source(error));
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            hang_up: catch(SignalKind::hangup())?,
        })
    }

    /// The first signal drains, the second aborts; never ends.
    async fn watch(mut self, phase: watch::Sender<Phase>, reload: &Reload<'_>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
                _ = self.hang_up.recv() => {
                    reload.run();
                    continue;
                }
            }
            let next = if *phase.borrow() == Phase::Run { Phase::Drain } else { Phase::Abort };
            tracing::info!(abort = next == Phase::Abort, "stopping");
            sd_notify::notify("STOPPING=1");
            phase.send_replace(next);
        }
    }
}
