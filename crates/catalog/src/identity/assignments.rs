//! Roles of users on projects.

use salon_core::{Error, ProjectId, Result, UserId};

use super::{Assignment, AssignmentFilter, ProjectRoles, projects, unstorable, users};
use crate::{
    Catalog,
    sql::{Answer, Reader, Tx, Value, values},
};

impl Catalog {
    /// Gives a user a role on a project; twice changes nothing.
    ///
    /// # Errors
    /// NotFound when user, project or role is not there.
    pub async fn assign(&self, assignment: &Assignment) -> Result<()> {
        self.db.write(assignment.clone(), assign).await
    }

    /// Takes a role away; the user's tokens for the project end.
    ///
    /// # Errors
    /// NotFound when it was not assigned.
    pub async fn unassign(&self, assignment: &Assignment) -> Result<()> {
        self.db.write(assignment.clone(), unassign).await
    }

    /// Role names of a user on a project, sorted.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn roles_of(&self, user: &UserId, project: &ProjectId) -> Result<Vec<String>> {
        self.db.read((user.clone(), project.clone()), roles_of).await
    }

    /// Projects a user has roles on, in the order of their ids.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn projects_of(&self, user: &UserId, after: Option<&ProjectId>, limit: u32) -> Result<Vec<ProjectRoles>> {
        let after = after.map_or("", ProjectId::as_str).to_owned();
        self.db.scan((user.clone(), after, limit), projects_of).await
    }

    /// Assignments in the order of user, project and role.
    ///
    /// # Errors
    /// Unavailable.
    pub async fn assignments(
        &self,
        filter: &AssignmentFilter,
        after: Option<&Assignment>,
        limit: u32,
    ) -> Result<Vec<Assignment>> {
        self.db.scan((filter.clone(), after.cloned(), limit), list).await
    }
}

fn assign<'a>(tx: &'a mut Tx, assignment: &'a Assignment) -> Answer<'a, ()> {
    let Assignment { user_id, project_id, role_id } = assignment;
    Box::pin(async move {
        if users::lock(tx, user_id).await?.is_none() {
            return Err(users::absent(user_id));
        }
        // Locked, so that none of them can go away while this is being written.
        for (table, id) in [("projects", project_id.as_str()), ("roles", role_id)] {
            let sql = format!("SELECT id FROM {table} WHERE id = ?{}", tx.for_update());
            if unstorable(id) || !tx.has(&sql, values![id]).await? {
                let what = table.trim_end_matches('s');
                return Err(Error::not_found(format!("Could not find {what}: {id}.")));
            }
        }
        let sql = "INSERT INTO assignments (user_id, project_id, role_id) VALUES (?, ?, ?)";
        tx.insert(sql, values![user_id.as_str(), project_id.as_str(), role_id]).await.map(drop)
    })
}

fn unassign<'a>(tx: &'a mut Tx, assignment: &'a Assignment) -> Answer<'a, ()> {
    let Assignment { user_id, project_id, role_id } = assignment;
    Box::pin(async move {
        let absent = || Error::not_found("The user does not have this role on the project.");
        if unstorable(project_id.as_str()) || unstorable(role_id) || users::lock(tx, user_id).await?.is_none() {
            return Err(absent());
        }
        let key = values![user_id.as_str(), project_id.as_str(), role_id];
        let sql = "DELETE FROM assignments WHERE user_id = ? AND project_id = ? AND role_id = ?";
        if tx.execute(sql, key).await? == 0 {
            return Err(absent());
        }
        let sql = "DELETE FROM tokens WHERE user_id = ? AND project_id = ?";
        tx.execute(sql, values![user_id.as_str(), project_id.as_str()]).await.map(drop)
    })
}

fn roles_of<'a>(tx: &'a mut Tx, input: &'a (UserId, ProjectId)) -> Answer<'a, Vec<String>> {
    let (user, project) = input;
    Box::pin(names(tx, user, project))
}

/// Role names of a user on a project, sorted.
pub(super) async fn names(tx: &mut Tx, user: &UserId, project: &ProjectId) -> Result<Vec<String>> {
    if unstorable(user.as_str()) || unstorable(project.as_str()) {
        return Ok(Vec::new());
    }
    const NAMES: &str = "SELECT r.name FROM assignments a JOIN roles r ON r.id = a.role_id \
        WHERE a.user_id = ? AND a.project_id = ?";
    let mut names = tx.all(NAMES, values![user.as_str(), project.as_str()], "roles", |row| row.text("name")).await?;
    // Here and not in SQL: databases do not agree on order.
    names.sort_unstable();
    Ok(names)
}

fn projects_of<'a>(tx: &'a mut Tx, input: &'a (UserId, String, u32)) -> Answer<'a, Vec<ProjectRoles>> {
    let (user, after, limit) = input;
    Box::pin(async move {
        if unstorable(user.as_str()) || unstorable(after) {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT p.id, p.domain_id, p.name, p.description, p.enabled, r.name FROM \
             (SELECT DISTINCT project_id FROM assignments WHERE user_id = ? AND project_id > ? \
             ORDER BY project_id LIMIT {limit}) AS page \
             JOIN projects p ON p.id = page.project_id \
             JOIN assignments a ON a.user_id = ? AND a.project_id = p.id \
             JOIN roles r ON r.id = a.role_id ORDER BY p.id"
        );
        let mut found: Vec<ProjectRoles> = Vec::new();
        let read = |row: &mut Reader<'_>| Ok((projects::read(row)?, row.text("name")?));
        for (project, role) in tx.all(&sql, values![user.as_str(), after, user.as_str()], "projects", read).await? {
            match found.last_mut().filter(|last| last.project.id == project.id) {
                Some(last) => last.roles.push(role),
                None => found.push(ProjectRoles { project, roles: vec![role] }),
            }
        }
        for own in &mut found {
            own.roles.sort_unstable();
        }
        Ok(found)
    })
}

type Wanted = (AssignmentFilter, Option<Assignment>, u32);

fn list<'a>(tx: &'a mut Tx, input: &'a Wanted) -> Answer<'a, Vec<Assignment>> {
    let (filter, after, limit) = input;
    Box::pin(async move {
        let mut conditions = vec!["1 = 1"];
        let mut bound: Vec<Value<'_>> = Vec::new();
        let narrowing = [
            ("user_id = ?", filter.user_id.as_ref().map(UserId::as_str)),
            ("project_id = ?", filter.project_id.as_ref().map(ProjectId::as_str)),
            ("role_id = ?", filter.role_id.as_deref()),
        ];
        for (condition, value) in narrowing {
            if let Some(value) = value {
                if unstorable(value) {
                    return Ok(Vec::new());
                }
                conditions.push(condition);
                bound.push(Value::from(value));
            }
        }
        if let Some(after) = after {
            conditions.push("(user_id, project_id, role_id) > (?, ?, ?)");
            bound.extend_from_slice(values![after.user_id.as_str(), after.project_id.as_str(), &after.role_id]);
        }
        let sql = format!(
            "SELECT user_id, project_id, role_id FROM assignments WHERE {} \
             ORDER BY user_id, project_id, role_id LIMIT {limit}",
            conditions.join(" AND ")
        );
        let read = |row: &mut Reader<'_>| {
            Ok(Assignment {
                user_id: UserId::new(row.text("user_id")?),
                project_id: ProjectId::new(row.text("project_id")?),
                role_id: row.text("role_id")?,
            })
        };
        tx.all(&sql, &bound, "assignments", read).await
    })
}
