//! What the guard lets through.

use std::{path::PathBuf, time::Duration};

use salon_core::Network;

/// A scheme of URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain.
    Http,
    /// Over TLS, always verified.
    Https,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 2] = [Self::Http, Self::Https];

    /// As it stands in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Reads what stands in a URL, in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == text)
    }
}

/// What the guard lets through, and how long it waits. The defaults let public addresses through and nothing else.
#[derive(Clone, Debug)]
pub struct Options {
    /// Schemes a URL may have.
    pub schemes: Vec<Scheme>,
    /// Ports a URL may name; empty is any.
    pub ports: Vec<u16>,
    /// Networks that may be reached though they are not public.
    pub allowed_networks: Vec<Network>,
    /// Networks that may not be reached, whatever else is said.
    pub denied_networks: Vec<Network>,
    /// Names of hosts whose addresses need not be public. Who answers for such a name decides where this server goes.
    pub allowed_hosts: Vec<String>,
    /// Names of hosts that may not be reached, whatever else is said.
    pub denied_hosts: Vec<String>,
    /// Longest time to resolve a name and connect.
    pub connect_timeout: Duration,
    /// Longest time from the request to the headers of the answer, connecting included; per hop.
    pub answer_timeout: Duration,
    /// A body has to bring `min_bytes` within each such time that is spent waiting for it.
    pub stall_timeout: Duration,
    /// See `stall_timeout`.
    pub min_bytes: u64,
    /// Longest time of a whole transfer; `None` is no limit beside the pace.
    pub total_timeout: Option<Duration>,
    /// Redirects that are followed; 0 is none.
    pub max_redirects: u32,
    /// Bytes of a body.
    pub max_bytes: u64,
    /// PEM file of authorities to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            schemes: Scheme::ALL.to_vec(),
            ports: vec![80, 443],
            allowed_networks: Vec::new(),
            denied_networks: Vec::new(),
            allowed_hosts: Vec::new(),
            denied_hosts: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(60),
            stall_timeout: Duration::from_secs(60),
            min_bytes: 4096,
            total_timeout: None,
            max_redirects: 5,
            max_bytes: 1 << 40,
            ca_file: None,
        }
    }
}
