//! Identifiers as types, and the source of randomness that is passed as an argument.

use std::fmt;

use serde::Serialize;

/// Longest id of a project, user or member that is accepted, in characters.
pub const MAX_ID_CHARS: usize = 255;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the id as it stands; callers that read it from the wire validate first.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use text_id;

text_id! {
    /// A project (tenant, AWS account): the owner of things and the usual member.
    ProjectId
}
text_id! {
    /// A user of the identity in force.
    UserId
}

/// The id of an image: 8-4-4-4-12 hexadecimal digits, either case, case preserved, compared byte-wise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ImageId(String);

impl ImageId {
    /// Parses an id from the wire; `None` when it does not have the shape of a UUID.
    pub fn parse(text: &str) -> Option<Self> {
        // Counted, not looked for: every row of a list comes by here, and counting takes one instruction for many bytes.
        let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
        let hyphens = || [8, 13, 18, 23].iter().all(|at| text.as_bytes().get(*at) == Some(&b'-'));
        let shaped = text.len() == 36 && digits == 32 && hyphens();
        shaped.then(|| Self(text.to_owned()))
    }

    /// A fresh random id (UUID version 4).
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self(uuid_text(entropy))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where random bytes come from. The binary has the one real source; tests pass a seeded one.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes` with random values fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// A UUID version 4 in lower case, as text.
pub fn uuid_text(entropy: &dyn Entropy) -> String {
    let mut raw = [0_u8; 16];
    entropy.fill(&mut raw);
    let value = (u128::from_be_bytes(raw) & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let digits = hex(value.to_be_bytes());
    let mut text = String::with_capacity(36);
    for (from, to) in [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)] {
        if from > 0 {
            text.push('-');
        }
        text.push_str(digits.get(from..to).unwrap_or_default());
    }
    text
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let bytes = bytes.into_iter();
    let mut text = String::with_capacity(2 * bytes.size_hint().0);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(DIGITS.get(usize::from(nibble)).copied().unwrap_or('0'));
        }
    }
    text
}

/// `bytes` random bytes as lower-case hexadecimal text (project and user ids are 16 bytes).
pub fn hex_text(entropy: &dyn Entropy, bytes: usize) -> String {
    let mut raw = vec![0_u8; bytes];
    entropy.fill(&mut raw);
    hex(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_image_has_the_shape_of_a_uuid() {
        let good = "a96be11e-8536-4910-92cb-DE50AA19DFE6";
        assert_eq!(ImageId::parse(good).map(|id| id.to_string()).as_deref(), Some(good));
        for at in 0..good.len() {
            for wrong in ["", "-", "0", "g", "é", "00"].iter().filter(|wrong| **wrong != &good[at..=at]) {
                let text = format!("{}{wrong}{}", &good[..at], &good[at + 1..]);
                let same = *wrong == "0" && &good[at..=at] != "-";
                assert_eq!(ImageId::parse(&text).is_some(), same, "{text}");
            }
        }
    }
}
