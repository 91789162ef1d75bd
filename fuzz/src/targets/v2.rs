//! Headers and paths of the Image API v2.

use std::ops::Range;

use http::{HeaderMap, HeaderValue, Method};
use salon_http::{
    image_v2::{ROUTES, fuzz as door},
    kit::{Matched, router::match_path},
};

use crate::given::{choice, line, text};

pub(crate) const RANGE_WORDS: &[&str] =
    &["bytes=", "bytes ", "-", "/", "*", "0", "9", "18446744073709551615", "18446744073709551616", " ", ",", "BYTES"];

pub(crate) const ACCEPT_WORDS: &[&str] = &[
    "text/html",
    "application/json",
    "*/*",
    "text/*",
    ";q=0.5",
    ";q=0",
    ";q=1.000",
    ",",
    "; level=1",
    "\"",
    "\\",
    ";ext=\"a,b\"",
    " ",
];

pub(crate) const ROUTE_WORDS: &[&str] = &[
    "/v2/images",
    "/",
    "members",
    "file",
    "tags",
    "%2F",
    "%69mages",
    "%",
    "schemas",
    "actions",
    "deactivate",
    "..",
    "\u{fc}",
];

/// `r` or `c` for the header, the size in decimal digits up to the end of the line, and the header's value.
pub(crate) fn range(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let (size, value) = line(rest);
    let Some(size) = text(size).and_then(|size| size.parse::<u64>().ok()) else { return };
    let Ok(header) = HeaderValue::from_bytes(value) else { return };
    let mut headers = HeaderMap::new();
    let legacy = first & 1 != 0;
    headers.insert(if legacy { "content-range" } else { "range" }, header.clone());
    let answer = door::range(&headers, size);
    let Ok(value) = header.to_str() else {
        assert_eq!(answer.map_err(|status| status.as_u16()), Err(416));
        return;
    };
    let expected = if legacy { content_range(value, size) } else { plain_range(value, size) };
    match answer {
        Ok(found) => {
            let found = found.expect("a header asks for a part");
            assert!(found.start < found.end && found.end <= size);
            assert_eq!(Some(found), expected, "{value:?} of {size}");
        }
        Err(status) => {
            assert!(
                matches!(status.as_u16(), 400 | 416) && expected.is_none(),
                "{value:?} of {size}: {status}, {expected:?}"
            );
        }
    }
}

/// The same in numbers that cannot overflow.
fn plain_range(value: &str, size: u64) -> Option<Range<u64>> {
    let value = value.trim();
    let (unit, spec) = value.split_once('=')?;
    if !unit.trim_end().eq_ignore_ascii_case("bytes") || spec.contains(',') {
        return None;
    }
    let (first, last) = spec.split_once('-')?;
    let size = u128::from(size);
    let (start, end) = match (first.trim(), last.trim()) {
        ("", "") => return None,
        ("", count) => (size.saturating_sub(digits(count)?), size),
        (first, "") => (digits(first)?, size),
        (first, last) => {
            let (first, last) = (digits(first)?, digits(last)?);
            // What is larger than any size is equal.
            if first.min(u128::from(u64::MAX)) > last {
                return None;
            }
            (first, (last + 1).min(size))
        }
    };
    narrow(start, end, size)
}

fn content_range(value: &str, size: u64) -> Option<Range<u64>> {
    let (spec, length) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = spec.split_once('-')?;
    let (first, end) = (digits(first)?, digits(last)? + 1);
    let fits = length == "*" || digits(length)? >= end;
    if fits && end <= u128::from(size) { narrow(first, end, u128::from(size)) } else { None }
}

fn digits(text: &str) -> Option<u128> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let most = u128::from(u64::MAX) * 2;
    Some(text.parse().unwrap_or(most).min(most))
}

fn narrow(start: u128, end: u128, size: u128) -> Option<Range<u64>> {
    let range = u64::try_from(start).ok()?..u64::try_from(end).ok()?;
    (start < end && end <= size).then_some(range)
}

/// Lines are headers. How a list is cut into headers, and what is empty in it, changes nothing.
pub(crate) fn accept(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for part in data.split(|byte| *byte == b'\n').take(16) {
        let Ok(value) = HeaderValue::from_bytes(part) else { return };
        headers.append("accept", value);
    }
    let answer = door::representation(&headers);
    let parts: Vec<&[u8]> = headers.get_all("accept").iter().map(HeaderValue::as_bytes).collect();
    let mut one = HeaderMap::new();
    one.insert("accept", HeaderValue::from_bytes(&parts.join(&b","[..])).unwrap());
    assert_eq!(door::representation(&one), answer);
    let mut padded = HeaderMap::new();
    padded.append("accept", HeaderValue::from_static(""));
    for part in &parts {
        padded.append("accept", HeaderValue::from_bytes(part).unwrap());
    }
    padded.append("accept", HeaderValue::from_static(" \t"));
    // A quote that is never closed takes what follows along.
    if parts.iter().all(|part| !part.contains(&b'"')) {
        assert_eq!(door::representation(&padded), answer);
    }
    let mut never = HeaderMap::new();
    for kind in ["text/html;q=0", "application/json;q=0", "text/*;q=0", "application/*;q=0", "*/*;q=0"] {
        never.append("accept", HeaderValue::from_static(kind));
    }
    // Whoever refuses both representations first gets text, if what follows can be read at all.
    for part in &parts {
        never.append("accept", HeaderValue::from_bytes(part).unwrap());
    }
    assert_ne!(door::representation(&never), "json");
}

/// What is found under a path is found again under the path that is made of it.
pub(crate) fn routes(data: &[u8]) {
    let Some(path) = text(data) else { return };
    for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        match match_path(ROUTES, &method, path) {
            Matched::Operation { operation, template, params } => {
                let encoded = |name: &str| {
                    percent_encoding::utf8_percent_encode(params.get(name), percent_encoding::NON_ALPHANUMERIC)
                        .to_string()
                };
                let segments = template.split('/').map(|segment| {
                    match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                        Some(name) => encoded(name),
                        None => segment.to_owned(),
                    }
                });
                let again = segments.collect::<Vec<_>>().join("/");
                assert_eq!(match_path(ROUTES, &method, &again), Matched::Operation { operation, template, params });
            }
            Matched::WrongMethod { allow, .. } => assert!(!allow.split(", ").any(|own| own == method.as_str())),
            Matched::Unknown => {}
        }
    }
}
