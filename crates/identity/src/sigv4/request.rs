//! Signing a request of our own: for the demo's client.

use salon_core::Timestamp;

use super::{
    canonical::{path, query},
    parse::stamp_of,
    sign::{ALGORITHM, TERMINATOR, sha256_hex, signature, string_to_sign},
};
use crate::Secret;

/// A request that is to be signed with its `host` and time.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query, percent-encoded as they are sent.
    pub target: &'a str,
    /// The header `Host` as it is sent.
    pub host: &'a str,
    /// All of the body.
    pub body: &'a [u8],
    /// The region of the scope.
    pub region: &'a str,
    /// The service of the scope.
    pub service: &'a str,
}

/// The headers that sign a request.
pub fn sign(request: &Unsigned<'_>, key: &str, secret: &Secret, now: Timestamp) -> [(&'static str, String); 2] {
    const SIGNED: &str = "host;x-amz-date";
    let stamp = stamp_of(now);
    let day = stamp.get(..8).unwrap_or_default();
    let Unsigned { method, target, host, body, region, service } = *request;
    let (raw_path, raw_query) = target.split_once('?').unwrap_or((target, ""));
    let scope = format!("{day}/{region}/{service}/{TERMINATOR}");
    let canonical = format!(
        "{method}\n{}\n{}\nhost:{host}\nx-amz-date:{stamp}\n\n{SIGNED}\n{}",
        path(raw_path),
        query(raw_query, None),
        sha256_hex(body)
    );
    let text = string_to_sign(&stamp, &scope, canonical.as_bytes());
    let signature = signature(secret.reveal(), [day, region, service], &text);
    let authorization = format!("{ALGORITHM} Credential={key}/{scope}, SignedHeaders={SIGNED}, Signature={signature}");
    [("X-Amz-Date", stamp), ("Authorization", authorization)]
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, Method};

    use super::*;
    use crate::sigv4::{Presented, Reason, SignedRequest};

    #[test]
    fn what_is_signed_here_is_accepted_here() {
        let now = Timestamp(1_795_000_000_000_000);
        let secret = Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
        let order = Unsigned {
            method: "POST",
            target: "/accounts/a%2Fb/rooms?operation=x&a=1",
            host: "127.0.0.1:9292",
            body: b"{}",
            region: "us-east-1",
            service: "chime",
        };
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("127.0.0.1:9292"));
        for (name, value) in sign(&order, "AKIDEXAMPLE", &secret, now) {
            headers.insert(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let arrived = SignedRequest {
            method: &Method::POST,
            path: "/accounts/a%2Fb/rooms",
            query: Some("operation=x&a=1"),
            headers: &headers,
        };
        let presented = Presented::read(&arrived, "chime").unwrap();
        assert_eq!(presented.access_key(), "AKIDEXAMPLE");
        presented.check(&arrived, b"{}", &secret).unwrap();
        assert_eq!(presented.check(&arrived, b"{ }", &secret).unwrap_err().reason, Reason::Mismatch);
    }
}
