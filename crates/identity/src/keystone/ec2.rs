//! Access keys that Keystone keeps as EC2 credentials.
//!
//! Keystone's own check of a signature (`POST /v3/ec2tokens`) leaves the query of a POST out, and in AWS's JSON protocols
//! the query names what a POST does. So the secret is read (`GET /v3/credentials/{id}`), signatures are checked here, and
//! `ec2tokens` is asked, with a signature of our own, what it is there for: whether user, project, trust or application
//! credential are still good, and which roles they have. The service user must be allowed to do both; Keystone's default
//! policy asks for the role admin.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use salon_core::{Caller, Error, Result, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{self, Instant};

use super::{
    Keystone, Options,
    client::{Client, Why, read, read_bytes},
};
use crate::{Secret, sigv4};

/// A key that may be used, with its secret and its caller.
type Known = Arc<(Secret, Caller)>;

/// Answers that are kept: bounded in number and, by both clocks, in time.
pub(super) struct Keys {
    kept: moka::sync::Cache<String, Kept>,
    known_for: Duration,
    unknown_for: Duration,
}

#[derive(Clone)]
struct Kept {
    known: Option<Known>,
    from: Timestamp,
    until: Timestamp,
    /// The wall clock may be set back; this one may not.
    deadline: Instant,
}

/// What Keystone said of a key.
enum Said {
    Known(Known, Timestamp),
    Unknown,
}

impl Keys {
    pub(super) fn new(options: &Options) -> Self {
        let kept = moka::sync::Cache::builder()
            .max_capacity(options.cache_capacity)
            .time_to_live(options.token_cache_time.max(options.refusal_cache_time))
            .build();
        Self { kept, known_for: options.token_cache_time, unknown_for: options.refusal_cache_time }
    }

    pub(super) fn forget(&self) {
        self.kept.invalidate_all();
    }

    fn get(&self, id: &str, now: Timestamp) -> Option<Option<Known>> {
        let kept = self.kept.get(id)?;
        (kept.from <= now && now < kept.until && Instant::now() < kept.deadline).then_some(kept.known)
    }

    fn put(&self, id: &str, said: &Said, now: Timestamp) {
        let (known, lifetime) = match said {
            Said::Known(known, expires_at) => {
                let left = u64::try_from(expires_at.0.saturating_sub(now.0)).unwrap_or(0);
                (Some(Arc::clone(known)), self.known_for.min(Duration::from_micros(left)))
            }
            Said::Unknown => (None, self.unknown_for),
        };
        if !lifetime.is_zero() {
            let kept = Kept { known, from: now, until: now.plus(lifetime), deadline: Instant::now() + lifetime };
            self.kept.insert(id.to_owned(), kept);
        }
    }
}

impl Keystone {
    /// The secret of an access key and the caller it makes; `None` when Keystone does not know it, or does not let it be
    /// used. An answer is kept as that about a token is.
    ///
    /// # Errors
    /// `Unavailable` when Keystone cannot be asked, or does not let the service user ask.
    pub async fn access_key(&self, id: &str) -> Result<Option<Arc<(Secret, Caller)>>> {
        if let Some(kept) = self.keys.get(id, self.clock.now()) {
            return Ok(kept);
        }
        let said = match time::timeout(self.client.timeout, self.client.access_key(id)).await {
            Ok(said) => said,
            Err(_) => Err(format!("no answer within {} s", self.client.timeout.as_secs_f32())),
        };
        let said = said.map_err(|why| Error::unavailable(format!("Keystone cannot tell of an access key: {why}")))?;
        self.keys.put(id, &said, self.clock.now());
        Ok(match said {
            Said::Known(known, _) => Some(known),
            Said::Unknown => None,
        })
    }
}

#[derive(Deserialize)]
struct Envelope {
    credential: Credential,
}

#[derive(Deserialize)]
struct Credential {
    #[serde(rename = "type")]
    kind: String,
    /// JSON in a text.
    blob: String,
}

#[derive(Deserialize)]
struct Blob {
    access: String,
    secret: Secret,
}

impl Client {
    async fn access_key(&self, id: &str) -> Result<Said, Why> {
        let _place = self.line.acquire().await.map_err(|error| error.to_string())?;
        let mut stale = None;
        // Twice: a 401 means that the own token is no longer good, which is mended once.
        for _ in 0..2 {
            let own = self.own_token(stale.as_ref()).await?;
            // Keystone finds an EC2 credential under the digest of its access key.
            let url = format!("{}/credentials/{}", self.v3, sigv4::sha256_hex(id.as_bytes()));
            let request =
                || self.http.get(&url).header("accept", "application/json").header("x-auth-token", own.reveal());
            let response = self.send(request).await?;
            match response.status() {
                StatusCode::OK => {
                    let body = read_bytes(response).await?;
                    let Some(secret) = secret_of(&body, id)? else { return Ok(Said::Unknown) };
                    return self.caller_of(id, secret, &own).await;
                }
                StatusCode::NOT_FOUND => return Ok(Said::Unknown),
                StatusCode::UNAUTHORIZED => stale = Some(own),
                StatusCode::FORBIDDEN => {
                    return Err(
                        "it does not let the service user read credentials (identity:get_credential); give it \
                                the role admin or a policy that allows it"
                            .to_owned(),
                    );
                }
                other => return Err(format!("it answers {other}")),
            }
        }
        Err("it does not accept the token that it has just given to the service user".to_owned())
    }

    /// Asks for a token with a signature of our own; Keystone looks at everything but the request that is being served.
    async fn caller_of(&self, id: &str, secret: Secret, own: &Secret) -> Result<Said, Why> {
        let body = self_signed(id, &secret, self.clock.now()).to_string();
        let url = format!("{}/ec2tokens", self.v3);
        let request = || {
            self.http
                .post(&url)
                .header("content-type", "application/json")
                .header("accept", "application/json")
                .header("x-auth-token", own.reveal())
                .header("openstack-identity-access-rules", "1.0")
                .body(body.clone())
        };
        let response = self.send(request).await?;
        match response.status() {
            StatusCode::OK => {}
            // The own token was good a moment ago: it is the user, the project or the roles.
            StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND => return Ok(Said::Unknown),
            StatusCode::FORBIDDEN => {
                return Err("it does not let the service user check EC2 credentials (identity:ec2tokens_validate); \
                            give it the role service or admin"
                    .to_owned());
            }
            other => return Err(format!("it answers {other} to an EC2 credential")),
        }
        let validated = read(response).await?.into_validated().ok_or("the expiry of the token cannot be read")?;
        // An application credential that is limited to some requests names paths of OpenStack services: none of these.
        if validated.access_rules.is_some() {
            return Ok(Said::Unknown);
        }
        Ok(Said::Known(Arc::new((secret, validated.caller)), validated.expires_at))
    }
}

/// The secret in a credential; `None` when it is not an EC2 credential of this key.
fn secret_of(body: &[u8], id: &str) -> Result<Option<Secret>, Why> {
    // Not the errors' texts: they may quote the body.
    let envelope: Envelope =
        serde_json::from_slice(body).map_err(|_| "its answer is not a credential's description".to_owned())?;
    if envelope.credential.kind != "ec2" {
        return Ok(None);
    }
    let blob: Blob =
        serde_json::from_str(&envelope.credential.blob).map_err(|_| "an EC2 credential cannot be read".to_owned())?;
    Ok((blob.access == id && !blob.secret.is_empty()).then_some(blob.secret))
}

/// The body of `POST /v3/ec2tokens` for a request that nobody sends.
fn self_signed(id: &str, secret: &Secret, now: Timestamp) -> Value {
    let own = sigv4::sign_plain(id, secret, "ec2", "salon", now);
    json!({"credentials": {
        "access": id,
        "signature": own.signature,
        "host": "salon",
        "verb": "GET",
        "path": "/",
        "params": {},
        "headers": {"host": "salon", "X-Amz-Date": own.stamp, "Authorization": own.authorization},
        "body_hash": sigv4::sha256_hex(b""),
    }})
}
