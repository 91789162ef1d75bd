//! A strict second look at the framing of requests, before hyper sees the bytes.
//!
//! hyper accepts what RFC 9112 lets a recipient repair: both `Content-Length` and `Transfer-Encoding`, repeated lengths,
//! line feeds without carriage returns. Every repair is a chance that a proxy in front counts the requests differently
//! (request smuggling), so here each of these is an error. The guard follows the bytes as they pass and keeps no more
//! than one header line; it also knows whether the peer owes us the rest of a head, which the time-outs need.

/// Longest stored part of a line; a longer line is only counted, unless its meaning would be needed.
const KEPT: usize = 512;
/// Longest chunk-size line with its extensions.
const CHUNK_LINE: usize = 256;
/// All trailer fields of one body together.
const TRAILER_BYTES: usize = 8 << 10;
/// Empty lines tolerated before a request line (some old clients send one after a body).
const BLANK_LINES: u8 = 1;

/// Why the bytes are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// In a head: the answer is 400.
    Head,
    /// In a chunked body: the connection is cut.
    Body,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Head { blank: u8, request_line: bool, length: Option<u64>, chunked: bool },
    Body { left: u64 },
    ChunkLine,
    ChunkData { left: u64 },
    ChunkEnd,
    Trailers { bytes: usize },
    Broken,
}

const FRESH: State = State::Head { blank: 0, request_line: false, length: None, chunked: false };

/// Follows one connection's incoming bytes.
#[derive(Debug)]
pub(crate) struct Guard {
    state: State,
    line: Vec<u8>,
    line_bytes: usize,
    /// The last byte seen is a carriage return.
    carriage: bool,
}

impl Guard {
    pub(crate) const fn new() -> Self {
        Self { state: FRESH, line: Vec::new(), line_bytes: 0, carriage: false }
    }

    /// Whether the peer is between requests.
    pub(crate) fn is_idle(&self) -> bool {
        self.line_bytes == 0 && matches!(self.state, State::Head { request_line: false, .. })
    }

    /// Whether the peer is inside a head.
    pub(crate) fn is_in_head(&self) -> bool {
        matches!(self.state, State::Head { .. }) && !self.is_idle()
    }

    /// Whether bytes of a request's body are still to come.
    pub(crate) fn is_in_body(&self) -> bool {
        !matches!(self.state, State::Head { .. } | State::Broken)
    }

    /// Takes note of bytes that are about to be handed on.
    pub(crate) fn accept(&mut self, mut bytes: &[u8]) -> Result<(), Violation> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::Broken => return Err(Violation::Head),
                State::Body { left } | State::ChunkData { left } => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= taken as u64;
                    bytes = bytes.get(taken..).unwrap_or_default();
                    if *left == 0 {
                        self.state = if matches!(self.state, State::Body { .. }) { FRESH } else { State::ChunkEnd };
                    }
                }
                State::Head { .. } | State::ChunkLine | State::ChunkEnd | State::Trailers { .. } => {
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    let (part, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
                    bytes = rest;
                    self.line_bytes += part.len();
                    let room = KEPT.saturating_sub(self.line.len());
                    self.line.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
                    let violation =
                        if matches!(self.state, State::Head { .. }) { Violation::Head } else { Violation::Body };
                    let sound = self.line_is_sound(part) && (end.is_none() || self.end_of_line().is_some());
                    if !sound {
                        self.state = State::Broken;
                        return Err(violation);
                    }
                    if end.is_some() {
                        self.line.clear();
                        self.line_bytes = 0;
                    }
                }
            }
        }
        Ok(())
    }

    /// No carriage return but directly before the line feed, no line feed without one, lengths in bounds.
    fn line_is_sound(&mut self, part: &[u8]) -> bool {
        let body = part.strip_suffix(b"\n").unwrap_or(part);
        let ends_line = body.len() < part.len();
        let carriages = match body.iter().position(|byte| *byte == b'\r') {
            Some(at) => at + 1 == body.len() && !self.carriage,
            None if ends_line => body.is_empty() && self.carriage,
            None => !self.carriage,
        };
        self.carriage = !ends_line && body.last() == Some(&b'\r');
        let bounded = match self.state {
            State::ChunkLine => self.line_bytes <= CHUNK_LINE,
            State::ChunkEnd => self.line_bytes <= 2,
            State::Trailers { bytes } => bytes + self.line_bytes <= TRAILER_BYTES,
            State::Head { .. } | State::Body { .. } | State::ChunkData { .. } | State::Broken => true,
        };
        carriages && bounded
    }

    /// Reads a complete line and moves on; `None` refuses it.
    fn end_of_line(&mut self) -> Option<()> {
        let whole = self.line.len() == self.line_bytes;
        let line = if whole { self.line.strip_suffix(b"\r\n")? } else { self.line.as_slice() };
        let next = match &mut self.state {
            State::Head { blank, request_line: request_line @ false, .. } => {
                if line.is_empty() {
                    *blank += 1;
                    return (*blank <= BLANK_LINES).then_some(());
                }
                *request_line = true;
                return Some(());
            }
            State::Head { length, chunked, .. } if !line.is_empty() => {
                let colon = line.iter().position(|byte| *byte == b':');
                let Some(colon) = colon else {
                    // A line without a colon is malformed; one whose name alone exceeds what is kept is, too.
                    return None;
                };
                let (name, value) = line.split_at(colon);
                if name.is_empty() || name.iter().any(|byte| byte.is_ascii_whitespace()) {
                    return None;
                }
                let value = value.get(1..)?.trim_ascii();
                if name.eq_ignore_ascii_case(b"content-length") {
                    if !whole || length.is_some() {
                        return None;
                    }
                    *length = Some(decimal(value)?);
                } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                    if !whole || *chunked || !value.eq_ignore_ascii_case(b"chunked") {
                        return None;
                    }
                    *chunked = true;
                }
                return Some(());
            }
            State::Head { length, chunked, .. } => match (*length, *chunked) {
                (Some(_), true) => return None,
                (None, true) => State::ChunkLine,
                (Some(left), false) if left > 0 => State::Body { left },
                (_, false) => FRESH,
            },
            State::ChunkLine => {
                let digits = line.split(|byte| *byte == b';').next()?;
                match hexadecimal(digits.trim_ascii_end())? {
                    0 => State::Trailers { bytes: 0 },
                    left => State::ChunkData { left },
                }
            }
            State::ChunkEnd if line.is_empty() => State::ChunkLine,
            State::Trailers { bytes } if !line.is_empty() => {
                *bytes += self.line_bytes;
                return Some(());
            }
            State::Trailers { .. } => FRESH,
            State::ChunkEnd | State::Body { .. } | State::ChunkData { .. } | State::Broken => return None,
        };
        self.state = next;
        Some(())
    }
}

fn decimal(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.len() <= 19 && text.iter().all(u8::is_ascii_digit);
    if !digits {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn hexadecimal(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.len() <= 15 && text.iter().all(u8::is_ascii_hexdigit);
    if !digits {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn feed(bytes: &[u8], step: usize) -> Result<Guard, Violation> {
        let mut guard = Guard::new();
        for part in bytes.chunks(step.max(1)) {
            guard.accept(part)?;
        }
        Ok(guard)
    }

    const GOOD: &[&str] = &[
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\na\nb\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
        "PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    ];

    const BAD: &[(&str, Violation)] = &[
        ("GET / HTTP/1.1\nHost: x\n\n", Violation::Head),
        ("GET / HTTP/1.1\r\nHost: x\n\r\n", Violation::Head),
        ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", Violation::Head),
        ("\r\n\r\nGET / HTTP/1.1\r\n\r\n", Violation::Head),
        ("GET / HTTP/1.1\r\nX: a\r\n folded\r\n\r\n", Violation::Head),
        ("GET / HTTP/1.1\r\nContent-Length : 3\r\n\r\n", Violation::Head),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", Violation::Head),
        ("PUT / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", Violation::Head),
        ("PUT / HTTP/1.1\r\nContent-Length: 3, 3\r\n\r\n", Violation::Head),
        ("PUT / HTTP/1.1\r\nContent-Length: +3\r\n\r\n", Violation::Head),
        ("PUT / HTTP/1.1\r\nContent-Length: 0x3\r\n\r\n", Violation::Head),
        ("PUT / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", Violation::Head),
        ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", Violation::Head),
        ("PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", Violation::Head),
        ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n", Violation::Head),
        ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\r\n", Violation::Body),
        ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", Violation::Body),
        ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n", Violation::Body),
        ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", Violation::Body),
    ];

    #[test]
    fn t_h1_framing_is_strict_however_the_bytes_are_cut() {
        for step in 1..40 {
            for text in GOOD {
                assert!(feed(text.as_bytes(), step).is_ok_and(|guard| guard.is_idle()), "{text:?} by {step}");
            }
            for (text, violation) in BAD {
                assert_eq!(feed(text.as_bytes(), step).err(), Some(*violation), "{text:?} by {step}");
            }
        }
    }

    #[test]
    fn long_lines_and_extensions_are_bounded() {
        let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(20_000));
        for step in [1, 511, 512, 513, 4096, 65_536] {
            assert!(feed(long.as_bytes(), step).is_ok_and(|guard| guard.is_idle()), "by {step}");
        }
        let extension = format!("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;{}\r\n", "y".repeat(300));
        assert_eq!(feed(extension.as_bytes(), 7).err(), Some(Violation::Body));
    }

    #[test]
    fn knows_where_it_is() {
        let mut guard = Guard::new();
        assert!(guard.is_idle());
        guard.accept(b"PU").unwrap();
        assert!(guard.is_in_head());
        guard.accept(b"T / HTTP/1.1\r\nContent-Length: 2\r\n\r\na").unwrap();
        assert!(guard.is_in_body());
        guard.accept(b"b").unwrap();
        assert!(guard.is_idle());
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged_the_same_however_they_are_cut(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b':'), Just(b'3'), any::<u8>()], 0..200),
            step in 1_usize..30,
        ) {
            prop_assert_eq!(feed(&bytes, step).err(), feed(&bytes, 1).err());
        }
    }
}
