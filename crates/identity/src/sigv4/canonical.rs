//! The canonical form of a request: what both sides of a signature write down the same way.

use http::{HeaderMap, header::HeaderName};
use percent_encoding::percent_decode_str;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// The raw path of a request, normalised and then encoded once more: every service but S3 signs it so. Empty and `.`
/// segments go, `..` takes the segment before it along, a slash at the end stays.
pub fn path(raw: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let mut out = String::with_capacity(raw.len() + 1);
    for segment in &kept {
        out.push('/');
        encode(segment.as_bytes(), &mut out);
    }
    if kept.is_empty() || raw.ends_with('/') {
        out.push('/');
    }
    out
}

/// Another form of the same path, where there are two: after a `.` or `..` at the end, RFC 3986 keeps a slash, as AWS's SDK
/// for Rust signs it, and botocore does not. What such a path leads to is the router's to refuse.
pub(super) fn other_path(raw: &str) -> Option<String> {
    let last = raw.rsplit('/').next()?;
    let one = path(raw);
    (matches!(last, "." | "..") && !one.ends_with('/')).then(|| one + "/")
}

/// The raw query: each name and value decoded and encoded anew, in the order of their bytes. `+` is a plus sign.
/// Parameters called `without` are left out.
pub fn query(raw: &str, without: Option<&str>) -> String {
    let mut pairs: Vec<(String, String)> = raw
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (recoded(name), recoded(value))
        })
        .filter(|(name, _)| without.is_none_or(|without| name != without))
        .collect();
    pairs.sort_unstable();
    let mut out = String::with_capacity(raw.len() + 1);
    for (at, (name, value)) in pairs.iter().enumerate() {
        if at > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
    out
}

/// A header's values as they are signed: trimmed, inner runs of blanks made one, joined by commas. `None` when the
/// request has no such header.
pub(super) fn header(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let mut out: Option<Vec<u8>> = None;
    for value in headers.get_all(name) {
        match &mut out {
            Some(out) => out.push(b','),
            None => out = Some(Vec::with_capacity(value.len())),
        }
        let Some(out) = &mut out else { continue };
        let words = value.as_bytes().split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        for (at, word) in words.enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(word);
        }
    }
    out
}

fn recoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    encode(&percent_decode_str(text).collect::<Vec<u8>>(), &mut out);
    out
}

/// Percent-encodes everything but letters, digits, `-`, `_`, `.` and `~`.
fn encode(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(*byte));
        } else {
            out.push('%');
            for half in [byte >> 4, byte & 15] {
                out.push(HEX.get(usize::from(half)).map_or('0', |digit| char::from(*digit)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths() {
        for (raw, canonical) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/accounts", "/accounts"),
            ("/accounts/", "/accounts/"),
            ("/accounts//rooms/r", "/accounts/rooms/r"),
            ("/accounts/../rooms/r", "/rooms/r"),
            ("/../..", "/"),
            ("/a/./b/.", "/a/b"),
            ("/a%2Fb", "/a%252Fb"),
            ("/a%2fb", "/a%252fb"),
            ("/a+b:c", "/a%2Bb%3Ac"),
            ("/ü", "/%C3%BC"),
        ] {
            assert_eq!(path(raw), canonical, "{raw}");
        }
    }

    #[test]
    fn queries() {
        for (raw, canonical) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1&a", "a=&a=1&a=2"),
            ("a=%2b+%20", "a=%2B%2B%20"),
            ("&&a=1&", "a=1"),
            ("a=1=2", "a=1%3D2"),
            ("a=%zz%f", "a=%25zz%25f"),
            ("a=%ff", "a=%FF"),
        ] {
            assert_eq!(query(raw, None), canonical, "{raw}");
        }
        assert_eq!(query("X-Amz-Signature=1&a=2", Some("X-Amz-Signature")), "a=2");
    }

    #[test]
    fn headers() {
        let mut headers = HeaderMap::new();
        headers.append("a", HeaderValue::from_static("  x   y\t z "));
        headers.append("a", HeaderValue::from_static(""));
        headers.append("a", HeaderValue::from_bytes(b"\xff").unwrap());
        let name = |name| HeaderName::from_static(name);
        assert_eq!(header(&headers, &name("a")).as_deref(), Some(&b"x y z,,\xff"[..]));
        assert_eq!(header(&headers, &name("b")), None);
    }

    proptest! {
        #[test]
        fn any_path_has_one_canonical_form(raw in "(/|\\.|%|[a-zA-Z0-9]|\\PC){0,40}") {
            let canonical = path(&raw);
            prop_assert!(canonical.starts_with('/') && canonical.is_ascii() && !canonical.contains("//"));
            prop_assert!(canonical.split('/').all(|segment| segment != "." && segment != ".."));
        }

        #[test]
        fn any_query_keeps_its_meaning(raw in "(&|=|%|%2|\\+|[a-zA-Z0-9]|\\PC){0,40}") {
            let canonical = query(&raw, None);
            // Written once, it stays.
            prop_assert_eq!(query(&canonical, None), canonical);
        }
    }
}
