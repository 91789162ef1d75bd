//! The arithmetic of a signature.

use aws_lc_rs::{digest, hmac};

use salon_core::{Timestamp, id::hex};

use crate::Secret;

/// The one algorithm.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How every scope ends.
pub(super) const TERMINATOR: &str = "aws4_request";

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref().iter().copied())
}

/// The text that is signed: algorithm, time, scope, and the digest of the canonical request.
pub(super) fn string_to_sign(stamp: &str, scope: &str, canonical_request: &[u8]) -> String {
    format!("{ALGORITHM}\n{stamp}\n{scope}\n{}", sha256_hex(canonical_request))
}

/// The signature of `text` in the scope of a day, region and service.
pub(super) fn signature(secret: &str, [day, region, service]: [&str; 3], text: &str) -> String {
    let mut key = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{secret}").as_bytes());
    for part in [day, region, service, TERMINATOR] {
        key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
    }
    hex(hmac::sign(&key, text.as_bytes()).as_ref().iter().copied())
}

/// A signature of our own.
pub(crate) struct Signature {
    pub(crate) stamp: String,
    pub(crate) signature: String,
    pub(crate) authorization: String,
}

/// Signs `GET /` of `host` without query and body.
pub(crate) fn sign_plain(key: &str, secret: &Secret, service: &str, host: &str, now: Timestamp) -> Signature {
    const REGION: &str = "salon";
    const SIGNED: &str = "host;x-amz-date";
    let stamp = super::parse::stamp_of(now);
    let day = stamp.get(..8).unwrap_or_default();
    let scope = format!("{day}/{REGION}/{service}/{TERMINATOR}");
    let canonical = format!("GET\n/\n\nhost:{host}\nx-amz-date:{stamp}\n\n{SIGNED}\n{}", sha256_hex(b""));
    let text = string_to_sign(&stamp, &scope, canonical.as_bytes());
    let signature = signature(secret.reveal(), [day, REGION, service], &text);
    let authorization = format!("{ALGORITHM} Credential={key}/{scope}, SignedHeaders={SIGNED}, Signature={signature}");
    Signature { stamp, signature, authorization }
}
