//! Who may post: whoever has a URL that is good.

use std::time::Duration;

use super::{
    Inbound, Sender, SenderKind,
    actions::Post,
    webhook::{is_word, shown_name},
};
use crate::{
    Error, Permitted, Result, Timestamp,
    account::{AccountId, AccountStatus},
    room::RoomId,
};

/// How long a bot may answer a mention.
pub const ANSWER_TIME: Duration = Duration::from_secs(120);

/// The SHA-256 of the secret part of a webhook's URL, in lower-case hexadecimal digits. Comparing takes the same time
/// wherever two of them differ.
#[derive(Clone, Debug)]
pub struct TokenHash(String);

impl TokenHash {
    /// Takes the digits.
    pub fn new(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialEq for TokenHash {
    fn eq(&self, other: &Self) -> bool {
        let differing = self.0.bytes().zip(other.0.bytes()).fold(0, |all, (one, other)| all | (one ^ other));
        self.0.len() == other.0.len() && differing == 0
    }
}

impl Eq for TokenHash {}

/// A room as far as posting is concerned, in one read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The account.
    pub account_id: AccountId,
    /// Whether the account is in use.
    pub account_status: AccountStatus,
    /// The room.
    pub room_id: RoomId,
}

/// A webhook with its room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSeat {
    /// The room.
    pub place: Place,
    /// The webhook's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What its URL must hash to.
    pub token_hash: TokenHash,
}

/// A bot as the member of a room, with the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotSeat {
    /// The room.
    pub place: Place,
    /// The bot's id.
    pub id: String,
    /// Its name as it is shown.
    pub name: String,
    /// Whether it was switched off.
    pub disabled: bool,
    /// When it was added to the room.
    pub joined_at: Timestamp,
}

/// Somebody with a good URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poster {
    /// The room.
    pub place: Place,
    /// Under which name.
    pub sender: Sender,
    /// What made the URL good; the catalog looks again before it writes.
    pub ground: Ground,
}

/// What makes a URL good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The webhook has this hash.
    Webhook(TokenHash),
    /// The bot was added then, and is not switched off.
    Bot(Timestamp),
}

/// May whoever has a URL with this hash post as the webhook?
///
/// # Errors
/// Forbidden for another hash; NotFound when the account is not in use.
pub fn permit_webhook(seat: WebhookSeat, presented: &TokenHash) -> Result<Permitted<Poster, Post>> {
    if seat.token_hash != *presented {
        return Err(no_url());
    }
    in_use(&seat.place)?;
    let sender = Sender { kind: SenderKind::Webhook, id: seat.id, name: shown_name(&seat.name) };
    Ok(Permitted::granted(Poster { place: seat.place, sender, ground: Ground::Webhook(seat.token_hash) }))
}

/// May whoever has a URL with this token, which is genuine, post as the bot?
///
/// # Errors
/// NotFound when the token's time is over, when the bot is not in the room any more or again, and when bot or account
/// are not in use.
pub fn permit_bot(seat: Option<BotSeat>, token: &BotToken, now: Timestamp) -> Result<Permitted<Poster, Post>> {
    let Some(seat) = seat.filter(|seat| seat.joined_at == token.joined_at && !seat.disabled) else {
        return Err(url_gone());
    };
    if token.until.is_some_and(|until| now > until) {
        return Err(url_gone());
    }
    in_use(&seat.place)?;
    let sender = Sender { kind: SenderKind::Bot, id: seat.id, name: seat.name };
    Ok(Permitted::granted(Poster { place: seat.place, sender, ground: Ground::Bot(seat.joined_at) }))
}

fn in_use(place: &Place) -> Result<()> {
    match place.account_status {
        AccountStatus::Active => Ok(()),
        AccountStatus::Suspended => Err(url_gone()),
    }
}

/// What is read at a URL that never was one: always the same words.
pub fn no_url() -> Error {
    Error::forbidden("The webhook URL is not valid.")
}

/// What is read at a URL that was one.
pub fn url_gone() -> Error {
    Error::not_found("The webhook was deleted, or its URL was regenerated.")
}

/// The secret part of a bot's URL: what it says, and a signature of that. Nothing of it is kept: it ends with the
/// membership it names, and a short-lived one at its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotToken {
    /// When the bot was added to the room.
    pub joined_at: Timestamp,
    /// When the URL ends before the membership does.
    pub until: Option<Timestamp>,
}

impl BotToken {
    /// The text that is signed: everything in the URL.
    pub fn signed_text(&self, room_id: &str, bot_id: &str) -> String {
        let at = Inbound::Bot { room_id: room_id.to_owned(), bot_id: bot_id.to_owned() };
        format!("{}|{}", at.to_text(), self.head())
    }

    /// As it stands in a URL, with the signature in hexadecimal digits.
    pub fn to_text(&self, signature: &str) -> String {
        format!("{}-{signature}", self.head())
    }

    /// Reads a token and the signature that came with it.
    pub fn parse(text: &str) -> Option<(Self, &str)> {
        let (head, signature) = text.rsplit_once('-').filter(|_| is_word(text))?;
        let mut parts = head.split('-');
        let joined_at = micros(parts.next()?)?;
        let until = match parts.next() {
            Some(until) => Some(micros(until)?),
            None => None,
        };
        let token = Self { joined_at, until };
        // One text for one token.
        (parts.next().is_none() && token.head() == head).then_some((token, signature))
    }

    fn head(&self) -> String {
        match self.until {
            Some(until) => format!("{:x}-{:x}", self.joined_at.0, until.0),
            None => format!("{:x}", self.joined_at.0),
        }
    }
}

fn micros(hex: &str) -> Option<Timestamp> {
    i64::from_str_radix(hex, 16).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    const ROOM: &str = "71c675ab-d94f-49cd-a114-e12490b328d9";
    const BOT: &str = "0f57b1a2-7d32-4bb0-8df4-9c0a9e1bb001";

    fn place(account_status: AccountStatus) -> Place {
        Place { account_id: AccountId::new("a"), account_status, room_id: RoomId::new(ROOM) }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_700_000_000_000_000 + seconds * 1_000_000)
    }

    #[test]
    fn a_webhook_is_used_by_its_url() {
        let seat = |status| WebhookSeat {
            place: place(status),
            id: "w".to_owned(),
            name: "build".to_owned(),
            token_hash: TokenHash::new("abc"),
        };
        let poster = permit_webhook(seat(AccountStatus::Active), &TokenHash::new("abc")).unwrap();
        assert_eq!(poster.sender.name, "build (Webhook)");
        for wrong in ["abd", "ab", "abcd", ""] {
            let error = permit_webhook(seat(AccountStatus::Active), &TokenHash::new(wrong)).unwrap_err();
            assert_eq!(error.kind(), Kind::Forbidden, "{wrong}");
        }
        let error = permit_webhook(seat(AccountStatus::Suspended), &TokenHash::new("abc")).unwrap_err();
        assert_eq!(error.kind(), Kind::NotFound);
    }

    #[test]
    fn a_bots_url_ends_with_its_membership() {
        let seat = BotSeat {
            place: place(AccountStatus::Active),
            id: BOT.to_owned(),
            name: "Bot (Bot)".to_owned(),
            disabled: false,
            joined_at: at(0),
        };
        let short = BotToken { joined_at: at(0), until: Some(at(120)) };
        let lasting = BotToken { joined_at: at(0), until: None };
        assert!(permit_bot(Some(seat.clone()), &short, at(120)).is_ok());
        assert!(permit_bot(Some(seat.clone()), &lasting, at(1_000_000)).is_ok());
        let gone = |seat, token, now| permit_bot(seat, token, now).unwrap_err().kind() == Kind::NotFound;
        assert!(gone(Some(seat.clone()), &short, at(121)));
        assert!(gone(None, &lasting, at(1)));
        assert!(gone(Some(BotSeat { joined_at: at(1), ..seat.clone() }), &lasting, at(2)), "added again");
        assert!(gone(Some(BotSeat { disabled: true, ..seat.clone() }), &lasting, at(2)));
        assert!(gone(Some(BotSeat { place: place(AccountStatus::Suspended), ..seat }), &lasting, at(2)));
    }

    #[test]
    fn tokens_of_bots_as_text() {
        for token in [BotToken { joined_at: at(0), until: Some(at(5)) }, BotToken { joined_at: at(0), until: None }] {
            assert_eq!(BotToken::parse(&token.to_text("00ff")), Some((token, "00ff")));
        }
        let joined = format!("{:x}", at(0).0);
        for wrong in ["", "-", "00ff", "zz-00", &format!("0{joined}-00"), &format!("{joined}-1-2-00"), "-1-00"] {
            assert_eq!(BotToken::parse(wrong), None, "{wrong}");
        }
        let lasting = BotToken { joined_at: at(0), until: None };
        assert_eq!(lasting.signed_text(ROOM, BOT), format!("bot-{ROOM}-{BOT}|{joined}"));
    }
}
