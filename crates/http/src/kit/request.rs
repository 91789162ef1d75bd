//! A request as dialects see it.

use std::{
    net::IpAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{HeaderMap, Method, Uri};
use salon_core::{Caller, Result};
use salon_identity::{Authenticator, Credentials};

use crate::kit::RequestBody;

/// One request, after the kit has checked its outer shape and found the mount.
#[derive(Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as it came, percent-encoded, without the mount's prefix; it starts with `/`.
    pub path: String,
    /// The request target as it came, with the mount's prefix: what clients sign.
    pub uri: Uri,
    /// The query as it came, without `?`.
    pub query: Option<String>,
    /// The headers. `X-User-Id` and its kin are still in them: only the authenticator of a trusted proxy reads those.
    pub headers: HeaderMap,
    /// The body.
    pub body: RequestBody,
    /// The peer of the connection (never taken from a header).
    pub peer: IpAddr,
    /// `scheme://host[:port][/prefix]` for absolute links, without trailing slash.
    pub base: String,
    /// The id of this request: the client's own if it is acceptable, a fresh `req-…` otherwise.
    pub request_id: String,
    /// The client sent an `X-OpenStack-Request-ID` longer than the limit (Glance answers 431).
    pub request_id_too_long: bool,
    /// What the kit writes to the access log and counts; dialects fill it in as they learn it.
    pub trail: Arc<Trail>,
}

impl Request {
    /// A header's value if it is there once or more and the first is visible text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The address of this server without the place of a dialect, and without trailing slash: the configured one, or the
    /// one the client used.
    pub(crate) fn outer(&self, prefix: &str, public_endpoint: Option<&str>) -> String {
        let used = self.base.strip_suffix(prefix).unwrap_or(&self.base);
        public_endpoint.unwrap_or(used).trim_end_matches('/').to_owned()
    }

    /// Takes the slashes off the end of the path, for dialects whose clients write it either way.
    pub(crate) fn trim_path(&mut self) {
        self.path.truncate(self.path.trim_end_matches('/').len().max(1));
    }

    /// Takes the body out.
    pub(crate) fn take_body(&mut self) -> RequestBody {
        std::mem::replace(&mut self.body, RequestBody::empty())
    }

    /// Takes out a body that may be hours in coming, and lets go of what only the head was for: its values are parts of the
    /// buffer it was read into, which would be kept as long. After this there are no headers, and no target.
    pub(crate) fn take_data(&mut self) -> RequestBody {
        self.headers = HeaderMap::new();
        self.uri = Uri::default();
        self.take_body()
    }

    /// Who is calling, and names the caller in the log. Credentials that are good for some paths only are held to the
    /// whole path, as clients see it.
    ///
    /// # Errors
    /// As [`Authenticator::authenticate`].
    pub(crate) async fn caller(&self, authenticator: &dyn Authenticator) -> Result<Caller> {
        let credentials =
            Credentials { headers: &self.headers, peer: self.peer, method: &self.method, path: self.uri.path() };
        let caller = authenticator.authenticate(credentials).await?;
        self.trail.set_caller(caller.user_id.as_str(), caller.project().map(|project| project.as_str().to_owned()));
        Ok(caller)
    }

    /// The first value of a query parameter that is not empty.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query_pairs();
        pairs.into_iter().find(|(own, value)| own == name && !value.is_empty()).map(|(_, value)| value)
    }

    /// The query's parameters in order, percent-decoded, `+` read as a space; invalid UTF-8 becomes U+FFFD.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        self.query.as_deref().map(crate::kit::router::parse_query).unwrap_or_default()
    }
}

/// What is known of a request for its log line and its metrics.
#[derive(Debug, Default)]
pub struct Trail {
    route: OnceLock<(&'static str, &'static str)>,
    caller: OnceLock<(String, Option<String>)>,
    withheld: AtomicBool,
}

impl Trail {
    /// Names the route's template and the operation. The first call counts.
    pub fn set_route(&self, template: &'static str, operation: &'static str) {
        let _ = self.route.set((template, operation));
    }

    /// Keeps the path out of the log: it may hold a secret, or something that nobody here knows.
    pub fn withhold_path(&self) {
        self.withheld.store(true, Ordering::Relaxed);
    }

    /// Whether the path is kept out of the log.
    pub fn withholds_path(&self) -> bool {
        self.withheld.load(Ordering::Relaxed)
    }

    /// Names the authenticated user and project. The first call counts.
    pub fn set_caller(&self, user: impl Into<String>, project: Option<String>) {
        let _ = self.caller.set((user.into(), project));
    }

    /// The template, if a route was found.
    pub fn template(&self) -> Option<&'static str> {
        self.route.get().map(|route| route.0)
    }

    /// The operation, if a route was found.
    pub fn operation(&self) -> Option<&'static str> {
        self.route.get().map(|route| route.1)
    }

    /// The user, once authenticated.
    pub fn user(&self) -> Option<&str> {
        self.caller.get().map(|caller| caller.0.as_str())
    }

    /// The project, once authenticated.
    pub fn project(&self) -> Option<&str> {
        self.caller.get().and_then(|caller| caller.1.as_deref())
    }
}
