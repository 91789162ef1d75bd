//! Access keys.

use salon_core::{Error, ProjectId, Result, UserId};

use super::{AccessKey, AccessKeyView, assignments, projects, unstorable, users};
use crate::{
    Catalog,
    sql::{Answer, Reader, Tx, values},
};

const COLUMNS: &str = "id, secret, user_id, project_id, created_at";

impl Catalog {
    /// Stores an access key, unless the user has `most` of them already.
    ///
    /// # Errors
    /// Conflict when the id is taken; NotFound when user or project is not there; OverLimit.
    pub async fn create_access_key(&self, key: &AccessKey, most: u32) -> Result<()> {
        self.db.write((key.clone(), most), create).await
    }

    /// An access key by its id. The caller checks that user and project are enabled.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn access_key(&self, id: &str) -> Result<Option<AccessKey>> {
        self.db.read((id.to_owned(),), by_id).await
    }

    /// An access key that may be used: its user, its project and their domains are enabled.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn usable_access_key(&self, id: &str) -> Result<Option<AccessKeyView>> {
        self.db.read((id.to_owned(),), usable).await
    }

    /// Access keys of a user, in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn access_keys(&self, user: &UserId, after: Option<&str>, limit: u32) -> Result<Vec<AccessKey>> {
        self.db.scan((user.clone(), after.unwrap_or_default().to_owned(), limit), list).await
    }

    /// Removes an access key of a user; false when it was not there.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn delete_access_key(&self, user: &UserId, id: &str) -> Result<bool> {
        self.db.write((user.clone(), id.to_owned()), delete).await
    }
}

fn read(row: &mut Reader<'_>) -> Result<AccessKey> {
    Ok(AccessKey {
        id: row.text("id")?,
        secret: row.text("secret")?,
        user_id: UserId::new(row.text("user_id")?),
        project_id: ProjectId::new(row.text("project_id")?),
        created_at: row.time("created_at")?,
    })
}

fn create<'a>(tx: &'a mut Tx, input: &'a (AccessKey, u32)) -> Answer<'a, ()> {
    let (key, most) = input;
    Box::pin(async move {
        if users::lock(tx, &key.user_id).await?.is_none() {
            return Err(users::absent(&key.user_id));
        }
        let sql = format!("SELECT id FROM projects WHERE id = ?{}", tx.for_update());
        let project = key.project_id.as_str();
        if unstorable(project) || !tx.has(&sql, values![project]).await? {
            return Err(projects::absent(&key.project_id));
        }
        // Under the lock of the user's row.
        let sql = "SELECT COUNT(*) FROM access_keys WHERE user_id = ?";
        let count = tx.number(sql, values![key.user_id.as_str()], "access_keys").await?.unwrap_or(0);
        if count >= i64::from(*most) {
            return Err(Error::over_limit(format!("The user has {most} access keys already.")));
        }
        let sql = format!("INSERT INTO access_keys ({COLUMNS}) VALUES (?, ?, ?, ?, ?)");
        match tx.insert(&sql, values![&key.id, &key.secret, key.user_id.as_str(), project, key.created_at]).await? {
            true => Ok(()),
            false => Err(Error::conflict("An access key with this id exists already.")),
        }
    })
}

fn by_id<'a>(tx: &'a mut Tx, (id,): &'a (String,)) -> Answer<'a, Option<AccessKey>> {
    Box::pin(async move {
        if unstorable(id) {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS} FROM access_keys WHERE id = ?");
        tx.one(&sql, values![id], "access_keys", read).await
    })
}

/// One row by primary key, with the rows its ids name.
const USABLE: &str = "SELECT k.id, k.secret, k.user_id, k.project_id, k.created_at, \
    u.id, u.domain_id, u.name, u.password_hash, u.default_project_id, u.enabled, \
    p.id, p.domain_id, p.name, p.description, p.enabled \
    FROM access_keys k JOIN users u ON u.id = k.user_id JOIN domains ud ON ud.id = u.domain_id \
    JOIN projects p ON p.id = k.project_id JOIN domains pd ON pd.id = p.domain_id \
    WHERE k.id = ? AND u.enabled = 1 AND ud.enabled = 1 AND p.enabled = 1 AND pd.enabled = 1";

fn usable<'a>(tx: &'a mut Tx, (id,): &'a (String,)) -> Answer<'a, Option<AccessKeyView>> {
    Box::pin(async move {
        if unstorable(id) {
            return Ok(None);
        }
        let found = |row: &mut Reader<'_>| Ok((read(row)?, users::read(row)?, projects::read(row)?));
        let Some((key, user, project)) = tx.one(USABLE, values![id], "access_keys", found).await? else {
            return Ok(None);
        };
        let assigned = assignments::names(tx, &user.id, &project.id).await?;
        Ok(Some(AccessKeyView { key, user, project, assigned }))
    })
}

fn list<'a>(tx: &'a mut Tx, input: &'a (UserId, String, u32)) -> Answer<'a, Vec<AccessKey>> {
    let (user, after, limit) = input;
    Box::pin(async move {
        if unstorable(user.as_str()) || unstorable(after) {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM access_keys WHERE user_id = ? AND id > ? ORDER BY id LIMIT {limit}");
        tx.all(&sql, values![user.as_str(), after], "access_keys", read).await
    })
}

fn delete<'a>(tx: &'a mut Tx, input: &'a (UserId, String)) -> Answer<'a, bool> {
    let (user, id) = input;
    Box::pin(async move {
        if unstorable(user.as_str()) || unstorable(id) {
            return Ok(false);
        }
        let sql = "DELETE FROM access_keys WHERE user_id = ? AND id = ?";
        Ok(tx.execute(sql, values![user.as_str(), id]).await? > 0)
    })
}
