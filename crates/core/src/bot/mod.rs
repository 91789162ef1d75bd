//! Bots of chat accounts (Amazon Chime API 2018-05-01): programs that are members of rooms and are told what happens.
//!
//! Bots are never removed, only disabled; their name and e-mail address never change.

pub mod actions;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::{
    Caller, Entropy, Error, Permitted, Result, Timestamp,
    account::{Account, AccountId, Key, Listed, actions::AccountAction, decide},
    id::{hex_text, text_id},
    policy::Policy,
    room::members::Standing,
};

text_id! {
    /// The id of a bot: a UUID in lower case when made here, opaque to everybody.
    BotId
}

/// Longest name of a bot, in characters.
pub const MAX_NAME_CHARS: usize = 55;
/// Longest URL or ARN that events go to, in bytes.
pub const MAX_ENDPOINT_BYTES: usize = 2048;
/// Random bytes in a security token.
const TOKEN_BYTES: usize = 32;

/// The key that a bot's events are signed with. It is shown to whoever may see the bot, and to no log.
#[derive(Clone, PartialEq, Eq)]
pub struct SecurityToken(String);

impl SecurityToken {
    /// A new one: hexadecimal digits, so that it survives every shell and configuration file.
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self(hex_text(entropy, TOKEN_BYTES))
    }

    /// One from the catalog.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The token itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecurityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecurityToken(…)")
    }
}

/// Where the events of a bot go. URLs hold secrets often enough that logs do not see them.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(String);

impl Endpoint {
    /// An HTTPS URL from the wire. Whether it can be reached, and may be, is for those who send.
    ///
    /// # Errors
    /// Invalid.
    pub fn parse(text: &str) -> Result<Self> {
        let host = text.strip_prefix("https://").unwrap_or_default();
        if host.is_empty() || host.starts_with(['/', '?', '#']) {
            return Err(Error::invalid("OutboundEventsHTTPSEndpoint must be an https:// URL."));
        }
        if text.len() > MAX_ENDPOINT_BYTES {
            let words = format!("OutboundEventsHTTPSEndpoint must not be longer than {MAX_ENDPOINT_BYTES} bytes.");
            return Err(Error::invalid(words));
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Error::invalid("OutboundEventsHTTPSEndpoint must not contain blanks or control characters."));
        }
        Ok(Self(text.to_owned()))
    }

    /// One from the catalog.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Endpoint(…)")
    }
}

/// What PutEventsConfiguration names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventsRequest {
    /// `OutboundEventsHTTPSEndpoint`.
    pub https_endpoint: Option<String>,
    /// `LambdaFunctionArn`.
    pub lambda_arn: Option<String>,
}

impl EventsRequest {
    /// The endpoint it comes to.
    ///
    /// # Errors
    /// Invalid for none, for both, for a URL that is none, and for a Lambda function, which this server cannot call.
    pub fn endpoint(&self) -> Result<Endpoint> {
        match (&self.https_endpoint, &self.lambda_arn) {
            (Some(url), None) => Endpoint::parse(url),
            (None, Some(_)) => {
                Err(Error::invalid("This server sends events to HTTPS endpoints only, not to Lambda functions."))
            }
            (Some(_), Some(_)) | (None, None) => {
                Err(Error::invalid("One of OutboundEventsHTTPSEndpoint and LambdaFunctionArn is required."))
            }
        }
    }
}

/// A bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    /// Its id.
    pub id: BotId,
    /// The account it belongs to; never changes.
    pub account_id: AccountId,
    /// Its name, as it was given; not unique.
    pub display_name: String,
    /// Its e-mail address; nothing is sent there.
    pub email: String,
    /// Whether it is switched off.
    pub disabled: bool,
    /// The key its events are signed with.
    pub security_token: SecurityToken,
    /// Where its events go.
    pub endpoint: Option<Endpoint>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed; never before `created_at`.
    pub updated_at: Timestamp,
}

impl Listed for Bot {
    fn key(&self) -> Key {
        Key { at: self.created_at, id: self.id.as_str().to_owned() }
    }
}

impl Bot {
    /// A bot as CreateBot makes it: on, with a security token, and without a place for its events.
    ///
    /// # Errors
    /// Invalid for a name or a domain that is none.
    pub fn new(
        id: BotId,
        account_id: AccountId,
        display_name: &str,
        domain: &str,
        security_token: SecurityToken,
        now: Timestamp,
    ) -> Result<Self> {
        let display_name = name(display_name)?;
        Ok(Self {
            id,
            account_id,
            email: email(&display_name, domain)?,
            display_name,
            disabled: false,
            security_token,
            endpoint: None,
            created_at: now,
            updated_at: now,
        })
    }

    /// The name as it is shown: with ` (Bot)`.
    pub fn shown_name(&self) -> String {
        shown_name(&self.display_name)
    }

    /// Whether it can be added to rooms now.
    pub fn standing(&self) -> Standing {
        Standing::of_bot(self.disabled, self.endpoint.is_some())
    }
}

/// A bot's name as it is shown: with ` (Bot)`.
pub fn shown_name(name: &str) -> String {
    format!("{name} (Bot)")
}

/// The domain of a bot's e-mail address when the request names none: one below the account's id that nobody else can
/// have, unless the operator chose another.
pub fn default_domain(account: &AccountId, chosen: Option<&str>) -> String {
    chosen.map_or_else(|| format!("{account}.chime.internal"), str::to_owned)
}

fn name(text: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Error::invalid("DisplayName must not be blank."));
    }
    if text.chars().count() > MAX_NAME_CHARS {
        return Err(Error::invalid(format!("DisplayName must not be longer than {MAX_NAME_CHARS} characters.")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid("DisplayName must not contain control characters."));
    }
    Ok(text.to_owned())
}

/// `<name>-chimebot@<domain>`; what cannot stand in the local part of an address becomes a hyphen.
fn email(name: &str, domain: &str) -> Result<String> {
    let labels = domain.split('.').all(|label| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    if domain.len() > 253 || !labels {
        return Err(Error::invalid("Domain must be a domain name."));
    }
    let fits = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' };
    let local: String = name.chars().map(fits).collect();
    Ok(format!("{local}-chimebot@{domain}"))
}

/// The account has its quota of bots.
///
/// # Errors
/// OverLimit when `attempted` is more than the quota.
pub fn check_quota(attempted: u64, quota: Option<u64>) -> Result<()> {
    match quota {
        Some(maximum) if attempted > maximum => {
            Err(Error::over_limit(format!("An account can have {maximum} bots at most.")))
        }
        Some(_) | None => Ok(()),
    }
}

/// One thing that happens to a bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Switched off or on.
    Disabled(bool),
    /// Another security token.
    Token(SecurityToken),
    /// Another place for its events, or none.
    Endpoint(Option<Endpoint>),
}

/// The bot after a change; the same when it changes nothing.
#[must_use]
pub fn apply(bot: &Bot, change: &Change, now: Timestamp) -> Bot {
    let mut after = bot.clone();
    match change {
        Change::Disabled(disabled) => after.disabled = *disabled,
        Change::Token(token) => after.security_token = token.clone(),
        Change::Endpoint(endpoint) => after.endpoint.clone_from(endpoint),
    }
    if after != *bot {
        after.updated_at = now.max(bot.created_at);
    }
    after
}

/// A bot with its account, in one read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotView {
    /// The account.
    pub account: Account,
    /// The bot.
    pub bot: Bot,
}

/// An account with one bot of it, in one read; the bot is `None` when the account has none with that id. It proves
/// nothing: [`permit`] turns it into a [`Permitted`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotLookup {
    /// The account.
    pub account: Account,
    /// The bot.
    pub bot: Option<Bot>,
}

/// What is read about a bot that is not in the account.
pub fn absent(id: &BotId) -> Error {
    Error::not_found(format!("The bot {id} does not exist in this account."))
}

/// What is read about a bot's events when they go nowhere.
pub fn no_events(id: &BotId) -> Error {
    Error::not_found(format!("The bot {id} has no events configuration."))
}

/// Proves that `caller` may do `A` with the bot, or answers as an observer may be answered: first what
/// [`crate::account::permit`] answers about the account, then that there is no such bot in it.
///
/// # Errors
/// NotFound, Forbidden.
pub fn permit<A: AccountAction>(
    policy: &Policy,
    caller: &Caller,
    found: BotLookup,
    id: &BotId,
) -> Result<Permitted<BotView, A>> {
    let BotLookup { account, bot } = found;
    decide::check::<A>(policy, caller, &account)?;
    let bot = bot.ok_or_else(|| absent(id))?;
    Ok(Permitted::granted(BotView { account, bot }))
}
