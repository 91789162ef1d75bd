//! Users.

use salon_core::{Error, ProjectId, Result, UserId};

use super::{User, UserChanges, domains, taken, unstorable};
use crate::{
    Catalog,
    sql::{Answer, Reader, Tx, values},
};

pub(super) const COLUMNS: &str = "id, domain_id, name, password_hash, default_project_id, enabled";
const TAKEN: &str = "A user with this id or name exists already.";

impl Catalog {
    /// Adds a user.
    ///
    /// # Errors
    /// Conflict when id or name is taken, NotFound when the domain is not there.
    pub async fn create_user(&self, user: &User) -> Result<()> {
        self.db.write(user.clone(), create).await
    }

    /// A user by id.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>> {
        self.db.read(id.clone(), by_id).await
    }

    /// A user by name within its domain.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn user_by_name(&self, domain_id: &str, name: &str) -> Result<Option<User>> {
        self.db.read((domain_id.to_owned(), name.to_owned()), by_name).await
    }

    /// Users in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn users(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<User>> {
        self.db.scan((after.map_or("", UserId::as_str).to_owned(), limit), list).await
    }

    /// Changes a user and answers it as it is then; disabling or a new password ends its tokens.
    ///
    /// # Errors
    /// NotFound; Conflict when the name is taken.
    pub async fn update_user(&self, id: &UserId, changes: &UserChanges) -> Result<User> {
        self.db.write((id.clone(), changes.clone()), update).await.map_err(|error| taken(error, TAKEN))
    }

    /// Removes a user with its assignments, tokens, access keys and API keys.
    ///
    /// # Errors
    /// NotFound.
    pub async fn delete_user(&self, id: &UserId) -> Result<()> {
        self.db.write(id.clone(), delete).await
    }
}

pub(super) fn read(row: &mut Reader<'_>) -> Result<User> {
    Ok(User {
        id: UserId::new(row.text("id")?),
        domain_id: row.text("domain_id")?,
        name: row.text("name")?,
        password_hash: row.opt_text("password_hash")?,
        default_project_id: row.opt_text("default_project_id")?.map(ProjectId::new),
        enabled: row.flag("enabled")?,
    })
}

pub(super) fn absent(id: &UserId) -> Error {
    Error::not_found(format!("Could not find user: {id}."))
}

/// Locks a user's row; answers password hash and whether it is enabled.
pub(super) async fn lock(tx: &mut Tx, id: &UserId) -> Result<Option<(Option<String>, bool)>> {
    if unstorable(id.as_str()) {
        return Ok(None);
    }
    let sql = format!("SELECT id, password_hash, enabled FROM users WHERE id = ?{}", tx.for_update());
    tx.one(&sql, values![id.as_str()], "users", |row| {
        row.text("id")?;
        Ok((row.opt_text("password_hash")?, row.flag("enabled")?))
    })
    .await
}

fn create<'a>(tx: &'a mut Tx, user: &'a User) -> Answer<'a, ()> {
    Box::pin(async move {
        domains::require(tx, &user.domain_id).await?;
        let sql = format!("INSERT INTO users ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)");
        let default = user.default_project_id.as_ref().map(ProjectId::as_str);
        let row = values![user.id.as_str(), &user.domain_id, &user.name, &user.password_hash, default, user.enabled];
        match tx.insert(&sql, row).await? {
            true => Ok(()),
            false => Err(Error::conflict(TAKEN)),
        }
    })
}

fn by_id<'a>(tx: &'a mut Tx, id: &'a UserId) -> Answer<'a, Option<User>> {
    Box::pin(find(tx, id))
}

async fn find(tx: &mut Tx, id: &UserId) -> Result<Option<User>> {
    if unstorable(id.as_str()) {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?");
    tx.one(&sql, values![id.as_str()], "users", read).await
}

fn by_name<'a>(tx: &'a mut Tx, input: &'a (String, String)) -> Answer<'a, Option<User>> {
    let (domain, name) = input;
    Box::pin(async move {
        if unstorable(domain) || unstorable(name) {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS} FROM users WHERE domain_id = ? AND name = ?");
        tx.one(&sql, values![domain, name], "users", read).await
    })
}

fn list<'a>(tx: &'a mut Tx, input: &'a (String, u32)) -> Answer<'a, Vec<User>> {
    let (after, limit) = input;
    Box::pin(async move {
        if unstorable(after) {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id > ? ORDER BY id LIMIT {limit}");
        tx.all(&sql, values![after], "users", read).await
    })
}

fn update<'a>(tx: &'a mut Tx, input: &'a (UserId, UserChanges)) -> Answer<'a, User> {
    let (id, changes) = input;
    Box::pin(async move {
        if lock(tx, id).await?.is_none() {
            return Err(absent(id));
        }
        const UPDATE: &str = "UPDATE users SET name = COALESCE(?, name), password_hash = COALESCE(?, password_hash), \
            enabled = COALESCE(?, enabled) WHERE id = ?";
        let enabled = changes.enabled.map(i64::from);
        tx.execute(UPDATE, values![&changes.name, &changes.password_hash, enabled, id.as_str()]).await?;
        if let Some(default) = &changes.default_project_id {
            let default = default.as_ref().map(ProjectId::as_str);
            let sql = "UPDATE users SET default_project_id = ? WHERE id = ?";
            tx.execute(sql, values![default, id.as_str()]).await?;
        }
        if changes.enabled == Some(false) || changes.password_hash.is_some() {
            tx.execute("DELETE FROM tokens WHERE user_id = ?", values![id.as_str()]).await?;
        }
        find(tx, id).await?.ok_or_else(|| absent(id))
    })
}

fn delete<'a>(tx: &'a mut Tx, id: &'a UserId) -> Answer<'a, ()> {
    Box::pin(async move {
        if unstorable(id.as_str()) || tx.execute("DELETE FROM users WHERE id = ?", values![id.as_str()]).await? == 0 {
            return Err(absent(id));
        }
        for table in ["assignments", "tokens", "access_keys", "api_keys"] {
            tx.execute(&format!("DELETE FROM {table} WHERE user_id = ?"), values![id.as_str()]).await?;
        }
        Ok(())
    })
}
