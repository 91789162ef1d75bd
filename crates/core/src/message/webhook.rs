//! Incoming webhooks: their names, their number, and how often they may be used.

use std::time::Duration;

use super::event::address_of_webhook;
use crate::{
    Error, Result, Timestamp,
    account::AccountId,
    membership::{MemberRole, MemberStatus, Membership, ThingKind, ThingRef},
    room::members::{Guest, MemberType, RoomMembership, Standing},
};

/// Webhooks of one room at most.
pub const PER_ROOM: u64 = 10;

/// Longest name, in characters.
pub const MAX_NAME_CHARS: usize = 100;

/// Least time between two messages of one webhook or bot in one room.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// A webhook: whoever knows its URL may post into its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its id, which is part of its URL and stays when the URL is regenerated.
    pub id: String,
    /// Its room.
    pub room_id: String,
    /// The name its messages are shown under, with ` (Webhook)` after it.
    pub name: String,
    /// Who made it, as an ARN.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its URL was made or regenerated last.
    pub updated_at: Timestamp,
}

impl Webhook {
    /// Its name as it is shown.
    pub fn shown_name(&self) -> String {
        shown_name(&self.name)
    }

    /// How a room's list of members shows it.
    pub fn listed(&self, account: &AccountId) -> RoomMembership {
        let thing = ThingRef { kind: ThingKind::Room, id: self.room_id.clone() };
        RoomMembership {
            membership: Membership {
                thing,
                member: self.id.clone(),
                status: MemberStatus::Accepted,
                role: MemberRole::Member,
                can_share: false,
                invited_by: Some(self.created_by.clone()),
                created_at: self.created_at,
                updated_at: self.updated_at,
            },
            guest: Guest {
                id: self.id.clone(),
                member_type: MemberType::Webhook,
                email: address_of_webhook(&self.id),
                full_name: self.shown_name(),
                account_id: account.clone(),
                standing: Standing::Ready,
            },
        }
    }
}

/// A webhook's name as it is shown: with ` (Webhook)`.
pub fn shown_name(name: &str) -> String {
    format!("{name} (Webhook)")
}

/// A name for a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookName(String);

impl WebhookName {
    /// Checks a name; blanks around it are dropped.
    ///
    /// # Errors
    /// Invalid when it is empty, longer than [`MAX_NAME_CHARS`], or has control characters.
    pub fn parse(text: &str) -> Result<Self> {
        let name = text.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
            return Err(Error::invalid(format!(
                "A webhook's name has 1 to {MAX_NAME_CHARS} characters, none of them a control character."
            )));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks that a room with `webhooks` of them may get another.
///
/// # Errors
/// OverLimit.
pub fn check_quota(webhooks: u64) -> Result<()> {
    if webhooks >= PER_ROOM {
        return Err(Error::over_limit(format!("The room has {PER_ROOM} webhooks already.")));
    }
    Ok(())
}

/// Checks that whoever posted at `last` may post at `now`.
///
/// # Errors
/// Throttled within [`INTERVAL`].
pub fn check_rate(last: Option<Timestamp>, now: Timestamp) -> Result<()> {
    let interval = i64::try_from(INTERVAL.as_micros()).unwrap_or(i64::MAX);
    // A clock that was set back by more than the interval must not shut anybody out until it has caught up.
    let soon = last.is_some_and(|last| now.0.saturating_sub(last.0).saturating_abs() < interval);
    if soon {
        let words = "Messages are taken at most once per second.";
        return Err(Error::throttled(words).with_retry_after(INTERVAL));
    }
    Ok(())
}

/// What the place after `/incomingwebhooks/` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// A webhook.
    Webhook(String),
    /// A bot as the member of a room.
    Bot {
        /// The room.
        room_id: String,
        /// The bot.
        bot_id: String,
    },
}

const BOT: &str = "bot-";

/// Longest id and longest token that are looked at, in characters.
const MAX_WORD: usize = 128;

impl Inbound {
    /// Reads an id from a URL; `None` when it cannot be one of this server's.
    pub fn parse(text: &str) -> Option<Self> {
        if !is_word(text) {
            return None;
        }
        let Some(pair) = text.strip_prefix(BOT) else { return Some(Self::Webhook(text.to_owned())) };
        // Two ids of 36 characters with a dash between.
        let (room_id, bot_id) = (pair.get(..36)?, pair.get(37..)?);
        let shaped = pair.len() == 73 && pair.get(36..37) == Some("-");
        shaped.then(|| Self::Bot { room_id: room_id.to_owned(), bot_id: bot_id.to_owned() })
    }

    /// As it stands in a URL.
    pub fn to_text(&self) -> String {
        match self {
            Self::Webhook(id) => id.clone(),
            Self::Bot { room_id, bot_id } => format!("{BOT}{room_id}-{bot_id}"),
        }
    }
}

/// Whether an id or a token from a URL is made of letters, digits and dashes, as all of this server's are.
pub fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_WORD && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    fn at(millis: i64) -> Timestamp {
        Timestamp(1_700_000_000_000_000 + millis * 1000)
    }

    #[test]
    fn one_message_per_second() {
        assert!(check_rate(None, at(0)).is_ok());
        let early = check_rate(Some(at(0)), at(999)).unwrap_err();
        assert_eq!((early.kind(), early.retry_after()), (Kind::Throttled, Some(INTERVAL)));
        assert!(check_rate(Some(at(0)), at(1000)).is_ok());
        assert!(check_rate(Some(at(500)), at(0)).is_err(), "clocks of two servers differ a little");
        assert!(check_rate(Some(at(3_600_000)), at(0)).is_ok(), "the clock was set back");
    }

    #[test]
    fn ten_in_a_room() {
        assert!(check_quota(9).is_ok());
        assert_eq!(check_quota(10).unwrap_err().kind(), Kind::OverLimit);
    }

    #[test]
    fn names() {
        assert_eq!(WebhookName::parse("  build ").unwrap().as_str(), "build");
        for wrong in ["", "   ", "a\nb", &"x".repeat(101)] {
            assert!(WebhookName::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn ids_in_urls() {
        let (room, bot) = ("71c675ab-d94f-49cd-a114-e12490b328d9", "0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb001");
        let both = Inbound::Bot { room_id: room.to_owned(), bot_id: bot.to_owned() };
        assert_eq!(Inbound::parse(&both.to_text()), Some(both));
        assert_eq!(Inbound::parse(room), Some(Inbound::Webhook(room.to_owned())));
        for wrong in
            ["", "bot-", "bot-x", "a/b", "a_b", "ż", &format!("bot-{room}x{bot}"), &format!("bot-{room}-{bot}0")]
        {
            assert_eq!(Inbound::parse(wrong), None, "{wrong}");
        }
        assert!(is_word("abc-123") && !is_word("") && !is_word(&"a".repeat(129)) && !is_word("a="));
    }
}
