//! Projects.

use salon_core::{Error, ProjectId, Result};

use super::{Project, ProjectChanges, domains, taken, unstorable};
use crate::{
    Catalog,
    sql::{Answer, Reader, Tx, values},
};

pub(super) const COLUMNS: &str = "id, domain_id, name, description, enabled";
const TAKEN: &str = "A project with this id or name exists already.";

impl Catalog {
    /// Adds a project.
    ///
    /// # Errors
    /// Conflict when id or name is taken, NotFound when the domain is not there.
    pub async fn create_project(&self, project: &Project) -> Result<()> {
        self.db.write(project.clone(), create).await
    }

    /// A project by id.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn project(&self, id: &ProjectId) -> Result<Option<Project>> {
        self.db.read(id.clone(), by_id).await
    }

    /// A project by name within its domain.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn project_by_name(&self, domain_id: &str, name: &str) -> Result<Option<Project>> {
        self.db.read((domain_id.to_owned(), name.to_owned()), by_name).await
    }

    /// Projects in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn projects(&self, after: Option<&ProjectId>, limit: u32) -> Result<Vec<Project>> {
        self.db.scan((after.map_or("", ProjectId::as_str).to_owned(), limit), list).await
    }

    /// Changes a project and answers it as it is then; disabling ends its tokens.
    ///
    /// # Errors
    /// NotFound; Conflict when the name is taken.
    pub async fn update_project(&self, id: &ProjectId, changes: &ProjectChanges) -> Result<Project> {
        self.db.write((id.clone(), changes.clone()), update).await.map_err(|error| taken(error, TAKEN))
    }

    /// Removes a project with its assignments, tokens and access keys. Its images stay.
    ///
    /// # Errors
    /// NotFound.
    pub async fn delete_project(&self, id: &ProjectId) -> Result<()> {
        self.db.write(id.clone(), delete).await
    }
}

pub(super) fn read(row: &mut Reader<'_>) -> Result<Project> {
    Ok(Project {
        id: ProjectId::new(row.text("id")?),
        domain_id: row.text("domain_id")?,
        name: row.text("name")?,
        description: row.text("description")?,
        enabled: row.flag("enabled")?,
    })
}

pub(super) fn absent(id: &ProjectId) -> Error {
    Error::not_found(format!("Could not find project: {id}."))
}

fn create<'a>(tx: &'a mut Tx, project: &'a Project) -> Answer<'a, ()> {
    Box::pin(async move {
        domains::require(tx, &project.domain_id).await?;
        let sql = format!("INSERT INTO projects ({COLUMNS}) VALUES (?, ?, ?, ?, ?)");
        let Project { id, domain_id, name, description, enabled } = project;
        match tx.insert(&sql, values![id.as_str(), domain_id, name, description, *enabled]).await? {
            true => Ok(()),
            false => Err(Error::conflict(TAKEN)),
        }
    })
}

fn by_id<'a>(tx: &'a mut Tx, id: &'a ProjectId) -> Answer<'a, Option<Project>> {
    Box::pin(find(tx, id))
}

async fn find(tx: &mut Tx, id: &ProjectId) -> Result<Option<Project>> {
    if unstorable(id.as_str()) {
        return Ok(None);
    }
    let sql = format!("SELECT {COLUMNS} FROM projects WHERE id = ?");
    tx.one(&sql, values![id.as_str()], "projects", read).await
}

fn by_name<'a>(tx: &'a mut Tx, input: &'a (String, String)) -> Answer<'a, Option<Project>> {
    let (domain, name) = input;
    Box::pin(async move {
        if unstorable(domain) || unstorable(name) {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS} FROM projects WHERE domain_id = ? AND name = ?");
        tx.one(&sql, values![domain, name], "projects", read).await
    })
}

fn list<'a>(tx: &'a mut Tx, input: &'a (String, u32)) -> Answer<'a, Vec<Project>> {
    let (after, limit) = input;
    Box::pin(async move {
        if unstorable(after) {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} FROM projects WHERE id > ? ORDER BY id LIMIT {limit}");
        tx.all(&sql, values![after], "projects", read).await
    })
}

fn update<'a>(tx: &'a mut Tx, input: &'a (ProjectId, ProjectChanges)) -> Answer<'a, Project> {
    let (id, changes) = input;
    Box::pin(async move {
        if unstorable(id.as_str()) {
            return Err(absent(id));
        }
        const UPDATE: &str = "UPDATE projects SET name = COALESCE(?, name), description = COALESCE(?, description), \
            enabled = COALESCE(?, enabled) WHERE id = ?";
        let enabled = changes.enabled.map(i64::from);
        let row = values![&changes.name, &changes.description, enabled, id.as_str()];
        if tx.execute(UPDATE, row).await? == 0 {
            return Err(absent(id));
        }
        if changes.enabled == Some(false) {
            tx.execute("DELETE FROM tokens WHERE project_id = ?", values![id.as_str()]).await?;
        }
        find(tx, id).await?.ok_or_else(|| absent(id))
    })
}

fn delete<'a>(tx: &'a mut Tx, id: &'a ProjectId) -> Answer<'a, ()> {
    Box::pin(async move {
        if unstorable(id.as_str()) || tx.execute("DELETE FROM projects WHERE id = ?", values![id.as_str()]).await? == 0
        {
            return Err(absent(id));
        }
        for table in ["assignments", "tokens", "access_keys"] {
            tx.execute(&format!("DELETE FROM {table} WHERE project_id = ?"), values![id.as_str()]).await?;
        }
        Ok(())
    })
}
