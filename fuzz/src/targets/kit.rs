//! What every dialect stands on: framing, hosts, and paths of the Cloud Images dialect.

use http::{HeaderMap, HeaderValue, Uri};
use salon_http::{
    kit::{
        Hosts,
        fuzz::{self as door, Framing},
    },
    rackspace,
};

use crate::given::{choice, headers, text};

pub(crate) const FRAMING_WORDS: &[&str] = &[
    "GET / HTTP/1.1\r\n",
    "PUT /x HTTP/1.1\r\n",
    "Host: x\r\n",
    "\r\n",
    "\n",
    "\r",
    "Content-Length: ",
    "3",
    "Transfer-Encoding: chunked\r\n",
    "0\r\n\r\n",
    "A;x=y\r\n",
    "abc",
    ": ",
    " ",
    "Trailer: x\r\n",
    ",",
    "18446744073709551615",
    "fffffffffffffff",
];

pub(crate) const HOST_WORDS: &[&str] = &[
    "Host: ",
    "localhost",
    "127.0.0.1",
    ":9292",
    "[::1]",
    "X-Forwarded-Host: ",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Prefix: /",
    "\n",
    "images.example",
    "@",
    "/",
    "%",
    "evil",
];

/// A connection's bytes. However they are cut, the answer is the same, and it is that of a reader that has them all.
pub(crate) fn framing(data: &[u8]) {
    let Some((first, data)) = choice(data) else { return };
    let whole = door::framing([data]);
    let step = usize::from(first % 16) + 1;
    assert_eq!(door::framing(data.chunks(step)), whole, "cut by {step}");
    assert_eq!(door::framing(data.chunks(1)), whole, "byte by byte");
    let (head, tail) = data.split_at(usize::from(first).min(data.len()));
    assert_eq!(door::framing([head, tail]), whole, "cut in two");
    let wanted = plainly(data);
    assert_eq!(whole, wanted);
}

/// Reads requests one after the other from bytes that are all there.
fn plainly(mut rest: &[u8]) -> Framing {
    const HEAD: Framing = Framing::Refused("Head");
    const BODY: Framing = Framing::Refused("Body");
    loop {
        let mut blank = 0;
        let mut request_line = false;
        let (mut length, mut chunked) = (None, false);
        loop {
            let line = match next_line(&mut rest) {
                Line::Bad => return HEAD,
                Line::Part(0) if !request_line => return Framing::Idle,
                Line::Part(_) => return Framing::InHead,
                Line::Whole(line) => line,
            };
            if line.is_empty() && !request_line {
                blank += 1;
                if blank > 1 {
                    return HEAD;
                }
                continue;
            }
            if !request_line {
                request_line = true;
                continue;
            }
            if line.is_empty() {
                break;
            }
            // Only so much of a line is kept, and what is not kept has no meaning.
            let long = line.len() + 2 > 512;
            let kept = if long { line.get(..512).unwrap_or(line) } else { line };
            let Some(colon) = kept.iter().position(|byte| *byte == b':') else { return HEAD };
            let (name, value) = (kept.get(..colon).unwrap_or_default(), kept.get(colon + 1..).unwrap_or_default());
            if name.is_empty() || name.iter().any(u8::is_ascii_whitespace) {
                return HEAD;
            }
            let value = value.trim_ascii();
            if name.eq_ignore_ascii_case(b"content-length") {
                let digits = text(value)
                    .filter(|value| (1..=19).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit()));
                match digits.and_then(|digits| digits.parse::<u64>().ok()) {
                    Some(number) if length.is_none() && !long => length = Some(number),
                    _ => return HEAD,
                }
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                if chunked || long || !value.eq_ignore_ascii_case(b"chunked") {
                    return HEAD;
                }
                chunked = true;
            }
        }
        match (length, chunked) {
            (Some(_), true) => return HEAD,
            (Some(length), false) => match usize::try_from(length).ok().filter(|length| *length <= rest.len()) {
                Some(length) => rest = rest.get(length..).unwrap_or_default(),
                None => return Framing::InBody,
            },
            (None, false) => {}
            (None, true) => loop {
                let line = match bounded_line(&mut rest, 256) {
                    Line::Bad => return BODY,
                    Line::Part(_) => return Framing::InBody,
                    Line::Whole(line) => line,
                };
                let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
                let digits =
                    text(digits).filter(|d| (1..=15).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_hexdigit()));
                let Some(size) = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) else { return BODY };
                if size == 0 {
                    match trailers(&mut rest) {
                        Line::Whole(_) => break,
                        Line::Part(_) => return Framing::InBody,
                        Line::Bad => return BODY,
                    }
                }
                match usize::try_from(size).ok().filter(|size| *size <= rest.len()) {
                    Some(size) => rest = rest.get(size..).unwrap_or_default(),
                    None => return Framing::InBody,
                }
                match bounded_line(&mut rest, 2) {
                    Line::Whole([]) => {}
                    Line::Part(_) => return Framing::InBody,
                    Line::Whole(_) | Line::Bad => return BODY,
                }
            },
        }
    }
}

/// Reads trailers to the empty line behind them.
fn trailers<'a>(rest: &mut &'a [u8]) -> Line<'a> {
    let mut room = 8 << 10;
    loop {
        let before = rest.len();
        match bounded_line(rest, room) {
            Line::Whole(line) if !line.is_empty() => room -= before - rest.len(),
            end => return end,
        }
    }
}

enum Line<'a> {
    Whole(&'a [u8]),
    /// So many bytes of a line that is sound so far.
    Part(usize),
    Bad,
}

/// A line that ends with CR and LF, and has neither inside.
fn next_line<'a>(rest: &mut &'a [u8]) -> Line<'a> {
    bounded_line(rest, usize::MAX)
}

/// The same with so many bytes at most, its end counted.
fn bounded_line<'a>(rest: &mut &'a [u8], most: usize) -> Line<'a> {
    let odd = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let Some(at) = odd else {
        return if rest.len() > most { Line::Bad } else { Line::Part(rest.len()) };
    };
    match rest.get(at..) {
        Some([b'\r']) if at < most => Line::Part(rest.len()),
        Some([b'\r', b'\n', ..]) if at + 2 <= most => {
            let line = rest.get(..at).unwrap_or_default();
            *rest = rest.get(at + 2..).unwrap_or_default();
            Line::Whole(line)
        }
        _ => Line::Bad,
    }
}

/// Links never carry what is no host, and never a stranger's.
pub(crate) fn host(data: &[u8]) {
    let headers: HeaderMap = headers(data);
    let hosts = Hosts {
        public_endpoint: None,
        names: vec!["images.example".to_owned()],
        proxies: vec!["127.0.0.9".parse().unwrap()],
    };
    let local = "127.0.0.1:9292".parse().unwrap();
    for (peer, trusted) in [("127.0.0.9", true), ("127.0.0.8", false)] {
        let base = door::base(&hosts, &headers, peer.parse().unwrap(), local);
        assert!(
            HeaderValue::from_str(&base).is_ok()
                && !base.ends_with('/')
                && !base.contains([' ', '"', '\'', '<', '@', '\\'])
        );
        if trusted {
            continue;
        }
        let uri: Uri = base.parse().unwrap_or_else(|error| panic!("{base}: {error}"));
        let host = uri.host().expect("a host").to_ascii_lowercase();
        assert!(
            matches!(host.as_str(), "127.0.0.1" | "localhost" | "images.example" | "[::ffff:127.0.0.1]")
                || host
                    .trim_matches(['[', ']'])
                    .parse::<std::net::Ipv6Addr>()
                    .is_ok_and(|v6| v6.to_canonical().is_loopback()),
            "{base}"
        );
    }
}

/// Every form of a path becomes a routed one, and a routed one stays what it is.
pub(crate) fn rackspace_path(data: &[u8]) {
    let Some(path) = text(data) else { return };
    let Some((tenant, routed)) = rackspace::fuzz::path(path) else { return };
    assert!(routed == "/" || routed.starts_with("/v2/") || routed.starts_with("/v1/containers/"), "{routed}");
    assert!(tenant.is_none() || routed != "/");
    assert!(routed.len() <= path.len() + "/v1/containers/".len());
    if let Some(rest) = routed.strip_prefix("/v2/images") {
        let again = rackspace::fuzz::path(&routed);
        if rest.is_empty() || rest.starts_with('/') && !rest.ends_with(".json") && !rest.ends_with('/') {
            assert_eq!(again, Some((None, routed)));
        }
    }
}
