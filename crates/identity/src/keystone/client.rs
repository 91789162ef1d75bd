//! The requests this server sends to Keystone.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use reqwest::{RequestBuilder, Response, redirect};
use salon_core::{Clock, Error, Result, Timestamp};
use tokio::{
    sync::{Mutex, Semaphore},
    time::{self, Instant},
};

use super::{Options, body::Envelope, flight::Answer};
use crate::Secret;

/// Largest answer that is read. A validation without catalog has one or two KiB.
const MAX_ANSWER: usize = 256 * 1024;
/// The own token is renewed when less than this is left of it.
const RENEW_BEFORE: Duration = Duration::from_secs(60);
/// After Keystone refused the service user, how long it is not tried again: Keystone may lock an account that fails
/// too often.
const LOGIN_PAUSE: Duration = Duration::from_secs(10);

/// Talks to one Keystone, with bounded concurrency and time.
pub(super) struct Client {
    pub(super) http: reqwest::Client,
    pub(super) v3: String,
    tokens_url: String,
    login: Secret,
    own: Mutex<Own>,
    pub(super) line: Semaphore,
    pub(super) timeout: Duration,
    max_retries: u32,
    pub(super) clock: Arc<dyn Clock>,
}

/// The service user's token.
enum Own {
    None,
    Token { token: Secret, expires_at: Timestamp },
    Refused { until: Instant, why: Arc<str> },
}

/// Why there is no answer, for the operator.
pub(super) type Why = String;

impl Client {
    pub(super) fn new(options: &Options, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            // An environment meant for other programs must not route tokens through a proxy, and a redirect must not
            // carry the service user's token to somewhere else.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            .pool_max_idle_per_host(options.concurrency)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("salon/", env!("CARGO_PKG_VERSION")))
            .tls_danger_accept_invalid_certs(options.insecure);
        if let Some(path) = &options.cafile {
            let wrong = |error: Box<dyn std::error::Error + Send + Sync>| {
                Error::invalid(format!("cafile {} cannot be used: {error}", path.display()))
            };
            let text = std::fs::read(path).map_err(|error| wrong(error.into()))?;
            let certificates = reqwest::Certificate::from_pem_bundle(&text).map_err(|error| wrong(error.into()))?;
            if certificates.is_empty() {
                return Err(wrong("it holds no certificate".into()));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let http = builder
            .build()
            .map_err(|error| Error::invalid("the client for Keystone cannot be made").with_source(error))?;
        Ok(Self {
            http,
            v3: options.v3(),
            tokens_url: format!("{}/auth/tokens", options.v3()),
            login: Secret::new(options.login().to_string()),
            own: Mutex::new(Own::None),
            line: Semaphore::new(options.concurrency),
            timeout: options.timeout,
            max_retries: options.max_retries,
            clock,
        })
    }

    /// What Keystone says about a token, within the time-out.
    pub(super) async fn validate(&self, token: &str, allow_expired: bool) -> Answer {
        match time::timeout(self.timeout, self.ask(token, allow_expired)).await {
            Ok(answer) => answer.unwrap_or_else(Answer::undecided),
            Err(_) => Answer::undecided(format!("no answer within {} s", self.timeout.as_secs_f32())),
        }
    }

    async fn ask(&self, token: &str, allow_expired: bool) -> Result<Answer, Why> {
        let _place = self.line.acquire().await.map_err(|error| error.to_string())?;
        let mut stale = None;
        // Twice: a 401 means that the own token is no longer good, which is mended once.
        for _ in 0..2 {
            let own = self.own_token(stale.as_ref()).await?;
            let mut query = vec![("nocatalog", "1")];
            if allow_expired {
                query.push(("allow_expired", "1"));
            }
            let request = || {
                self.http
                    .get(&self.tokens_url)
                    .query(&query)
                    .header("accept", "application/json")
                    .header("x-auth-token", own.reveal())
                    .header("x-subject-token", token)
                    .header("openstack-identity-access-rules", "1.0")
            };
            let response = self.send(request).await?;
            match response.status() {
                StatusCode::OK => return self.valid(response).await,
                StatusCode::NOT_FOUND => return Ok(Answer::Invalid),
                StatusCode::UNAUTHORIZED => stale = Some(own),
                other => return Err(format!("it answers {other}")),
            }
        }
        Err("it does not accept the token that it has just given to the service user".to_owned())
    }

    async fn valid(&self, response: Response) -> Result<Answer, Why> {
        let envelope = read(response).await?;
        let validated = envelope.into_validated().ok_or("the expiry of the token cannot be read")?;
        Ok(Answer::Valid(Arc::new(validated)))
    }

    /// The service user's token, fetched anew when there is none, when it ends soon, or when it is the `stale` one.
    /// Whoever holds the lock fetches; the others wait for what it brings.
    pub(super) async fn own_token(&self, stale: Option<&Secret>) -> Result<Secret, Why> {
        let mut own = self.own.lock().await;
        match &*own {
            Own::Token { token, expires_at }
                if stale != Some(token) && self.clock.now().plus(RENEW_BEFORE) < *expires_at =>
            {
                return Ok(token.clone());
            }
            Own::Refused { until, why } if Instant::now() < *until => return Err(why.to_string()),
            Own::None | Own::Token { .. } | Own::Refused { .. } => *own = Own::None,
        }
        let request = || {
            self.http
                .post(&self.tokens_url)
                .query(&[("nocatalog", "1")])
                .header("content-type", "application/json")
                .header("accept", "application/json")
                .body(self.login.reveal().to_owned())
        };
        let response = self.send(request).await?;
        match response.status() {
            StatusCode::CREATED => {}
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::BAD_REQUEST) => {
                let why: Arc<str> =
                    format!("it refuses the service user ({status}); check its name and password").into();
                *own = Own::Refused { until: Instant::now() + LOGIN_PAUSE, why: Arc::clone(&why) };
                return Err(why.to_string());
            }
            other => return Err(format!("it answers {other} to the service user's login")),
        }
        let token = response
            .headers()
            .get("x-subject-token")
            .and_then(|value| value.to_str().ok())
            .map(Secret::new)
            .ok_or("its answer to the service user's login has no token")?;
        let expires_at = read(response).await?.expires_at().ok_or("the expiry of the own token cannot be read")?;
        *own = Own::Token { token: token.clone(), expires_at };
        Ok(token)
    }

    /// Sends a request, again after a short pause when the connection failed. All requests here are safe to repeat.
    pub(super) async fn send(&self, request: impl Fn() -> RequestBuilder) -> Result<Response, Why> {
        let mut pause = Duration::from_millis(50);
        let mut attempt = 0;
        loop {
            match request().send().await {
                Ok(response) => return Ok(response),
                Err(error) if attempt < self.max_retries && !error.is_timeout() && !error.is_builder() => {
                    attempt += 1;
                    tracing::debug!(error = why(&error), attempt, "a request to Keystone failed and is sent again");
                    time::sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => return Err(why(&error)),
            }
        }
    }
}

/// The error with its causes; without the URL, which is of no use to anyone in a log of one Keystone.
fn why(error: &reqwest::Error) -> String {
    let mut text = "the request failed".to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Reads the description of a token.
pub(super) async fn read(response: Response) -> Result<Envelope, Why> {
    // Not the error's text: it may quote the body.
    serde_json::from_slice(&read_bytes(response).await?)
        .map_err(|_| "its answer is not a token's description".to_owned())
}

/// Reads an answer of bounded size.
pub(super) async fn read_bytes(mut response: Response) -> Result<Vec<u8>, Why> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| why(&error))? {
        if body.len() + part.len() > MAX_ANSWER {
            return Err(format!("its answer is larger than {MAX_ANSWER} bytes"));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}
