//! The guard: every request to somebody's URL.

use std::{collections::BTreeSet, fmt, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, LOCATION},
};
use reqwest::{Client, RequestBuilder, Response, redirect, retry};
use salon_core::{Error, Result};
use tokio::time::{Instant, timeout};

use crate::{
    Body, Failure, Options, Reason, Resolve, SystemResolver, Target,
    address::{reached, special},
    body::too_large,
    resolve::MAX_ADDRESSES,
    target::wrong,
};

/// Sends requests to URLs that somebody gave this server, as far as its [`Options`] go. Cheap to clone.
#[derive(Clone)]
pub struct Guard {
    rules: Arc<Rules>,
    client: Client,
}

/// What a source answered to a GET.
#[derive(Debug)]
pub struct Fetched {
    /// Where it came from, after redirects.
    pub from: Target,
    /// The headers of the answer.
    pub headers: HeaderMap,
    /// The bytes.
    pub body: Body,
}

/// A POST.
#[derive(Debug)]
pub struct Post<'a> {
    /// Where to.
    pub url: &'a str,
    /// Headers beside the client's own.
    pub headers: HeaderMap,
    /// What to send.
    pub body: Bytes,
    /// For everything, from the resolution of the name to the last byte of the answer.
    pub timeout: Duration,
    /// Bytes of the answer's body at most.
    pub max_answer: u64,
}

/// What the other side answered to a POST. A redirect is an answer as any other.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Guard {
    /// A guard over the system's resolver.
    ///
    /// # Errors
    /// Invalid when the options cannot be met: no scheme, a file of authorities that cannot be read.
    pub fn new(options: Options) -> Result<Self> {
        Self::with_resolver(options, Arc::new(SystemResolver))
    }

    /// A guard over another resolver.
    ///
    /// # Errors
    /// As [`Guard::new`].
    pub fn with_resolver(options: Options, resolver: Arc<dyn Resolve>) -> Result<Self> {
        if options.schemes.is_empty() {
            return Err(Error::invalid("no scheme is allowed in URLs"));
        }
        let rules = Arc::new(Rules::new(options, resolver));
        let options = &rules.options;
        let mut builder = Client::builder()
            // Neither an environment meant for other programs nor the peer decides where a request goes.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            // A connection is used once: none stays that was made under other circumstances.
            .pool_max_idle_per_host(0)
            .connect_timeout(options.connect_timeout)
            .dns_resolver(Pinned(Arc::clone(&rules)))
            .user_agent(concat!("salon/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &options.ca_file {
            builder = builder.tls_certs_merge(authorities(path)?);
        }
        let client =
            builder.build().map_err(|error| Error::invalid("the client for URLs cannot be made").with_source(error))?;
        Ok(Self { rules, client })
    }

    /// Looks at a URL as far as that is possible without the network: form, scheme, port, and an address that is
    /// written in it.
    ///
    /// # Errors
    /// Reasons Url and Address.
    pub fn check(&self, url: &str) -> Result<Target, Failure> {
        let target = Target::parse(url)?;
        self.rules.admit(&target)?;
        Ok(target)
    }

    /// Fetches what is under a URL, over redirects as far as they are followed. The answer's status is 200, and its body
    /// is not encoded.
    ///
    /// # Errors
    /// Every reason.
    pub async fn get(&self, url: &str) -> Result<Fetched, Failure> {
        let end = self.rules.options.total_timeout.map(|longest| Instant::now() + longest);
        let mut target = self.check(url)?;
        for _ in 0..=self.rules.options.max_redirects {
            let response = self.send(self.client.get(target.url.clone())).await?;
            match response.status() {
                StatusCode::OK => return self.accept(target, response, end),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
                    let location =
                        location.ok_or_else(|| Failure::new(Reason::Redirect, "a redirect leads nowhere"))?;
                    target = target.join(location)?;
                    self.rules.admit(&target).map_err(|failure| {
                        Failure::new(failure.reason(), format!("a redirect to {target} is not followed: {failure}"))
                    })?;
                }
                other => return Err(Failure::new(Reason::Status(other.as_u16()), format!("it answers {other}"))),
            }
        }
        Err(Failure::new(Reason::Redirect, "there are too many redirects"))
    }

    /// Sends a POST. Nothing is followed and nothing is repeated.
    ///
    /// # Errors
    /// Reasons Url, Address, Connection, TooLarge, TooSlow, Body.
    pub async fn post(&self, post: Post<'_>) -> Result<Answer, Failure> {
        let longest = post.timeout;
        timeout(longest, self.post_in_time(post))
            .await
            .unwrap_or_else(|_| Err(Failure::new(Reason::TooSlow, "there is no whole answer in time")))
    }

    async fn post_in_time(&self, post: Post<'_>) -> Result<Answer, Failure> {
        let target = self.check(post.url)?;
        let response = self.send(self.client.post(target.url).headers(post.headers).body(post.body)).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let options = Options { max_bytes: post.max_answer, ..self.rules.options.clone() };
        let mut body = Body::new(response, &options, None);
        let mut whole = BytesMut::new();
        while let Some(piece) = body.next().await {
            whole.extend_from_slice(&piece.map_err(|error| match error.downcast::<Failure>() {
                Ok(failure) => failure,
                Err(error) => Failure::new(Reason::Body, error.to_string()),
            })?);
        }
        Ok(Answer { status, headers, body: whole.freeze() })
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let request = request.header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        match timeout(self.rules.options.answer_timeout, request.send()).await {
            Ok(sent) => sent.map_err(|error| Failure::of_client(&error, Reason::Connection)),
            Err(_) => Err(Failure::new(Reason::Connection, "there is no answer in time")),
        }
    }

    fn accept(&self, from: Target, response: Response, end: Option<Instant>) -> Result<Fetched, Failure> {
        let headers = response.headers().clone();
        if headers.get(CONTENT_ENCODING).is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            return Err(Failure::new(Reason::Body, "it sends the data in an encoding nobody asked for"));
        }
        if response.content_length().is_some_and(|length| length > self.rules.options.max_bytes) {
            return Err(too_large());
        }
        let body = Body::new(response, &self.rules.options, end);
        Ok(Fetched { from, headers, body })
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("options", &self.rules.options).finish_non_exhaustive()
    }
}

/// The options, ready to be asked.
struct Rules {
    options: Options,
    allowed_hosts: BTreeSet<String>,
    denied_hosts: BTreeSet<String>,
    resolver: Arc<dyn Resolve>,
}

impl Rules {
    fn new(options: Options, resolver: Arc<dyn Resolve>) -> Self {
        let names = |list: &[String]| list.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect();
        Self {
            allowed_hosts: names(&options.allowed_hosts),
            denied_hosts: names(&options.denied_hosts),
            options,
            resolver,
        }
    }

    /// What can be said without the network.
    fn admit(&self, target: &Target) -> Result<(), Failure> {
        if !self.options.schemes.contains(&target.scheme) {
            return Err(wrong("its scheme is not supported"));
        }
        if !self.options.ports.is_empty() && !self.options.ports.contains(&target.port()) {
            return Err(wrong("its port is not allowed"));
        }
        if self.denied_hosts.contains(&target.host) {
            return Err(refused(format!("host {} is denied", target.host)));
        }
        match target.address {
            Some(address) => self.admit_address(&target.host, address),
            None => Ok(()),
        }
    }

    fn admit_address(&self, host: &str, address: std::net::IpAddr) -> Result<(), Failure> {
        let inner = reached(address);
        let within = |networks: &[salon_core::Network]| {
            networks.iter().any(|network| network.contains(inner) || network.contains(address))
        };
        if within(&self.options.denied_networks) {
            return Err(refused(format!("{address} is denied")));
        }
        if self.allowed_hosts.contains(host) || within(&self.options.allowed_networks) {
            return Ok(());
        }
        match special(address) {
            Some(kind) => Err(refused(format!("{address} is {kind}"))),
            None => Ok(()),
        }
    }

    /// The addresses to connect to. One that may not be reached spoils all of them: a name with mixed answers is one
    /// that somebody plays with.
    async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Failure> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let found = timeout(self.options.connect_timeout, self.resolver.resolve(&host)).await;
        let found = match found {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => return Err(unresolved(&host, &error.to_string())),
            Err(_) => return Err(unresolved(&host, "there is no answer in time")),
        };
        if found.is_empty() {
            return Err(unresolved(&host, "it has no address"));
        }
        let found: Vec<_> = found.into_iter().take(MAX_ADDRESSES).collect();
        for address in &found {
            self.admit_address(&host, *address)
                .map_err(|failure| Failure::new(failure.reason(), format!("host {host} is not reached: {failure}")))?;
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
    }
}

fn refused(detail: String) -> Failure {
    Failure::new(Reason::Address, detail)
}

fn unresolved(host: &str, why: &str) -> Failure {
    Failure::new(Reason::Connection, format!("host {host} cannot be resolved: {why}"))
}

/// The HTTP client's only source of addresses. It is asked when a connection is made, so what is checked and what is
/// connected to cannot be two answers.
struct Pinned(Arc<Rules>);

impl reqwest::dns::Resolve for Pinned {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let rules = Arc::clone(&self.0);
        Box::pin(async move {
            let addresses = rules.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

fn authorities(path: &Path) -> Result<Vec<reqwest::Certificate>> {
    let unusable = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::invalid(format!("ca_file {} cannot be used: {error}", path.display()))
    };
    let text = std::fs::read(path).map_err(|error| unusable(error.into()))?;
    let certificates = reqwest::Certificate::from_pem_bundle(&text).map_err(|error| unusable(error.into()))?;
    if certificates.is_empty() {
        return Err(unusable("it holds no certificate".into()));
    }
    Ok(certificates)
}
