//! The URLs that messages come in through, and their secrets.

use aws_lc_rs::{digest, hmac};
use salon_core::{
    Entropy, Result,
    id::{hex, hex_text},
    message::{
        Inbound,
        posting::{BotToken, TokenHash},
    },
};

use crate::Service;

/// Random bytes of a webhook's secret.
const TOKEN_BYTES: usize = 32;

/// Name of the secret that signs the URLs of bots.
const BOT_URLS: &str = "bot-urls";

/// A new secret, and its hash, which is what is kept.
pub(crate) fn fresh_token(entropy: &dyn Entropy) -> (String, TokenHash) {
    let token = hex_text(entropy, TOKEN_BYTES);
    let hash = hash(&token);
    (token, hash)
}

/// The hash of a secret.
pub(crate) fn hash(token: &str) -> TokenHash {
    TokenHash::new(hex(digest::digest(&digest::SHA256, token.as_bytes()).as_ref().iter().copied()))
}

/// The whole URL.
pub(crate) fn of(service: &Service, inbound: &Inbound, token: &str) -> String {
    let base = &service.settings().messages.base;
    format!("{base}/incomingwebhooks/{}?token={token}", inbound.to_text())
}

/// The URL of a bot in a room.
///
/// # Errors
/// Unavailable.
pub(crate) async fn of_bot(service: &Service, room_id: &str, bot_id: &str, token: &BotToken) -> Result<String> {
    let key = key(service).await?;
    let signature = hex(hmac::sign(&key, token.signed_text(room_id, bot_id).as_bytes()).as_ref().iter().copied());
    let inbound = Inbound::Bot { room_id: room_id.to_owned(), bot_id: bot_id.to_owned() };
    Ok(of(service, &inbound, &token.to_text(&signature)))
}

/// What a bot's token says, if it is one that this server gave to this bot for this room.
///
/// # Errors
/// Unavailable.
pub(crate) async fn read_bot(service: &Service, room_id: &str, bot_id: &str, text: &str) -> Result<Option<BotToken>> {
    let Some((token, signature)) = BotToken::parse(text) else { return Ok(None) };
    let Some(signature) = bytes(signature) else { return Ok(None) };
    let key = key(service).await?;
    let genuine = hmac::verify(&key, token.signed_text(room_id, bot_id).as_bytes(), &signature).is_ok();
    Ok(genuine.then_some(token))
}

async fn key(service: &Service) -> Result<hmac::Key> {
    let secret = service.catalog().secret(BOT_URLS, service.entropy()).await?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
}

/// Reads hexadecimal digits in lower case: one text for one value.
fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    let value = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
    if rest.is_empty() { pairs.iter().map(value).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_bytes() {
        assert_eq!(bytes("00ff1a"), Some(vec![0, 255, 26]));
        assert_eq!(hex([0, 255, 26]), "00ff1a");
        for wrong in ["0", "0g", "FF", "ż"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash("abc").as_str(), known);
    }
}
