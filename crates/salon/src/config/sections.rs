//! Every section and every key, each with its documentation and default in one place.
//!
//! Where Glance has an option for the same thing, the key has Glance's name.

use std::{net::SocketAddr, path::PathBuf};

use salon_core::{image::draft::Formats, room::RoomLimits};
use salon_identity::{Network, Secret};
use salon_outbound::Scheme;
use salon_store::HashAlgo;
use toml::{Value, de::DeValue};

use super::value::{IdentityMode, LogFormat, ProtectionFormat, Quota, RedactUnknown, Setting, Storage};

/// A key as `salon config show` prints it.
pub(crate) struct Shown {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static [&'static str],
    pub(crate) value: Option<Value>,
}

/// One struct per section. Each becomes a type with its defaults, its keys, and a way to set a key by name.
macro_rules! sections {
    ($(
        $(#[doc = $section_doc:literal])*
        $section:ident: $type:ident {
            $($(#[doc = $doc:literal])* $key:ident: $kind:ty = $default:expr,)*
        }
    )*) => {
        $(
            $(#[doc = $section_doc])*
            #[derive(Clone, Debug)]
            pub(crate) struct $type {
                $($(#[doc = $doc])* pub(crate) $key: $kind,)*
            }

            impl Default for $type {
                fn default() -> Self {
                    Self { $($key: $default,)* }
                }
            }

            impl $type {
                const KEYS: &[&str] = &[$(stringify!($key)),*];

                fn set(&mut self, key: &str, raw: &Raw<'_>) -> Option<Result<(), String>> {
                    match key {
                        $(stringify!($key) => Some(raw.read().map(|value| self.$key = value)),)*
                        _ => None,
                    }
                }

                fn shown(&self) -> Vec<Shown> {
                    vec![$(Shown {
                        name: stringify!($key),
                        doc: &[$($doc),*],
                        value: self.$key.to_toml(),
                    }),*]
                }
            }
        )*

        /// All settings.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Config {
            $($(#[doc = $section_doc])* pub(crate) $section: $type,)*
        }

        impl Config {
            /// Names of the sections.
            pub(crate) const SECTIONS: &[&str] = &[$(stringify!($section)),*];

            /// The keys of a section; `None` if there is no such section.
            pub(crate) fn keys(section: &str) -> Option<&'static [&'static str]> {
                match section {
                    $(stringify!($section) => Some($type::KEYS),)*
                    _ => None,
                }
            }

            /// Sets a key; `None` if there is no such key.
            pub(crate) fn set(&mut self, section: &str, key: &str, raw: &Raw<'_>) -> Option<Result<(), String>> {
                match section {
                    $(stringify!($section) => self.$section.set(key, raw),)*
                    _ => None,
                }
            }

            /// Every section with its documentation and its keys.
            pub(crate) fn shown(&self) -> Vec<(&'static str, &'static [&'static str], Vec<Shown>)> {
                vec![$((stringify!($section), &[$($section_doc),*], self.$section.shown())),*]
            }
        }
    };
}

/// A value as it was found.
pub(crate) enum Raw<'a> {
    /// In a file.
    Toml(&'a DeValue<'a>),
    /// In the environment.
    Text(&'a str),
}

impl Raw<'_> {
    fn read<T: Setting>(&self) -> Result<T, String> {
        match self {
            Self::Toml(value) => T::from_toml(value),
            Self::Text(text) => T::from_text(text),
        }
    }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn loopback() -> Vec<Network> {
    ["127.0.0.0/8", "::1"].iter().filter_map(|text| text.parse().ok()).collect()
}

sections! {
    /// Where the server listens, and what connections may take.
    server: Server {
        /// Addresses to listen on. Port 0 takes a free one (see `port_file`).
        listen: Vec<SocketAddr> = vec![SocketAddr::from(([127, 0, 0, 1], 9292))],
        /// Directory of everything the server writes, where no other setting says otherwise.
        data_dir: PathBuf = PathBuf::from("salon-data"),
        /// A file that gets the first address in use, as soon as the server answers.
        port_file: Option<PathBuf> = None,
        /// Address for absolute links, such as `https://images.example.org`. Without it, the address the client used, if it is this server's own.
        public_endpoint: Option<String> = None,
        /// Host names that clients use for this server; "*" believes any. Addresses of the listener are always known.
        host_names: Vec<String> = Vec::new(),
        /// Proxies whose X-Forwarded-Host, -Proto and -Prefix headers are believed.
        proxies: Vec<Network> = Vec::new(),
        /// Threads that answer requests; 0 is one per core.
        workers: u32 = 0,
        /// Open connections at most; beyond them only health and metrics are answered. There are fewer where the limit of open files allows fewer.
        max_connections: u32 = 32_768,
        /// Bytes of a request's line and headers together.
        max_header_bytes: u32 = 65_536,
        /// Header lines of a request.
        max_header_count: u32 = 200,
        /// Characters of an X-OpenStack-Request-ID that is taken over; a longer one is refused with 431.
        max_request_id_length: u32 = 64,
        /// Bytes of a JSON body.
        max_json_bytes: u32 = 1_048_576,
        /// Seconds a client has to send a request's headers.
        header_timeout: u32 = 30,
        /// Seconds an idle connection stays open.
        keep_alive_timeout: u32 = 75,
        /// Seconds in which a client has to send or take `min_body_bytes`; slower ones are cut.
        body_timeout: u32 = 60,
        /// See `body_timeout`.
        min_body_bytes: u32 = 4_096,
        /// Seconds that running requests may take to end after SIGTERM.
        graceful_shutdown_timeout: u32 = 60,
        /// Send downloads by sendfile(2).
        sendfile: bool = true,
        /// Name of this server among those that share a database, the same after every restart: interrupted uploads are found by it. Empty is one made at the first start and kept in `data_dir`.
        node: String = String::new(),
    }

    /// Where metadata is.
    database: Database {
        /// sqlite:///absolute/path, sqlite:relative/path, postgresql://user:password@host/name or mysql://user:password@host/name. Empty is SQLite in `data_dir`.
        connection: Secret = Secret::new(String::new()),
        /// Connections at most; on SQLite, readers.
        max_pool_size: u32 = 16,
        /// Seconds to wait for a free connection.
        pool_timeout: u32 = 5,
        /// Seconds one statement may run.
        statement_timeout: u32 = 15,
        /// Bring the schema up to date at start.
        auto_sync: bool = true,
    }

    /// Where image data is.
    store: StoreSection {
        /// Directory of the files. Empty is `images` in `data_dir`.
        filesystem_store_datadir: Option<PathBuf> = None,
        /// Bytes of the file system that uploads leave free.
        reserve: Storage = Storage(Some(64 << 20)),
    }

    /// Reading all image data again, slowly, so that damage is found before somebody needs it. Of several servers on one database one at a time does it.
    scrub: ScrubSection {
        /// Take part in it.
        enabled: bool = true,
        /// Bytes read per second at most; 0 is no limit.
        bytes_per_second: u64 = 20 << 20,
        /// Seconds from the start of one pass to the start of the next, which waits for the end of a longer one.
        period: u32 = 604_800,
    }

    /// Limits of images.
    image: Image {
        /// Members of one image; negative is no limit.
        image_member_quota: Quota = Quota(Some(128)),
        /// Custom properties of one image; negative is no limit.
        image_property_quota: Quota = Quota(Some(128)),
        /// Tags of one image; negative is no limit.
        image_tag_quota: Quota = Quota(Some(128)),
        /// Bytes of one image.
        image_size_cap: u64 = 1_099_511_627_776,
        /// Bytes of all images of a project, with or without a unit (KB, MB, GB, TB); 0 is no limit.
        user_storage_quota: Storage = Storage(None),
        /// Images on a page when the request does not say.
        limit_param_default: u64 = 25,
        /// Images on a page at most.
        api_limit_max: u64 = 1000,
        /// Digest in os_hash_value: sha512, or sha256, which costs half where the processor has instructions for it.
        hashing_algorithm: HashAlgo = HashAlgo::Sha512,
        /// Property protections: an INI file with a section per rule, its name a regular expression for properties' names, with the keys create, read, update and delete. SIGHUP reads it again.
        property_protection_file: Option<PathBuf> = None,
        /// What the keys of that file hold: roles (a comma list, "@" for everybody, "!" for nobody) or policies (the name of one rule).
        property_protection_rule_format: ProtectionFormat = ProtectionFormat::Roles,
        /// Seconds an upload may be silent before another server that shares the database takes it for dead.
        upload_lease: u32 = 60,
    }

    /// The Image API v1, which is gone upstream, on the same images.
    image_v1: ImageV1 {
        /// Speak it at /v1. Without a value it is off, and on with --dev.
        enabled: Option<bool> = None,
    }

    /// Rackspace Cloud Images v2, on the same images.
    rackspace: RackspaceSection {
        /// Speak it. Without a value it is off, and on with --dev.
        enabled: Option<bool> = None,
        /// Path before /v2; empty needs a host or a listener of its own.
        prefix: String = "/rackspace".to_owned(),
        /// Only requests for this host name; empty is any.
        host: Option<String> = None,
        /// Addresses of its own: then it is spoken there only.
        listen: Vec<SocketAddr> = Vec::new(),
        /// Directory of the objects that tasks import and export, as PROJECT-ID/CONTAINER/OBJECT. Empty is `containers` in `data_dir`.
        containers_dir: Option<PathBuf> = None,
        /// Bytes of a VHD that is imported, as a file and as a disk, with or without a unit (KB, MB, GB, TB).
        import_size_limit: Storage = Storage(Some(40 << 30)),
        /// Tasks that are worked on at the same time.
        task_workers: u32 = 2,
        /// GET requests of a project per minute; 0 is no limit.
        get_per_minute: u32 = 6000,
        /// POST requests of a project per minute; 0 is no limit.
        post_per_minute: u32 = 600,
        /// PUT requests of a project per minute; 0 is no limit.
        put_per_minute: u32 = 600,
        /// PATCH requests of a project per minute; 0 is no limit.
        patch_per_minute: u32 = 600,
        /// DELETE and other requests of a project per minute; 0 is no limit.
        delete_per_minute: u32 = 600,
    }

    /// Where this server goes when somebody gives it a URL (copies and locations of the Image API v1). Public addresses only, unless this says otherwise; addresses are checked after names were resolved, and at every redirect.
    outbound: Outbound {
        /// Schemes of URLs: http, https.
        schemes: Vec<Scheme> = Scheme::ALL.to_vec(),
        /// Ports of URLs; an empty list is any.
        ports: Vec<u16> = vec![80, 443],
        /// Networks that may be reached though they are not public, such as those of an image mirror.
        allowed_networks: Vec<Network> = Vec::new(),
        /// Networks that may not be reached, whatever else is said: public addresses of this server and its neighbours.
        denied_networks: Vec<Network> = Vec::new(),
        /// Host names whose addresses need not be public. Who answers for such a name decides where this server goes.
        allowed_hosts: Vec<String> = Vec::new(),
        /// Host names that may not be reached.
        denied_hosts: Vec<String> = Vec::new(),
        /// Seconds to resolve a name and connect.
        connect_timeout: u32 = 10,
        /// Seconds until the answer begins, for each redirect anew.
        answer_timeout: u32 = 60,
        /// Seconds in which a source has to send `min_body_bytes`; slower ones are left.
        stall_timeout: u32 = 60,
        /// See `stall_timeout`.
        min_body_bytes: u32 = 4_096,
        /// Seconds of a whole transfer; 0 is no limit beside the pace.
        total_timeout: u32 = 0,
        /// Redirects that are followed.
        max_redirects: u32 = 5,
        /// Bytes of a transfer at most, with or without a unit (KB, MB, GB, TB); 0 leaves it to `image_size_cap`.
        max_size: Storage = Storage(None),
        /// PEM file of authorities to trust beside the system's.
        cafile: Option<PathBuf> = None,
        /// Images fetched at the same time.
        workers: u32 = 8,
        /// Images of one project among them.
        project_workers: u32 = 2,
        /// Images of one project that may wait for being fetched.
        max_waiting: u32 = 100,
    }

    /// Chat rooms: the Amazon Chime API, and the URLs of webhooks.
    chime: Chime {
        /// Speak it. Without a value it is off, and on with --dev.
        enabled: Option<bool> = None,
        /// Paths that clients have in their endpoint, such as `/console`; without one it answers too.
        prefixes: Vec<String> = Vec::new(),
        /// Seconds that the time of a signature may be off.
        clock_skew: u32 = 900,
        /// Calls a second with one access key; 0 is no limit.
        requests_per_second: u32 = 200,
        /// Calls with one access key at once, before that rate holds.
        burst: u32 = 1000,
        /// Rooms of one account; negative is no limit.
        room_quota: Quota = Quota(RoomLimits::default().rooms),
        /// Members of one room; negative is no limit.
        room_member_quota: Quota = Quota(RoomLimits::default().members),
        /// Rooms one user or bot is in; negative is no limit.
        member_room_quota: Quota = Quota(RoomLimits::default().rooms_of_member),
        /// Bots of one account; negative is no limit.
        bot_quota: Quota = Quota(RoomLimits::default().bots),
        /// Refuse to take its last administrator away from a room.
        keep_administrator: bool = false,
        /// Domain of the e-mail addresses of bots that are made without one. Empty is one of the account's own.
        bot_domain: Option<String> = None,
        /// What the URLs of webhooks begin with, such as `https://hooks.example.org`. Without it, `public_endpoint` of `[server]`, or else the address of the listener.
        hooks_endpoint: Option<String> = None,
        /// Networks that bots may be in though they are not public.
        bot_networks: Vec<Network> = Vec::new(),
        /// Ports of bots' endpoints; empty is any.
        bot_ports: Vec<u16> = vec![443],
        /// PEM file of authorities to trust beside the system's when bots are told of events.
        bot_cafile: Option<PathBuf> = None,
        /// Taking back a message that is not there: ok or not-found.
        redact_unknown: RedactUnknown = RedactUnknown::Ok,
    }

    /// Formats of images.
    image_format: ImageFormat {
        /// Values of `disk_format`.
        disk_formats: Vec<String> = Formats::default().disk,
        /// Values of `container_format`.
        container_formats: Vec<String> = Formats::default().container,
        /// Refuse uploads whose content is not what `disk_format` says.
        require_image_format_match: bool = true,
        /// Safety checks of partitioned disks that only warn.
        gpt_safety_checks_nonfatal: Vec<String> = Vec::new(),
    }

    /// Who says who is calling.
    identity: Identity {
        /// built-in (users and tokens of this server's own), keystone, or proxy (an authenticating gateway).
        mode: IdentityMode = IdentityMode::BuiltIn,
        /// built-in: seconds a token is good.
        token_lifetime: u32 = 43_200,
        /// built-in: the region in the catalog that clients get.
        region: String = "RegionOne".to_owned(),
        /// built-in: path of the Identity API.
        path: String = "/identity".to_owned(),
        /// built-in: passwords that are checked at the same time.
        hash_workers: u32 = 2,
        /// proxy: networks whose identity headers (X-User-Id, X-Roles, …) are believed.
        trusted_peers: Vec<Network> = Vec::new(),
        /// proxy: the address of the identity service that a 401 names.
        www_authenticate_uri: Option<String> = None,
    }

    /// Identity v2.0 with API keys, for clients of the Rackspace cloud, beside v3 of the built-in identity.
    identity_v2: IdentityV2 {
        /// Speak it at /v2.0 below the path of `[identity]`. Without a value it is off, and on with --dev.
        enabled: Option<bool> = None,
        /// The region in the catalog that clients get. Without it, that of `[identity]` in upper case, which is how they compare.
        region: Option<String> = None,
        /// Address of Cloud Images in that catalog, without its version, such as `https://images.example.org`; for a `[rackspace]` with a host or addresses of its own.
        rackspace_endpoint: Option<String> = None,
    }

    /// How to reach Keystone (mode keystone), under keystonemiddleware's names.
    keystone_authtoken: KeystoneAuthtoken {
        /// Keystone's address, with or without /v3.
        auth_url: String = String::new(),
        /// The address that a 401 names; without it, `auth_url`.
        www_authenticate_uri: Option<String> = None,
        /// The service user's name.
        username: Option<String> = None,
        /// The service user's id, instead of its name.
        user_id: Option<String> = None,
        /// The service user's password.
        password: Secret = Secret::new(String::new()),
        /// The service user's domain, by name.
        user_domain_name: Option<String> = Some("Default".to_owned()),
        /// The service user's domain, by id.
        user_domain_id: Option<String> = None,
        /// The service project's name.
        project_name: Option<String> = None,
        /// The service project's id, instead of its name.
        project_id: Option<String> = None,
        /// The service project's domain, by name.
        project_domain_name: Option<String> = Some("Default".to_owned()),
        /// The service project's domain, by id.
        project_domain_id: Option<String> = None,
        /// "all" if the service user acts on the whole deployment instead of a project.
        system_scope: Option<String> = None,
        /// Seconds a validated token is remembered.
        token_cache_time: u32 = 300,
        /// Tokens that are remembered.
        token_cache_size: u32 = 10_000,
        /// PEM file of authorities to trust beside the system's.
        cafile: Option<PathBuf> = None,
        /// Do not verify Keystone's certificate.
        insecure: bool = false,
        /// Seconds until a token must be decided.
        http_request_timeout: u32 = 10,
        /// Times a request is repeated after the connection failed.
        http_request_max_retries: u32 = 3,
        /// Roles that make a service token a service's.
        service_token_roles: Vec<String> = texts(&["service"]),
        /// A service token without such a role counts as absent.
        service_token_roles_required: bool = true,
        /// This service's type, for access rules of application credentials.
        service_type: String = "image".to_owned(),
    }

    /// Who may do what, in oslo.policy's language. SIGHUP reads the files again.
    oslo_policy: OsloPolicy {
        /// A YAML or JSON file of rules; a relative path is looked for beside the configuration file. The default name may be missing.
        policy_file: PathBuf = PathBuf::from(super::DEFAULT_POLICY_FILE),
        /// Directories of further files, read in the order of their names.
        policy_dirs: Vec<PathBuf> = Vec::new(),
        /// Without it, a default also holds where its older form does.
        enforce_new_defaults: bool = true,
    }

    /// Browsers on pages of other origins. Off without origins.
    cors: CorsSection {
        /// Origins that may use this server, such as `https://dashboard.example.org`; "*" is every origin, then without credentials.
        allowed_origin: Vec<String> = Vec::new(),
        /// Browsers may send credentials of their own.
        allow_credentials: bool = false,
        /// Seconds a browser may remember a permission.
        max_age: u32 = 3600,
        /// Answer headers that pages may read.
        expose_headers: Vec<String> = texts(&["X-Image-Meta-Checksum", "X-Auth-Token", "X-Subject-Token", "X-Service-Token", "X-OpenStack-Request-ID"]),
        /// Methods that pages may use.
        allow_methods: Vec<String> = texts(&["GET", "PUT", "POST", "DELETE", "PATCH"]),
        /// Request headers that pages may send.
        allow_headers: Vec<String> = texts(&["Content-MD5", "X-Image-Meta-Checksum", "X-Storage-Token", "Accept-Encoding", "X-Auth-Token", "X-Identity-Status", "X-Roles", "X-Service-Catalog", "X-User-Id", "X-Tenant-Id", "X-OpenStack-Request-ID"]),
    }

    /// GET /healthcheck.
    healthcheck: Healthcheck {
        /// Say what was looked at, and ask the database and the store too.
        detailed: bool = false,
        /// While this file exists the answer is 503 DISABLED BY FILE.
        disable_by_file_path: Option<PathBuf> = None,
        /// While this file is missing the answer is 503.
        enable_by_file_path: Option<PathBuf> = None,
        /// Networks that get an answer; empty is all.
        allowed_source_ranges: Vec<Network> = Vec::new(),
        /// No answer for requests that came through a proxy.
        ignore_proxied_requests: bool = false,
    }

    /// GET /metrics, for Prometheus.
    metrics: MetricsSection {
        /// Networks that get an answer, never through a proxy; empty switches it off.
        allowed_source_ranges: Vec<Network> = loopback(),
    }

    /// Log lines, on standard error.
    log: Log {
        /// error, warn, info, debug or trace; also per part, such as "info,salon::access=warn". SIGHUP reads it again.
        level: String = "info".to_owned(),
        /// text or json.
        format: LogFormat = LogFormat::Text,
        /// A file instead of standard error; appended to.
        file: Option<PathBuf> = None,
    }
}
