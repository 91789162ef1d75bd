//! The text of a message: its limits, and whom it calls.

use crate::{Error, Result};

/// Longest text, in bytes of UTF-8.
pub const MAX_BYTES: usize = 4096;

/// Members a room may have for `@All` and `@Present` to be allowed in it.
pub const MOST_CALLED: u64 = 50;

/// A text that may be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content(String);

impl Content {
    /// Checks a text from the wire.
    ///
    /// # Errors
    /// OverLimit when it is longer than [`MAX_BYTES`]; Invalid when it is blank or has NUL characters.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_BYTES {
            return Err(Error::over_limit(format!("Content must not be longer than {MAX_BYTES} bytes.")));
        }
        if text.trim().is_empty() {
            return Err(Error::invalid("Content must not be empty."));
        }
        if text.contains('\0') {
            return Err(Error::invalid("Content must not contain NUL characters."));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it calls everybody: `@All` or `@Present`, in any case.
    pub fn calls_everybody(&self) -> bool {
        handles(&self.0).any(|(_, rest)| {
            let alias = rest.split(|c: char| !is_alias(c)).next().unwrap_or_default();
            // `@all@example.com` is somebody's address.
            let address = rest.get(alias.len()..).is_some_and(|after| after.starts_with('@'));
            let alias = alias.trim_end_matches(is_punctuation);
            !address && (alias.eq_ignore_ascii_case("all") || alias.eq_ignore_ascii_case("present"))
        })
    }

    /// Checks the text against the room it is for.
    ///
    /// # Errors
    /// Invalid when it calls everybody in a room of more than [`MOST_CALLED`] members.
    pub fn check_room(&self, members: u64) -> Result<()> {
        if members > MOST_CALLED && self.calls_everybody() {
            return Err(Error::invalid(format!(
                "@All and @Present can't be used in a room of more than {MOST_CALLED} members."
            )));
        }
        Ok(())
    }
}

/// How a bot may be called.
#[derive(Clone, Copy, Debug)]
pub struct BotName<'a> {
    /// Its name, without ` (Bot)`.
    pub display_name: &'a str,
    /// Its e-mail address.
    pub email: &'a str,
}

/// The part of `text` that is for the bot: from the place where the text calls it to the end, so that it begins with
/// `@`. A bot is called by its e-mail address, its name, its name and domain, or its name as it is shown.
pub fn mention<'a>(text: &'a str, bot: BotName<'_>) -> Option<&'a str> {
    let domain = bot.email.rsplit_once('@').map_or("", |(_, domain)| domain);
    let names = [
        bot.email.to_owned(),
        format!("{}@{domain}", bot.display_name),
        format!("{} (Bot)", bot.display_name),
        bot.display_name.to_owned(),
    ];
    handles(text).find(|(_, rest)| names.iter().any(|name| begins(rest, name))).and_then(|(at, _)| text.get(at..))
}

/// Every place of an `@` that begins a name, with what follows it.
fn handles(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('@').filter_map(|(at, _)| {
        let inside = text.get(..at).and_then(|before| before.chars().next_back()).is_some_and(is_alias);
        if inside { None } else { Some((at, text.get(at + 1..)?)) }
    })
}

/// Whether `text` begins with `name` in any case, and the name ends there.
fn begins(text: &str, name: &str) -> bool {
    if name.is_empty() {
        return false;
    }
    let mut rest = text.chars();
    for wanted in name.chars() {
        match rest.next() {
            Some(found) if found == wanted || found.to_lowercase().eq(wanted.to_lowercase()) => {}
            _ => return false,
        }
    }
    let rest = rest.as_str();
    match rest.trim_start_matches(is_punctuation).chars().next() {
        None => true,
        // `@bot@elsewhere.example` is somebody else.
        Some('@') => !rest.starts_with('@') || !rest.chars().nth(1).is_some_and(char::is_alphanumeric),
        Some(next) => !is_alias(next),
    }
}

/// Characters of names.
fn is_alias(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || is_punctuation(c)
}

/// Characters that are part of a name only inside of it.
fn is_punctuation(c: char) -> bool {
    matches!(c, '.' | '-' | '+')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Kind;

    fn content(text: &str) -> Content {
        Content::parse(text).unwrap()
    }

    #[test]
    fn texts_are_bounded_in_bytes() {
        assert_eq!(content(&"a".repeat(4096)).as_str().len(), 4096);
        assert_eq!(Content::parse(&"a".repeat(4097)).unwrap_err().kind(), Kind::OverLimit);
        assert_eq!(Content::parse(&"ż".repeat(2049)).unwrap_err().kind(), Kind::OverLimit);
        for wrong in ["", " \n\t", "a\0b"] {
            assert_eq!(Content::parse(wrong).unwrap_err().kind(), Kind::Invalid, "{wrong:?}");
        }
        assert_eq!(content(" Zażółć 🎉 ").as_str(), " Zażółć 🎉 ");
    }

    #[test]
    fn everybody_is_called_by_name_only() {
        for text in ["@All", "@all", "hi @Present!", "@ALL: fire", "(@all)", "@All.", "x\n@present", "@All's", "@@all"]
        {
            assert!(content(text).calls_everybody(), "{text}");
        }
        for text in ["all", "@allen", "@all-hands", "x@all", "@all@example.com", "@all.hands", "a.b@present", "@ all"] {
            assert!(!content(text).calls_everybody(), "{text}");
        }
        assert!(content("@All").check_room(50).is_ok());
        assert_eq!(content("@All").check_room(51).unwrap_err().kind(), Kind::Invalid);
        assert!(content("hello").check_room(1000).is_ok());
    }

    #[test]
    fn a_bot_is_called_by_any_of_its_names() {
        let bot = BotName { display_name: "My Bot", email: "My Bot-chimebot@example.com" };
        for (text, part) in [
            ("@My Bot run", "@My Bot run"),
            ("@my bot", "@my bot"),
            ("@My Bot-chimebot@example.com hello", "@My Bot-chimebot@example.com hello"),
            ("@my bot@EXAMPLE.com hello", "@my bot@EXAMPLE.com hello"),
            ("@My Bot (Bot), hello", "@My Bot (Bot), hello"),
            ("please, @My Bot: run", "@My Bot: run"),
            ("@My Botany and @My Bot.", "@My Bot."),
            ("@My Bot @ home", "@My Bot @ home"),
        ] {
            assert_eq!(mention(text, bot), Some(part), "{text}");
        }
        for text in ["My Bot", "x@My Bot", "@My Botany", "@My Bot@elsewhere.org", "@My Bot-2", "@", "@@", ""] {
            assert_eq!(mention(text, bot), None, "{text}");
        }
        assert_eq!(mention("@ nobody", BotName { display_name: "", email: "" }), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in ".{0,60}|[@a-zA-Z. ]{0,40}", name in ".{0,8}") {
            if let Some(part) = mention(&text, BotName { display_name: &name, email: "b-chimebot@example.com" }) {
                prop_assert!(part.starts_with('@') && text.ends_with(part));
            }
            if let Ok(content) = Content::parse(&text) {
                content.calls_everybody();
            }
        }
    }
}
