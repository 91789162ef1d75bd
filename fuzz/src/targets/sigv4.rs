//! AWS signatures: what a request says of its own, what is signed, and what nobody signed.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use percent_encoding::percent_decode_str;
use salon_identity::{
    Secret,
    sigv4::{Presented, Reason, SignedRequest, Unsigned, canonical_path, canonical_query, sign},
};

use crate::given::{NOW, headers, line, text};

pub(crate) const WORDS: &[&str] = &[
    "Authorization: AWS4-HMAC-SHA256 ",
    "Credential=",
    "AKIDEXAMPLE/20260921/us-east-1/chime/aws4_request",
    ", ",
    "SignedHeaders=",
    "host;x-amz-date",
    "Signature=",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "\nX-Amz-Date: 20260921T133320Z",
    "\nHost: h",
    "\nDate: Mon, 21 Sep 2026 13:33:20 GMT",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "&X-Amz-Credential=",
    "&X-Amz-Expires=60",
    "&X-Amz-SignedHeaders=host",
    "&X-Amz-Signature=",
    "\nx-amz-security-token: ",
    "\nx-amz-content-sha256: UNSIGNED-PAYLOAD",
    "/accounts/a/rooms",
    "?",
    "%2F",
    "operation=add",
];

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// The first line is a method, a path and a query with blanks between them; then headers, an empty line, and the body.
pub(crate) fn read(data: &[u8]) {
    let (first, rest) = line(data);
    let Some(first) = text(first) else { return };
    let mut parts = first.split(' ');
    let Ok(method) = parts.next().unwrap_or_default().parse::<Method>() else { return };
    let (path, query) = (parts.next().unwrap_or_default(), parts.next());
    let (head, body) = match rest.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 2..).unwrap_or_default()),
        None => (rest, &b""[..]),
    };
    let headers = headers(head);
    let request = SignedRequest { method: &method, path, query, headers: &headers };
    let presented = match Presented::read(&request, "chime") {
        Ok(presented) => presented,
        Err(refusal) => {
            assert!(!matches!(refusal.reason, Reason::UnknownKey) && refusal.message.is_ascii());
            return;
        }
    };
    let key = presented.access_key();
    assert!(
        (1..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );
    let _ = presented.check_time(NOW, Duration::from_secs(900));
    // Nobody signed this; the hash of a signature that a fuzzer guesses does not exist.
    assert!(presented.check(&request, body, &Secret::new(SECRET)).is_err());
}

/// The first line is a target, then comes the body. What is signed here is accepted here, and nothing that differs is.
pub(crate) fn signed(data: &[u8]) {
    let (target, body) = line(data);
    let Some(target) = text(target) else { return };
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    // Such a request says twice how it is signed.
    let names = query.unwrap_or_default().split('&').map(|part| part.split('=').next().unwrap_or_default());
    if names.into_iter().any(|name| percent_decode_str(name).decode_utf8_lossy() == "X-Amz-Algorithm") {
        return;
    }
    let secret = Secret::new(SECRET);
    let order = Unsigned { method: "POST", target, host: "h:1", body, region: "us-east-1", service: "chime" };
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("h:1"));
    for (name, value) in sign(&order, "AKIDEXAMPLE", &secret, NOW) {
        headers.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(&value).unwrap());
    }
    let request = SignedRequest { method: &Method::POST, path, query, headers: &headers };
    let presented = Presented::read(&request, "chime").expect("what was signed here can be read here");
    presented.check_time(NOW, Duration::ZERO).expect("now");
    presented.check(&request, body, &secret).expect("what was signed here is accepted here");
    let refused = |other: SignedRequest<'_>, body: &[u8]| presented.check(&other, body, &secret).is_err();
    assert!(refused(request, &[body, b"x"].concat()));
    assert!(refused(SignedRequest { method: &Method::PUT, ..request }, body));
    let longer = format!("{path}/x");
    assert!(refused(SignedRequest { path: &longer, ..request }, body));
    let more = format!("{}&x", query.unwrap_or_default());
    assert!(refused(SignedRequest { query: Some(&more), ..request }, body));
    assert!(presented.check(&request, body, &Secret::new("another")).is_err());
}

/// Canonical forms, and what they must not change.
pub(crate) fn canonical(data: &[u8]) {
    let Some(raw) = text(data) else { return };
    let path = canonical_path(raw);
    let mut kept: Vec<&str> = Vec::new();
    for segment in raw.split('/').filter(|segment| !segment.is_empty() && *segment != ".") {
        if segment == ".." {
            kept.pop();
        } else {
            kept.push(segment);
        }
    }
    let plain = percent_decode_str(&path).decode_utf8().expect("what was encoded was text");
    let mut expected = format!("/{}", kept.join("/"));
    if raw.ends_with('/') && !kept.is_empty() {
        expected.push('/');
    }
    assert_eq!(plain, expected);
    assert!(is_plain(&path.replace('/', "")));

    let query = canonical_query(raw, None);
    assert_eq!(canonical_query(&query, None), query, "written once, it stays");
    assert!(is_plain(&query.replace(['&', '='], "")));
    let mut wanted = meaning(raw);
    let mut found = meaning(&query);
    let written = query.split('&').map(|part| part.split_once('='));
    assert!(written.is_sorted());
    wanted.sort();
    found.sort();
    assert_eq!(found, wanted, "every parameter keeps its meaning");
    let without = canonical_query(raw, Some("x"));
    assert!(meaning(&without).iter().all(|(name, _)| name != b"x"));
}

fn meaning(query: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~%".contains(&byte))
}
