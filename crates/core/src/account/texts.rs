//! Texts from the wire: names and e-mail addresses.

use super::MAX_NAME_CHARS;
use crate::{Error, Result};

/// Longest e-mail address, display name or name of a group, in characters.
pub const MAX_TEXT_CHARS: usize = 255;

/// A name of an account: 1 to 100 characters, one of them at least not blank, no control characters.
///
/// # Errors
/// Invalid.
pub fn account_name(text: &str) -> Result<String> {
    plain(text, "Name", MAX_NAME_CHARS)
}

/// A name of a person or a group: not blank, no control characters, at most 255 characters.
///
/// # Errors
/// Invalid; `what` is what it is called on the wire.
pub fn name(text: &str, what: &str) -> Result<String> {
    plain(text, what, MAX_TEXT_CHARS)
}

/// An e-mail address as the API takes it (`.+@.+\..+`), at most 255 characters, none a control character.
///
/// # Errors
/// Invalid.
pub fn email(text: &str) -> Result<String> {
    let text = plain(text, "An e-mail address", MAX_TEXT_CHARS)?;
    // Some `@` with something before it and, after it, a full stop that is neither first nor last.
    let shaped = text.char_indices().any(|(at, c)| {
        let domain = text.get(at + 1..).unwrap_or_default();
        let inner = domain.char_indices().skip(1).any(|(dot, c)| c == '.' && dot + 1 < domain.len());
        c == '@' && at > 0 && inner
    });
    if shaped { Ok(text) } else { Err(Error::invalid("An e-mail address must have the form name@domain.example.")) }
}

/// What two spellings of one address have in common: ASCII letters in lower case. Everything else compares byte by byte.
pub fn email_key(email: &str) -> String {
    email.to_ascii_lowercase()
}

fn plain(text: &str, what: &str, most: usize) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Error::invalid(format!("{what} must not be blank.")));
    }
    if text.chars().count() > most {
        return Err(Error::invalid(format!("{what} must not be longer than {most} characters.")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(format!("{what} must not contain control characters.")));
    }
    Ok(text.to_owned())
}
