//! API keys.

use salon_core::{Error, Result, UserId};

use super::{ApiKey, unstorable, users};
use crate::{
    Catalog,
    sql::{Answer, Reader, Tx, values},
};

const COLUMNS: &str = "id, digest, user_id, created_at";

impl Catalog {
    /// Stores an API key, unless the user has `most` of them already.
    ///
    /// # Errors
    /// Conflict when the id or the digest is taken; NotFound when the user is not there; OverLimit.
    pub async fn create_api_key(&self, key: &ApiKey, most: u32) -> Result<()> {
        self.db.write((key.clone(), most), create).await
    }

    /// Whether a user has an API key with this digest. The caller checks that the user is enabled.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn has_api_key(&self, user: &UserId, digest: &str) -> Result<bool> {
        self.db.read((user.clone(), digest.to_owned()), has).await
    }

    /// API keys of a user, in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn api_keys(&self, user: &UserId, after: Option<&str>, limit: u32) -> Result<Vec<ApiKey>> {
        self.db.scan((user.clone(), after.unwrap_or_default().to_owned(), limit), list).await
    }

    /// Removes an API key of a user and ends the user's tokens; false when it was not there.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn delete_api_key(&self, user: &UserId, id: &str) -> Result<bool> {
        self.db.write((user.clone(), id.to_owned()), delete).await
    }
}

fn read(row: &mut Reader<'_>) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.text("id")?,
        digest: row.text("digest")?,
        user_id: UserId::new(row.text("user_id")?),
        created_at: row.time("created_at")?,
    })
}

/// Whether the key is there and the user's. Under a lock of the user's row it stays so.
pub(super) async fn belongs(tx: &mut Tx, user: &UserId, digest: &str) -> Result<bool> {
    let sql = "SELECT id FROM api_keys WHERE digest = ? AND user_id = ?";
    tx.has(sql, values![digest, user.as_str()]).await
}

fn create<'a>(tx: &'a mut Tx, input: &'a (ApiKey, u32)) -> Answer<'a, ()> {
    let (key, most) = input;
    Box::pin(async move {
        if users::lock(tx, &key.user_id).await?.is_none() {
            return Err(users::absent(&key.user_id));
        }
        // Under the lock of the user's row.
        let sql = "SELECT COUNT(*) FROM api_keys WHERE user_id = ?";
        let count = tx.number(sql, values![key.user_id.as_str()], "api_keys").await?.unwrap_or(0);
        if count >= i64::from(*most) {
            return Err(Error::over_limit(format!("The user has {most} API keys already.")));
        }
        let sql = format!("INSERT INTO api_keys ({COLUMNS}) VALUES (?, ?, ?, ?)");
        match tx.insert(&sql, values![&key.id, &key.digest, key.user_id.as_str(), key.created_at]).await? {
            true => Ok(()),
            false => Err(Error::conflict("This API key exists already.")),
        }
    })
}

fn has<'a>(tx: &'a mut Tx, input: &'a (UserId, String)) -> Answer<'a, bool> {
    let (user, digest) = input;
    Box::pin(async move {
        if unstorable(user.as_str()) || unstorable(digest) {
            return Ok(false);
        }
        belongs(tx, user, digest).await
    })
}

fn list<'a>(tx: &'a mut Tx, input: &'a (UserId, String, u32)) -> Answer<'a, Vec<ApiKey>> {
    let (user, after, limit) = input;
    Box::pin(async move {
        if unstorable(user.as_str()) || unstorable(after) {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE user_id = ? AND id > ? ORDER BY id LIMIT {limit}");
        tx.all(&sql, values![user.as_str(), after], "api_keys", read).await
    })
}

fn delete<'a>(tx: &'a mut Tx, input: &'a (UserId, String)) -> Answer<'a, bool> {
    let (user, id) = input;
    Box::pin(async move {
        if unstorable(id) || users::lock(tx, user).await?.is_none() {
            return Ok(false);
        }
        let sql = "DELETE FROM api_keys WHERE user_id = ? AND id = ?";
        if tx.execute(sql, values![user.as_str(), id]).await? == 0 {
            return Ok(false);
        }
        tx.execute("DELETE FROM tokens WHERE user_id = ?", values![user.as_str()]).await?;
        Ok(true)
    })
}
