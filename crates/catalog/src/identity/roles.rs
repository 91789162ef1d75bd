//! Roles.

use salon_core::{Error, Result};

use super::{Role, unstorable};
use crate::{
    Catalog,
    sql::{Answer, Reader, Tx, values},
};

impl Catalog {
    /// Adds a role.
    ///
    /// # Errors
    /// Conflict when id or name is taken.
    pub async fn create_role(&self, role: &Role) -> Result<()> {
        self.db.write(role.clone(), create).await
    }

    /// A role by id.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn role(&self, id: &str) -> Result<Option<Role>> {
        self.db.read((id.to_owned(),), by_id).await
    }

    /// A role by name.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn role_by_name(&self, name: &str) -> Result<Option<Role>> {
        self.db.read((name.to_owned(),), by_name).await
    }

    /// Roles in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn roles(&self, after: Option<&str>, limit: u32) -> Result<Vec<Role>> {
        self.db.scan((after.unwrap_or_default().to_owned(), limit), list).await
    }

    /// Removes a role with its assignments; the tokens of those who had it end for the projects they had it on.
    ///
    /// # Errors
    /// NotFound.
    pub async fn delete_role(&self, id: &str) -> Result<()> {
        self.db.write((id.to_owned(),), delete).await
    }
}

fn read(row: &mut Reader<'_>) -> Result<Role> {
    Ok(Role { id: row.text("id")?, name: row.text("name")? })
}

fn create<'a>(tx: &'a mut Tx, role: &'a Role) -> Answer<'a, ()> {
    Box::pin(async move {
        match tx.insert("INSERT INTO roles (id, name) VALUES (?, ?)", values![&role.id, &role.name]).await? {
            true => Ok(()),
            false => Err(Error::conflict("A role with this id or name exists already.")),
        }
    })
}

fn by_id<'a>(tx: &'a mut Tx, (id,): &'a (String,)) -> Answer<'a, Option<Role>> {
    Box::pin(one(tx, "SELECT id, name FROM roles WHERE id = ?", id))
}

fn by_name<'a>(tx: &'a mut Tx, (name,): &'a (String,)) -> Answer<'a, Option<Role>> {
    Box::pin(one(tx, "SELECT id, name FROM roles WHERE name = ?", name))
}

async fn one(tx: &mut Tx, sql: &str, value: &str) -> Result<Option<Role>> {
    if unstorable(value) {
        return Ok(None);
    }
    tx.one(sql, values![value], "roles", read).await
}

fn list<'a>(tx: &'a mut Tx, input: &'a (String, u32)) -> Answer<'a, Vec<Role>> {
    let (after, limit) = input;
    Box::pin(async move {
        if unstorable(after) {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT id, name FROM roles WHERE id > ? ORDER BY id LIMIT {limit}");
        tx.all(&sql, values![after], "roles", read).await
    })
}

fn delete<'a>(tx: &'a mut Tx, (id,): &'a (String,)) -> Answer<'a, ()> {
    Box::pin(async move {
        if unstorable(id) {
            return Err(absent(id));
        }
        // The users first, in order: that is where creating a token waits.
        let sql = format!(
            "SELECT id FROM users WHERE id IN (SELECT user_id FROM assignments WHERE role_id = ?) ORDER BY id{}",
            tx.for_update()
        );
        tx.all(&sql, values![id], "users", |_| Ok(())).await?;
        if tx.execute("DELETE FROM roles WHERE id = ?", values![id]).await? == 0 {
            return Err(absent(id));
        }
        const TOKENS: &str = "DELETE FROM tokens WHERE EXISTS (SELECT 1 FROM assignments a WHERE a.role_id = ? \
            AND a.user_id = tokens.user_id AND a.project_id = tokens.project_id)";
        tx.execute(TOKENS, values![id]).await?;
        tx.execute("DELETE FROM assignments WHERE role_id = ?", values![id]).await?;
        Ok(())
    })
}

fn absent(id: &str) -> Error {
    Error::not_found(format!("Could not find role: {id}."))
}
