//! Secrets that all servers on one database share: each is made once, when it is first needed, and never changes.

use salon_core::{Entropy, Error, Result, id::hex_text};

use crate::{
    Catalog,
    sql::{Answer, Tx, values},
};

/// Bytes of a secret.
const BYTES: usize = 32;

impl Catalog {
    /// The secret called `name`, at most 32 characters; made of `entropy` if there is none yet. Of several servers that
    /// ask for it at once, all get the same.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn secret(&self, name: &str, entropy: &dyn Entropy) -> Result<[u8; BYTES]> {
        let found = self.db.read(name.to_owned(), find).await?;
        let text = match found {
            Some(text) => text,
            None => self.db.write((name.to_owned(), hex_text(entropy, BYTES)), make).await?,
        };
        bytes(&text).ok_or_else(|| Error::internal(format!("table server_secrets, row {name}: value is no secret")))
    }
}

fn bytes(text: &str) -> Option<[u8; BYTES]> {
    let mut bytes = [0_u8; BYTES];
    if text.len() != BYTES * 2 {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn find<'a>(tx: &'a mut Tx, name: &'a String) -> Answer<'a, Option<String>> {
    Box::pin(async move {
        let sql = "SELECT value FROM server_secrets WHERE name = ?";
        tx.one(sql, values![name], "server_secrets", |row| row.text("value")).await
    })
}

fn make<'a>(tx: &'a mut Tx, input: &'a (String, String)) -> Answer<'a, String> {
    let (name, value) = input;
    Box::pin(async move {
        if tx.insert("INSERT INTO server_secrets (name, value) VALUES (?, ?)", values![name, value]).await? {
            return Ok(value.clone());
        }
        // Somebody was faster, and is done: the insert waited for that.
        find(tx, name).await?.ok_or_else(Error::stale)
    })
}
