//! A door for the fuzzer, which is outside of this crate (`fuzz/` in the repository). Nothing else uses it.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use super::{Hosts, framing::Guard, pages::Pages};

/// What the guard of framing says of a connection's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Accepted so far, the peer being between requests.
    Idle,
    /// Accepted so far, the peer being inside a head.
    InHead,
    /// Accepted so far, the peer being inside a body.
    InBody,
    /// Refused: `Head` or `Body`.
    Refused(&'static str),
}

/// Shows pieces to the guard, in order.
pub fn framing<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Framing {
    let mut guard = Guard::new();
    for piece in pieces {
        if let Err(violation) = guard.accept(piece) {
            return Framing::Refused(match violation {
                super::framing::Violation::Head => "Head",
                super::framing::Violation::Body => "Body",
            });
        }
    }
    match (guard.is_idle(), guard.is_in_head(), guard.is_in_body()) {
        (true, _, _) => Framing::Idle,
        (_, true, _) => Framing::InHead,
        _ => Framing::InBody,
    }
}

/// The base of links.
pub fn base(hosts: &Hosts, headers: &HeaderMap, peer: IpAddr, local: SocketAddr) -> String {
    hosts.base(headers, peer, local)
}

/// A page token under a fixed secret.
pub fn seal(list: &str, place: &str) -> Option<String> {
    Pages::new(&[7; 32]).ok()?.seal(list, place).ok()
}

/// Where a page token leads under the same secret.
pub fn open(list: &str, token: &str) -> Option<String> {
    Pages::new(&[7; 32]).ok()?.open(list, token)
}
