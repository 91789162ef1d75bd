//! What bots are told, as the Amazon Chime documentation describes events of bots.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Entropy, Error, Result, Timestamp};

/// Kind of the job that tells a bot. Its payload is a [`Notice`].
pub const BOT_EVENT: &str = "bot-event";

/// How long a mention is worth telling, in seconds: nobody waits for an answer after that.
pub const MENTION_SECONDS: i64 = 600;

/// Notices of one bot that may wait at the same time; mentions beyond them are not told.
pub const MOST_WAITING: u32 = 1000;

/// Something a bot is to be told, as the job's row has it. Of a message it holds the id only: one that was redacted in
/// the meantime is not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The bot.
    pub bot_id: String,
    /// The room.
    pub room_id: String,
    /// Who caused it, in the shape of an e-mail address.
    pub sender: String,
    /// When, in microseconds.
    pub at: i64,
    /// What.
    pub what: What,
}

/// What a bot is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It was added.
    Invite,
    /// The message with this id calls it.
    Mention(String),
    /// It was removed.
    Remove,
}

impl Notice {
    /// As the job's row has it.
    pub fn to_json(&self) -> String {
        json!(self).to_string()
    }

    /// Reads a job's row.
    ///
    /// # Errors
    /// Internal: rows are written by this server only.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text)
            .map_err(|error| Error::internal("a notice for a bot cannot be read").with_source(error))
    }
}

/// A webhook, in the shape of an e-mail address that no mail can be sent to.
pub fn address_of_webhook(id: &str) -> String {
    format!("{id}@webhooks.invalid")
}

/// Who did something, in the shape of an e-mail address: the caller's name if it is one, and otherwise one that is made
/// of the caller's ARN and that no mail can be sent to.
pub fn address_of(arn: &str) -> String {
    let (whose, name) = arn.rsplit_once('/').unwrap_or(("", arn));
    if name.contains('@') {
        return name.to_owned();
    }
    match whose.split(':').nth(4).filter(|account| !account.is_empty()) {
        Some(account) => format!("{name}@{account}.invalid"),
        None => format!("{name}@users.invalid"),
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// The bot was added to the room; it may post to `url` as long as it is a member.
    Invite {
        /// Where the bot posts.
        url: String,
    },
    /// A message called the bot; it may answer at `url` for a while.
    Mention {
        /// Where the bot answers.
        url: String,
        /// The message, from the bot's name on.
        message: String,
    },
    /// The bot was removed from the room.
    Remove,
}

/// An event for a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotEvent {
    /// Who caused it, in the shape of an e-mail address.
    pub sender: String,
    /// In which room.
    pub room_id: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub happening: Happening,
}

impl BotEvent {
    /// The body of the request that tells the bot.
    pub fn to_json(&self) -> String {
        let mut body = json!({
            "Sender": {"SenderId": self.sender, "SenderIdType": "EmailId"},
            "Discussion": {"DiscussionId": self.room_id, "DiscussionType": "Room"},
            "EventTimestamp": self.at.to_iso_millis(),
        });
        let endpoint = |kind: &str, url: &str| json!({"EndpointType": kind, "Url": url});
        let (name, more) = match &self.happening {
            Happening::Invite { url } => ("Invite", vec![("InboundHttpsEndpoint", endpoint("Persistent", url))]),
            Happening::Mention { url, message } => {
                ("Mention", vec![("InboundHttpsEndpoint", endpoint("ShortLived", url)), ("Message", json!(message))])
            }
            Happening::Remove => ("Remove", Vec::new()),
        };
        if let Some(members) = body.as_object_mut() {
            members.insert("EventType".to_owned(), json!(name));
            members.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        body.to_string()
    }
}

/// The text that `Chime-Signature` is computed over: the value of `Chime-Request-Timestamp`, a bar, the body.
pub fn signed_text(timestamp: &str, body: &str) -> String {
    format!("{timestamp}|{body}")
}

/// The question that proves an endpoint: it must answer with the same `Challenge`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// Twenty random digits.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut raw = [0_u8; 20];
        entropy.fill(&mut raw);
        Self(raw.iter().map(|byte| char::from(b'0' + byte % 10)).collect())
    }

    /// The body of the question.
    pub fn to_json(&self) -> String {
        json!({"Challenge": self.0, "EventType": "HTTPSEndpointVerification"}).to_string()
    }

    /// Whether `body` is the answer to it.
    pub fn is_answered_by(&self, body: &[u8]) -> bool {
        serde_json::from_slice::<Value>(body).is_ok_and(|body| body.get("Challenge") == Some(&json!(self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_survive_the_trip() {
        for what in [What::Invite, What::Mention("m".to_owned()), What::Remove] {
            let notice =
                Notice { bot_id: "b".to_owned(), room_id: "r".to_owned(), sender: "s".to_owned(), at: 7, what };
            assert_eq!(Notice::from_json(&notice.to_json()).unwrap(), notice);
        }
        assert!(Notice::from_json("{}").is_err());
    }

    #[test]
    fn everybody_has_an_address() {
        assert_eq!(address_of("arn:aws:iam::111122223333:user/alice"), "alice@111122223333.invalid");
        assert_eq!(address_of("arn:aws:iam::111122223333:user/ana@example.com"), "ana@example.com");
        assert_eq!(address_of("4711"), "4711@users.invalid");
    }

    fn event(happening: Happening) -> Value {
        let event = BotEvent {
            sender: "ana@example.com".to_owned(),
            room_id: "r".to_owned(),
            at: Timestamp(1_556_386_500_123_999),
            happening,
        };
        serde_json::from_str(&event.to_json()).unwrap()
    }

    #[test]
    fn bodies() {
        let url = || "https://chat.example.org/incomingwebhooks/x?token=y".to_owned();
        let common = |more: Value| {
            let mut body = json!({
                "Sender": {"SenderId": "ana@example.com", "SenderIdType": "EmailId"},
                "Discussion": {"DiscussionId": "r", "DiscussionType": "Room"},
                "EventTimestamp": "2019-04-27T17:35:00.123Z",
            });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        assert_eq!(
            event(Happening::Invite { url: url() }),
            common(json!({
                "EventType": "Invite", "InboundHttpsEndpoint": {"EndpointType": "Persistent", "Url": url()},
            }))
        );
        assert_eq!(
            event(Happening::Mention { url: url(), message: "@bot \"hi\"".to_owned() }),
            common(json!({
                "EventType": "Mention", "Message": "@bot \"hi\"",
                "InboundHttpsEndpoint": {"EndpointType": "ShortLived", "Url": url()},
            }))
        );
        assert_eq!(event(Happening::Remove), common(json!({"EventType": "Remove"})));
        assert_eq!(signed_text("t", "{}"), "t|{}");
    }

    #[test]
    fn a_challenge_is_answered_by_itself_only() {
        struct Low(u8);
        impl Entropy for Low {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(self.0);
            }
        }
        let challenge = Challenge::random(&Low(7));
        assert_eq!(
            serde_json::from_str::<Value>(&challenge.to_json()).unwrap(),
            json!({"Challenge": "7".repeat(20), "EventType": "HTTPSEndpointVerification"})
        );
        assert!(challenge.is_answered_by(format!("{{\"Challenge\": \"{}\"}}", "7".repeat(20)).as_bytes()));
        let other = Challenge::random(&Low(8)).to_json();
        for wrong in ["", "{}", "[]", "7777", "{\"Challenge\": 77777777777777777777}", &other] {
            assert!(!challenge.is_answered_by(wrong.as_bytes()), "{wrong}");
        }
    }
}
