//! Domains.

use salon_core::{Error, Result};

use super::{Domain, unstorable};
use crate::{
    Catalog,
    sql::{Answer, Reader, Tx, values},
};

pub(super) const COLUMNS: &str = "id, name, enabled";

impl Catalog {
    /// Adds a domain.
    ///
    /// # Errors
    /// Conflict when id or name is taken.
    pub async fn create_domain(&self, domain: &Domain) -> Result<()> {
        self.db.write(domain.clone(), create).await
    }

    /// A domain by id.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn domain(&self, id: &str) -> Result<Option<Domain>> {
        self.db.read((id.to_owned(),), by_id).await
    }

    /// A domain by name.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn domain_by_name(&self, name: &str) -> Result<Option<Domain>> {
        self.db.read((name.to_owned(),), by_name).await
    }

    /// Domains in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn domains(&self, after: Option<&str>, limit: u32) -> Result<Vec<Domain>> {
        self.db.scan((after.unwrap_or_default().to_owned(), limit), list).await
    }
}

pub(super) fn read(row: &mut Reader<'_>) -> Result<Domain> {
    Ok(Domain { id: row.text("id")?, name: row.text("name")?, enabled: row.flag("enabled")? })
}

fn create<'a>(tx: &'a mut Tx, domain: &'a Domain) -> Answer<'a, ()> {
    Box::pin(async move {
        let sql = "INSERT INTO domains (id, name, enabled) VALUES (?, ?, ?)";
        match tx.insert(sql, values![&domain.id, &domain.name, domain.enabled]).await? {
            true => Ok(()),
            false => Err(Error::conflict("A domain with this id or name exists already.")),
        }
    })
}

fn by_id<'a>(tx: &'a mut Tx, (id,): &'a (String,)) -> Answer<'a, Option<Domain>> {
    Box::pin(async move { one(tx, &format!("SELECT {COLUMNS} FROM domains WHERE id = ?"), id).await })
}

fn by_name<'a>(tx: &'a mut Tx, (name,): &'a (String,)) -> Answer<'a, Option<Domain>> {
    Box::pin(async move { one(tx, &format!("SELECT {COLUMNS} FROM domains WHERE name = ?"), name).await })
}

async fn one(tx: &mut Tx, sql: &str, value: &str) -> Result<Option<Domain>> {
    if unstorable(value) {
        return Ok(None);
    }
    tx.one(sql, values![value], "domains", read).await
}

fn list<'a>(tx: &'a mut Tx, input: &'a (String, u32)) -> Answer<'a, Vec<Domain>> {
    let (after, limit) = input;
    Box::pin(async move {
        if unstorable(after) {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM domains WHERE id > ? ORDER BY id LIMIT {limit}");
        tx.all(&sql, values![after], "domains", read).await
    })
}

/// The domain must be there and stay there, since nothing removes one.
pub(super) async fn require(tx: &mut Tx, id: &str) -> Result<()> {
    let found = !unstorable(id) && tx.has("SELECT id FROM domains WHERE id = ?", values![id]).await?;
    if found { Ok(()) } else { Err(Error::not_found(format!("Could not find domain: {id}."))) }
}
