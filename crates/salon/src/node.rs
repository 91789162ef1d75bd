//! Puts the layers together, for the server and for the commands.

use std::{
    io::ErrorKind,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use salon_catalog::Catalog;
use salon_core::{
    Clock, Entropy, Error, Result, id::hex_text, image::draft::Formats, limits::Limits, room::RoomLimits,
};
use salon_identity::{
    Authenticator, BuiltIn, Keystone, Proxy,
    built_in::{Directory, Options as BuiltInOptions},
    keystone::Options as KeystoneOptions,
    sigv4::Keys,
};
use salon_notify::BotEvents;
use salon_outbound::{Guard, Options as GuardOptions, Scheme};
use salon_service::{Messages, Parts, Service, Settings, maintenance::Scrub};
use salon_store::{Containers, FileStore, FileStoreOptions, Store};
use tokio::runtime::{Builder, Runtime};

use crate::{
    config::{Config, IdentityMode, KeystoneAuthtoken, Loaded, RedactUnknown, without_credentials},
    data_dir, policy_files,
    real::{SystemClock, SystemEntropy},
};

/// The id of the one store in locations.
const STORE: &str = "file";
/// Name of the SQLite file in the data directory.
const DATABASE: &str = "salon.db";
/// Name of the store's directory in the data directory.
const IMAGES: &str = "images";
/// Name of the directory of tasks' objects in the data directory.
const CONTAINERS: &str = "containers";
/// Name of the file in the data directory that keeps this server's name.
const NODE: &str = "node";

/// The wall clock, shared.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// The source of randomness, shared.
pub(crate) fn entropy() -> Arc<dyn Entropy> {
    Arc::new(SystemEntropy)
}

/// Refuses settings that contradict each other, before anything is opened.
///
/// # Errors
/// Invalid.
pub(crate) fn check_settings(config: &Config) -> Result<()> {
    if config.server.listen.is_empty() {
        return Err(Error::invalid("[server] listen: there is no address to listen on"));
    }
    if !config.identity.path.starts_with('/') || config.identity.path.ends_with('/') {
        return Err(Error::invalid("[identity] path: expected a path such as \"/identity\""));
    }
    let rackspace = &config.rackspace;
    if rackspace.prefix.is_empty() {
        if rackspace.host.as_deref().unwrap_or_default().is_empty() && rackspace.listen.is_empty() {
            return Err(Error::invalid("[rackspace] prefix: without one, it needs a host or addresses of its own"));
        }
    } else if !rackspace.prefix.starts_with('/') || rackspace.prefix.ends_with('/') {
        return Err(Error::invalid("[rackspace] prefix: expected a path such as \"/rackspace\""));
    }
    if config.identity_v2.enabled == Some(true) && config.identity.mode != IdentityMode::BuiltIn {
        return Err(Error::invalid("[identity_v2] enabled: only the built-in identity ([identity] mode) speaks it"));
    }
    if config.identity.mode == IdentityMode::Proxy && config.identity.trusted_peers.is_empty() {
        return Err(Error::invalid("[identity] trusted_peers: mode proxy needs the networks of the gateway"));
    }
    if config.identity.mode == IdentityMode::Proxy && config.chime.enabled == Some(true) {
        return Err(Error::invalid(
            "[chime] enabled: its clients sign their requests, and with [identity] mode proxy nobody knows their keys",
        ));
    }
    if config.chime.prefixes.iter().any(|prefix| !prefix.starts_with('/') || prefix.ends_with('/')) {
        return Err(Error::invalid("[chime] prefixes: expected paths such as \"/console\""));
    }
    if config.chime.burst == 0 && config.chime.requests_per_second > 0 {
        return Err(Error::invalid("[chime] burst: with 0 no request would be let in"));
    }
    if let Some(endpoint) = &config.server.public_endpoint
        && !endpoint.starts_with("http://")
        && !endpoint.starts_with("https://")
    {
        return Err(Error::invalid("[server] public_endpoint: expected an http or https URL"));
    }
    let keystone = &config.keystone_authtoken;
    for (key, url) in [
        ("[server] public_endpoint", config.server.public_endpoint.as_deref()),
        ("[chime] hooks_endpoint", config.chime.hooks_endpoint.as_deref()),
        ("[identity] www_authenticate_uri", config.identity.www_authenticate_uri.as_deref()),
        ("[keystone_authtoken] www_authenticate_uri", keystone.www_authenticate_uri.as_deref()),
        ("[keystone_authtoken] auth_url", Some(keystone.auth_url.as_str())),
    ] {
        // Clients are told these addresses.
        if url.is_some_and(|url| without_credentials(url) != url) {
            return Err(Error::invalid(format!("{key}: a user name or password must not be in it; clients see it")));
        }
    }
    if config.image.limit_param_default > config.image.api_limit_max {
        return Err(Error::invalid("[image] limit_param_default is larger than api_limit_max"));
    }
    Ok(())
}

/// Opens the database; `exclusive` is the server's way.
///
/// # Errors
/// As [`Catalog::open`].
pub(crate) async fn open_catalog(config: &Config, exclusive: bool) -> Result<Catalog> {
    let database = &config.database;
    let url = match database.connection.reveal() {
        "" => {
            data_dir::make(&config.server.data_dir)?;
            let directory = std::path::absolute(&config.server.data_dir)
                .map_err(|error| Error::invalid("the data directory has no absolute path").with_source(error))?;
            format!("sqlite://{}", directory.join(DATABASE).display())
        }
        url => url.to_owned(),
    };
    Catalog::open(salon_catalog::Options {
        url,
        max_connections: database.max_pool_size,
        acquire_timeout: seconds(database.pool_timeout),
        statement_timeout: seconds(database.statement_timeout),
        exclusive,
    })
    .await
}

/// Opens the store.
///
/// # Errors
/// Unavailable.
pub(crate) async fn open_store(config: &Config) -> Result<Arc<dyn Store>> {
    let directory = match &config.store.filesystem_store_datadir {
        Some(directory) => directory.clone(),
        None => {
            data_dir::make(&config.server.data_dir)?;
            config.server.data_dir.join(IMAGES)
        }
    };
    let options =
        FileStoreOptions { id: STORE.to_owned(), directory, reserve_bytes: config.store.reserve.0.unwrap_or(0) };
    let store = tokio::task::spawn_blocking(move || FileStore::open(options))
        .await
        .map_err(|error| Error::internal("opening the store did not end").with_source(error))??;
    Ok(Arc::new(store))
}

/// Puts the service together; `dev` switches on what is on with sample users.
///
/// # Errors
/// Invalid policy files.
pub(crate) fn service(loaded: &Loaded, dev: bool, catalog: Catalog, store: Arc<dyn Store>) -> Result<Service> {
    let config = &loaded.config;
    let image = &config.image;
    let mut settings = Settings::new(node_name(config)?);
    settings.lease = seconds(image.upload_lease);
    settings.messages =
        Messages { base: hooks_base(config), unknown_is_error: config.chime.redact_unknown == RedactUnknown::NotFound };
    settings.hash_algo = image.hashing_algorithm;
    settings.copies = config.outbound.workers as usize;
    settings.copies_per_project = config.outbound.project_workers as usize;
    settings.copies_waiting = config.outbound.max_waiting;
    settings.scrub = Scrub {
        enabled: config.scrub.enabled,
        bytes_per_second: config.scrub.bytes_per_second,
        period: seconds(config.scrub.period.max(1)),
    };
    settings.inspection = salon_inspect::Rules {
        require_match: config.image_format.require_image_format_match,
        gpt_nonfatal: config.image_format.gpt_safety_checks_nonfatal.clone(),
    };
    let rackspace = &config.rackspace;
    if rackspace.enabled.unwrap_or(dev) {
        let directory = rackspace.containers_dir.clone().unwrap_or_else(|| config.server.data_dir.join(CONTAINERS));
        settings.containers = Some(Containers::open(&directory, config.store.reserve.0.unwrap_or(0))?);
        settings.vhd_size_limit = rackspace.import_size_limit.0.unwrap_or(u64::MAX);
        settings.task_workers = rackspace.task_workers as usize;
    }
    Ok(Service::new(Parts {
        catalog,
        store,
        bot_events: bot_events(config)?,
        outbound: guard(config)?,
        policy: policy_files::load(loaded)?,
        limits: Limits {
            image_members: image.image_member_quota.0,
            image_properties: image.image_property_quota.0,
            image_tags: image.image_tag_quota.0,
            image_size_bytes: image.image_size_cap,
            project_bytes: image.user_storage_quota.0,
            page_default: image.limit_param_default,
            page_max: image.api_limit_max,
            rooms: room_limits(config),
            ..Limits::default()
        },
        formats: Formats {
            disk: config.image_format.disk_formats.clone(),
            container: config.image_format.container_formats.clone(),
        },
        clock: clock(),
        entropy: entropy(),
        settings,
    }))
}

/// What the URLs of webhooks begin with. The server puts the address in use in the place of a missing setting.
fn hooks_base(config: &Config) -> String {
    let configured = config.chime.hooks_endpoint.as_ref().or(config.server.public_endpoint.as_ref());
    match (configured, config.server.listen.first()) {
        (Some(base), _) => base.trim_end_matches('/').to_owned(),
        (None, Some(address)) => format!("http://{address}"),
        (None, None) => String::new(),
    }
}

/// The way to bots: HTTPS, and nothing but public addresses unless the operator says so.
fn bot_events(config: &Config) -> Result<BotEvents> {
    let chime = &config.chime;
    let options = GuardOptions {
        schemes: vec![Scheme::Https],
        ports: chime.bot_ports.clone(),
        allowed_networks: chime.bot_networks.clone(),
        ca_file: chime.bot_cafile.clone(),
        connect_timeout: Duration::from_secs(2),
        max_redirects: 0,
        ..GuardOptions::default()
    };
    Ok(BotEvents::new(Guard::new(options)?))
}

/// Limits and rules of chat rooms.
fn room_limits(config: &Config) -> RoomLimits {
    let chime = &config.chime;
    RoomLimits {
        rooms: chime.room_quota.0,
        members: chime.room_member_quota.0,
        rooms_of_member: chime.member_room_quota.0,
        bots: chime.bot_quota.0,
        keeps_administrator: chime.keep_administrator,
        bot_domain: chime.bot_domain.clone(),
    }
}

/// The way out to URLs that callers give.
fn guard(config: &Config) -> Result<Guard> {
    let section = &config.outbound;
    Guard::new(GuardOptions {
        schemes: section.schemes.clone(),
        ports: section.ports.clone(),
        allowed_networks: section.allowed_networks.clone(),
        denied_networks: section.denied_networks.clone(),
        allowed_hosts: section.allowed_hosts.clone(),
        denied_hosts: section.denied_hosts.clone(),
        connect_timeout: seconds(section.connect_timeout),
        answer_timeout: seconds(section.answer_timeout),
        stall_timeout: seconds(section.stall_timeout),
        min_bytes: u64::from(section.min_body_bytes),
        total_timeout: Some(seconds(section.total_timeout)).filter(|longest| !longest.is_zero()),
        max_redirects: section.max_redirects,
        max_bytes: section.max_size.0.unwrap_or(config.image.image_size_cap),
        ca_file: section.cafile.clone(),
    })
}

/// The name by which this server finds its own interrupted work again. Without a configured one it is made at the first
/// start and kept with the data, so that two servers on one machine do not take each other's uploads back.
fn node_name(config: &Config) -> Result<String> {
    if !config.server.node.is_empty() {
        return Ok(config.server.node.clone());
    }
    data_dir::make(&config.server.data_dir)?;
    let file = config.server.data_dir.join(NODE);
    match std::fs::read_to_string(&file) {
        Ok(name) if !name.trim().is_empty() => return Ok(name.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        // By another name nothing would be found again.
        Err(error) => return Err(Error::internal(format!("{} cannot be read", file.display())).with_source(error)),
    }
    let name = format!("{}-{}", rustix::system::uname().nodename().to_string_lossy(), hex_text(&SystemEntropy, 4));
    // Lost in a power cut, it would be another name, and interrupted uploads would wait for the end of their leases.
    data_dir::keep(&config.server.data_dir, NODE, &format!("{name}\n"))
        .map_err(|error| Error::invalid(format!("{} cannot be written: {error}", file.display())))?;
    Ok(name)
}

/// Who says who is calling.
pub(crate) enum Identity {
    /// This server itself; its dialect is served too.
    BuiltIn(Arc<BuiltIn>),
    /// A Keystone.
    Keystone(Arc<Keystone>),
    /// Somebody else.
    Other(Arc<dyn Authenticator>),
}

impl Identity {
    /// By the configured mode.
    ///
    /// # Errors
    /// Invalid settings.
    pub(crate) fn open(config: &Config, catalog: &Catalog) -> Result<Self> {
        let identity = &config.identity;
        Ok(match identity.mode {
            IdentityMode::BuiltIn => {
                let options = BuiltInOptions {
                    token_lifetime: seconds(identity.token_lifetime),
                    hash_workers: identity.hash_workers.max(1) as usize,
                };
                Self::BuiltIn(Arc::new(BuiltIn::new(catalog.clone(), clock(), entropy(), options)))
            }
            IdentityMode::Keystone => {
                Self::Keystone(Arc::new(Keystone::new(keystone_options(&config.keystone_authtoken), clock())?))
            }
            IdentityMode::Proxy => {
                let uri = identity.www_authenticate_uri.as_deref().unwrap_or_default();
                Self::Other(Arc::new(Proxy::new(identity.trusted_peers.clone(), uri)))
            }
        })
    }

    /// The one question.
    pub(crate) fn authenticator(&self) -> Arc<dyn Authenticator> {
        match self {
            Self::BuiltIn(identity) => Arc::clone(identity) as Arc<dyn Authenticator>,
            Self::Keystone(keystone) => Arc::clone(keystone) as Arc<dyn Authenticator>,
            Self::Other(authenticator) => Arc::clone(authenticator),
        }
    }

    /// Where access keys are, for signed requests; a gateway has none.
    pub(crate) fn keys(&self) -> Option<Keys> {
        match self {
            Self::BuiltIn(identity) => Some(Keys::BuiltIn(Arc::clone(identity))),
            Self::Keystone(keystone) => Some(Keys::Keystone(Arc::clone(keystone))),
            Self::Other(_) => None,
        }
    }
}

fn keystone_options(section: &KeystoneAuthtoken) -> KeystoneOptions {
    KeystoneOptions {
        auth_url: section.auth_url.clone(),
        www_authenticate_uri: section.www_authenticate_uri.clone(),
        user_id: section.user_id.clone(),
        username: section.username.clone(),
        password: section.password.clone(),
        user_domain_id: section.user_domain_id.clone(),
        user_domain_name: section.user_domain_name.clone(),
        project_id: section.project_id.clone(),
        project_name: section.project_name.clone(),
        project_domain_id: section.project_domain_id.clone(),
        project_domain_name: section.project_domain_name.clone(),
        system_scope: section.system_scope.as_deref() == Some("all"),
        token_cache_time: seconds(section.token_cache_time),
        cache_capacity: u64::from(section.token_cache_size),
        cafile: section.cafile.clone(),
        insecure: section.insecure,
        timeout: seconds(section.http_request_timeout),
        max_retries: section.http_request_max_retries,
        service_token_roles: section.service_token_roles.iter().map(|role| role.to_lowercase()).collect(),
        service_token_roles_required: section.service_token_roles_required,
        service_type: section.service_type.clone(),
        ..KeystoneOptions::default()
    }
}

/// Runs a command's work to its end, on this thread.
///
/// # Errors
/// The work's.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    started(Builder::new_current_thread().enable_all())?.block_on(work)
}

/// Starts a runtime. Where tokio gets no pair of sockets for signals it panics, and says so on standard error.
///
/// # Errors
/// Internal when it cannot be started.
pub(crate) fn started(builder: &mut Builder) -> Result<Runtime> {
    const WHAT: &str = "the runtime could not be started";
    let built = catch_unwind(AssertUnwindSafe(|| builder.build())).map_err(|_| Error::internal(WHAT))?;
    built.map_err(|error| Error::internal(WHAT).with_source(error))
}

/// Runs a command over the built-in identity's directory, beside a running server if there is one.
///
/// # Errors
/// The command's.
pub(crate) fn with_directory(loaded: &Loaded, work: impl AsyncFnOnce(Directory) -> Result<()>) -> Result<()> {
    block_on(async {
        let catalog = open_catalog(&loaded.config, false).await?;
        catalog.migrate(SystemClock.now()).await?;
        let directory = Directory::new(catalog.clone(), clock(), entropy(), 1);
        let done = match directory.ensure_defaults().await {
            Ok(()) => work(directory).await,
            Err(error) => Err(error),
        };
        catalog.close().await;
        done
    })
}

/// Runs a command over the service, beside a running server if there is one.
///
/// # Errors
/// The command's.
pub(crate) fn with_service(loaded: &Loaded, work: impl AsyncFnOnce(Service) -> Result<()>) -> Result<()> {
    block_on(async {
        let catalog = open_catalog(&loaded.config, false).await?;
        let store = open_store(&loaded.config).await?;
        let done = match service(loaded, false, catalog.clone(), store) {
            Ok(service) => work(service).await,
            Err(error) => Err(error),
        };
        catalog.close().await;
        done
    })
}

/// Runs a command over the service, and over the directory if identity is built in, beside a running server if there is
/// one.
///
/// # Errors
/// The command's.
pub(crate) fn with_operator(
    loaded: &Loaded,
    work: impl AsyncFnOnce(Service, Option<Directory>) -> Result<()>,
) -> Result<()> {
    block_on(async {
        let catalog = open_catalog(&loaded.config, false).await?;
        catalog.migrate(SystemClock.now()).await?;
        let store = open_store(&loaded.config).await?;
        let built_in = loaded.config.identity.mode == IdentityMode::BuiltIn;
        let directory = built_in.then(|| Directory::new(catalog.clone(), clock(), entropy(), 1));
        let done = match service(loaded, false, catalog.clone(), store) {
            Ok(service) => work(service, directory).await,
            Err(error) => Err(error),
        };
        catalog.close().await;
        done
    })
}

/// Settings give times in whole seconds.
pub(crate) fn seconds(number: u32) -> Duration {
    Duration::from_secs(u64::from(number))
}
