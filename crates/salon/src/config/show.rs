//! `salon config show`.

use std::{borrow::Cow, fmt::Write as _};

use super::Config;

/// The settings as a configuration file, with every key's documentation if asked for.
///
/// Keys without a value stand as comments, so that the output is a valid file.
pub(crate) fn render(config: &Config, documented: bool) -> String {
    let mut text = String::new();
    for (section, doc, keys) in config.shown() {
        if !text.is_empty() {
            text.push('\n');
        }
        if documented {
            comment(&mut text, doc);
        }
        let _ = writeln!(text, "[{section}]");
        for key in keys {
            if documented {
                comment(&mut text, key.doc);
            }
            let _ = match key.value.map(masked) {
                Some(value) => writeln!(text, "{} = {value}", key.name),
                None => writeln!(text, "# {} =", key.name),
            };
        }
    }
    text
}

/// A user name or password in a URL is a secret, whatever the key is for.
fn masked(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::String(text) => toml::Value::String(without_credentials(&text).into_owned()),
        other => other,
    }
}

/// A URL with `***` for a user name and password before its host, if there are any.
pub(crate) fn without_credentials(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed(url) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rfind('@').and_then(|at| rest.get(at..)) {
        Some(host) => Cow::Owned(format!("{scheme}://***{host}")),
        None => Cow::Borrowed(url),
    }
}

fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "#{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_credentials() {
        for (url, shown) in [
            ("http://host/a@b?c@d", "http://host/a@b?c@d"),
            ("http://user:pw@host:1/a", "http://***@host:1/a"),
            ("http://us@er:pw@host", "http://***@host"),
            ("user@host", "user@host"),
            ("", ""),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
