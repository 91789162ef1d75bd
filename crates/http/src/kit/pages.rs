//! Page tokens: where a list goes on, sealed, so that nobody makes one up, changes one, or uses one for another list.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use salon_core::{Error, Result};

/// Longest token that is looked at, in characters.
const MAX_TOKEN: usize = 2048;

/// Seals and opens tokens with this deployment's key.
pub(crate) struct Pages(LessSafeKey);

impl Pages {
    /// With the deployment's secret for this.
    ///
    /// # Errors
    /// Internal, when the secret cannot be a key.
    pub(crate) fn new(secret: &[u8; 32]) -> Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM_SIV, secret);
        let key = key.map_err(|_| Error::internal("the secret of page tokens cannot be a key"))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// The token that goes on after `place` in the list that `list` names. The same place in the same list has the same
    /// token: the cipher is one that may see a nonce again.
    ///
    /// # Errors
    /// Internal.
    pub(crate) fn seal(&self, list: &str, place: &str) -> Result<String> {
        let mut text = place.as_bytes().to_vec();
        self.0
            .seal_in_place_append_tag(nonce(), Aad::from(list), &mut text)
            .map_err(|_| Error::internal("a page token could not be sealed"))?;
        Ok(salon_core::id::hex(text))
    }

    /// Where a token goes on in the list that `list` names; `None` for one that was not made here for it.
    pub(crate) fn open(&self, list: &str, token: &str) -> Option<String> {
        let mut sealed = unhex(token)?;
        let place = self.0.open_in_place(nonce(), Aad::from(list), &mut sealed).ok()?;
        std::str::from_utf8(place).ok().map(str::to_owned)
    }
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let shaped = text.len() <= MAX_TOKEN && text.len().is_multiple_of(2);
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !shaped || !digits {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_list_opens_an_unchanged_token() {
        let pages = Pages::new(&[7; 32]).unwrap();
        let place = "-5\nü\n/";
        let token = pages.seal("ListRooms a", place).unwrap();
        assert_eq!(pages.open("ListRooms a", &token).as_deref(), Some(place));
        assert_eq!(pages.open("ListRooms b", &token), None);
        assert_eq!(Pages::new(&[8; 32]).unwrap().open("ListRooms a", &token), None);
        assert!(!token.contains("a\n") && token.bytes().all(|byte| byte.is_ascii_hexdigit()));
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(pages.open("ListRooms a", std::str::from_utf8(&changed).unwrap()), None);
        }
        for odd in ["", "0", "zz", "ü", &token[2..], &token.to_uppercase(), &"0".repeat(5000)] {
            assert_eq!(pages.open("ListRooms a", odd), None, "{odd}");
        }
        assert_ne!(pages.seal("ListRooms a", "-4\nü\n/").unwrap(), token);
    }
}
