//! Events of bots, as the Amazon Chime documentation describes their delivery over HTTPS: signed, answered with 200
//! within two seconds, repeated twice after 200 and 400 milliseconds, each time with the time of the repetition.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use salon_core::{
    Clock, Entropy, Error, Result,
    bot::{Endpoint, SecurityToken},
    message::event::{Challenge, signed_text},
};
use salon_outbound::{Answer, Failure, Guard, Post, Reason};

/// How long an endpoint may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Pauses before the repetitions.
const PAUSES: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(400)];

/// Bytes of an answer that are read.
const MAX_ANSWER: u64 = 65_536;

const TIMESTAMP: HeaderName = HeaderName::from_static("chime-request-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("chime-signature");

/// What became of an event. Neither way is it to be told again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The bot took it.
    Taken,
    /// It did not, all told; why, for the operator.
    Refused(String),
}

/// Tells bots. Cheap to clone.
#[derive(Clone, Debug)]
pub struct BotEvents {
    guard: Guard,
}

impl BotEvents {
    /// Over a guard, which decides where bots may be.
    pub fn new(guard: Guard) -> Self {
        Self { guard }
    }

    /// Tells the bot at `endpoint`.
    pub async fn deliver(&self, endpoint: &Endpoint, token: &SecurityToken, body: &str, clock: &dyn Clock) -> Outcome {
        match self.send(endpoint, token, body, clock).await {
            Ok(answer) if answer.status.is_success() => Outcome::Taken,
            Ok(answer) => Outcome::Refused(format!("it answers {}", answer.status)),
            Err(failure) => Outcome::Refused(failure.to_string()),
        }
    }

    /// Asks the endpoint to prove that it wants the bot's events.
    ///
    /// # Errors
    /// Invalid, in the same words whatever is behind the URL, unless it is the URL itself that is wrong.
    pub async fn prove(
        &self,
        endpoint: &Endpoint,
        token: &SecurityToken,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<()> {
        let challenge = Challenge::random(entropy);
        let unproven = |detail: String| {
            Error::invalid("The endpoint did not answer the verification request as it should.").with_detail(detail)
        };
        match self.send(endpoint, token, &challenge.to_json(), clock).await {
            Ok(answer) if answer.status != StatusCode::OK => Err(unproven(format!("it answers {}", answer.status))),
            Ok(answer) if challenge.is_answered_by(&answer.body) => Ok(()),
            Ok(_) => Err(unproven("its answer is not the challenge".to_owned())),
            Err(failure) if failure.reason() == Reason::Url => Err(failure.into_error()),
            Err(failure) => Err(unproven(failure.to_string())),
        }
    }

    /// Sends until there is an answer that counts, a bounded number of times.
    async fn send(
        &self,
        endpoint: &Endpoint,
        token: &SecurityToken,
        body: &str,
        clock: &dyn Clock,
    ) -> Result<Answer, Failure> {
        let mut pauses = PAUSES.iter();
        loop {
            let post = Post {
                url: endpoint.as_str(),
                headers: headers(token, body, clock),
                body: body.to_owned().into(),
                timeout: PATIENCE,
                max_answer: MAX_ANSWER,
            };
            let answer = self.guard.post(post).await;
            let again = match &answer {
                Ok(answer) => answer.status.is_server_error(),
                Err(failure) => match failure.reason() {
                    Reason::Connection | Reason::TooSlow | Reason::Body => true,
                    Reason::Url | Reason::Address | Reason::Status(_) | Reason::Redirect | Reason::TooLarge => false,
                },
            };
            match pauses.next().filter(|_| again) {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => return answer,
            }
        }
    }
}

fn headers(token: &SecurityToken, body: &str, clock: &dyn Clock) -> HeaderMap {
    let timestamp = clock.now().to_iso_millis();
    let signature = signature(token, &timestamp, body);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // Both are digits, letters and a few signs.
    for (name, value) in [(TIMESTAMP, timestamp), (SIGNATURE, signature)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers
}

/// The value of `Chime-Signature`: the HMAC-SHA-256 of timestamp, bar and body under the bytes of the security token.
pub fn signature(token: &SecurityToken, timestamp: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, token.reveal().as_bytes());
    STANDARD.encode(hmac::sign(&key, signed_text(timestamp, body).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against `printf '%s' '2019-04-27T17:35:00.123Z|{}' | openssl dgst -sha256 -hmac secret -binary | base64`.
    #[test]
    fn signatures() {
        let token = SecurityToken::stored("secret".to_owned());
        assert_eq!(signature(&token, "2019-04-27T17:35:00.123Z", "{}"), "KV33kTrIXP7s+LNhHElBkEhVZJY9Ts6C2sfUaUKt5Co=");
    }
}
