//! Which representation of an error the client wants, from its `Accept` header (RFC 9110 §12.5.1).
//!
//! The reference offers HTML and JSON, in that order of its own preference, and falls back to text. Two of its habits
//! are what clients rely on: `*/*` means HTML, and an absent or empty header means text.

use http::{HeaderMap, header::ACCEPT};

/// A representation of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Representation {
    /// `text/html`
    Html,
    /// `application/json`
    Json,
    /// `text/plain`
    Text,
}

/// One element of the header.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    /// Has parameters of the media type itself: none of the offers has any, so it matches only exactly never.
    parameters: bool,
    /// Thousandths.
    quality: u16,
}

/// Chooses for a request's headers.
pub(crate) fn representation(headers: &HeaderMap) -> Representation {
    let mut joined = String::new();
    for value in headers.get_all(ACCEPT) {
        let Ok(value) = value.to_str() else { return Representation::Html };
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(value);
    }
    choose(&joined)
}

/// Chooses for a header's value; a malformed one accepts everything, which is HTML.
fn choose(accept: &str) -> Representation {
    let mut ranges = Vec::new();
    for element in split_outside_quotes(accept, ',') {
        let element = trim(element);
        if element.is_empty() {
            continue;
        }
        match parse(element) {
            Some(range) => ranges.push(range),
            None => return Representation::Html,
        }
    }
    let html = quality(&ranges, "text", "html");
    let json = quality(&ranges, "application", "json");
    match (html, json) {
        (0, 0) => Representation::Text,
        (html, json) if html >= json => Representation::Html,
        _ => Representation::Json,
    }
}

/// The quality of an offer: that of the most specific range that matches it, the first of equals.
fn quality(ranges: &[Range<'_>], kind: &str, subtype: &str) -> u16 {
    let mut best = (0, 0);
    for range in ranges {
        let specificity = if range.kind.eq_ignore_ascii_case(kind) && range.subtype.eq_ignore_ascii_case(subtype) {
            if range.parameters { 0 } else { 3 }
        } else if range.kind.eq_ignore_ascii_case(kind) && range.subtype == "*" {
            2
        } else if range.kind == "*" && range.subtype == "*" {
            1
        } else {
            0
        };
        if specificity > best.0 {
            best = (specificity, range.quality);
        }
    }
    best.1
}

fn parse(element: &str) -> Option<Range<'_>> {
    let mut parts = split_outside_quotes(element, ';');
    let (kind, subtype) = trim(parts.next()?).split_once('/')?;
    if !is_token(kind) || !is_token(subtype) {
        return None;
    }
    let mut range = Range { kind, subtype, parameters: false, quality: 1000 };
    let mut weighed = false;
    for part in parts {
        let part = trim(part);
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (part, None),
        };
        if !is_token(name) || value.is_some_and(|value| !is_token(value) && !is_quoted(value)) {
            return None;
        }
        match value {
            Some(value) if !weighed && name.eq_ignore_ascii_case("q") => {
                range.quality = parse_quality(value)?;
                weighed = true;
            }
            // Behind the weight come extensions, with or without a value; they decide nothing.
            _ if weighed => {}
            Some(_) => range.parameters = true,
            None => return None,
        }
    }
    Some(range)
}

/// `0`, `0.xxx`, `1`, `1.000` in thousandths.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

fn split_outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |letter| {
        if escaped {
            escaped = false;
        } else if quoted && letter == '\\' {
            escaped = true;
        } else if letter == '"' {
            quoted = !quoted;
        }
        !quoted && letter == separator
    })
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

fn is_quoted(text: &str) -> bool {
    text.len() >= 2 && text.starts_with('"') && text.ends_with('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_decides() {
        use Representation::{Html, Json, Text};
        for (accept, expected) in [
            ("", Text),
            ("   ", Text),
            (",", Text),
            ("text/plain", Text),
            ("image/png", Text),
            ("application/octet-stream", Text),
            ("application/json", Json),
            ("APPLICATION/JSON", Json),
            ("application/*", Json),
            ("application/json, text/plain", Json),
            ("application/json;q=0.5, text/html;q=0.4", Json),
            ("application/json;q=0.5, text/html;q=0.5", Html),
            ("application/json, */*", Html),
            ("application/json, */*;q=0.1", Json),
            ("*/*", Html),
            ("text/html", Html),
            ("text/*", Html),
            ("text/html;level=1", Text),
            ("text/html;level=1, application/json", Json),
            ("text/html;q=0", Text),
            ("*/*;q=0", Text),
            ("*/*, text/html;q=0", Json),
            ("text/html;q=0.9;ext=\"a,b\", application/json;q=0.8", Html),
            ("application/json;q=1.000;token", Json),
            // Malformed: everything is acceptable.
            ("*", Html),
            ("application/json;q=7", Html),
            ("application/json;q=0.1234", Html),
            ("application json", Html),
            ("application/json;;", Html),
            ("/", Html),
        ] {
            assert_eq!(choose(accept), expected, "{accept:?}");
        }
    }

    #[test]
    fn several_headers_are_one() {
        let mut headers = HeaderMap::new();
        assert_eq!(representation(&headers), Representation::Text);
        headers.append(ACCEPT, http::HeaderValue::from_static("text/html;q=0.1"));
        headers.append(ACCEPT, http::HeaderValue::from_static("application/json"));
        assert_eq!(representation(&headers), Representation::Json);
        headers.append(ACCEPT, http::HeaderValue::from_bytes(b"\xff").unwrap());
        assert_eq!(representation(&headers), Representation::Html);
    }
}
