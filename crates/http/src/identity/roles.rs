//! Roles, and who has which on what.

use std::collections::HashMap;

use http::StatusCode;
use salon_core::{Error, Kind, ProjectId, Result, UserId};
use salon_identity::built_in::{Assignment, AssignmentFilter, DomainRef, Page, ProjectRef, Role, UserRef};
use serde_json::{Value, json};

use super::{
    call::{Call, forbidden, next_of},
    wire,
};
use crate::kit::{Response, answer};

/// `GET /v3/roles`
pub(super) async fn list(call: Call<'_>) -> Result<Response> {
    call.admin("identity:list_roles").await?;
    let page = call.page()?;
    if let Some(name) = call.request.parameter("name") {
        let roles = call.directory().role_named(&name).await?;
        return Ok(call.list("roles", roles.iter().map(|role| wire::role(role, &call.base)).collect(), None));
    }
    let roles = call.directory().roles(&page).await?;
    let next = next_of(&page, &roles, |role| &role.id);
    Ok(call.list("roles", roles.iter().map(|role| wire::role(role, &call.base)).collect(), next))
}

/// `POST /v3/roles`
pub(super) async fn create(mut call: Call<'_>) -> Result<Response> {
    call.admin("identity:create_role").await?;
    let body = call.json().await?;
    let role = call.directory().create_role(&wire::required(wire::object(&body, "role")?, "name")?).await?;
    Ok(answer::json(StatusCode::CREATED, &json!({"role": wire::role(&role, &call.base)})))
}

/// `GET /v3/roles/{role_id}`
pub(super) async fn show(call: Call<'_>) -> Result<Response> {
    call.admin("identity:get_role").await?;
    let role = call.directory().role(call.param("role_id")).await?;
    Ok(answer::json(StatusCode::OK, &json!({"role": wire::role(&role, &call.base)})))
}

/// `DELETE /v3/roles/{role_id}`
pub(super) async fn delete(call: Call<'_>) -> Result<Response> {
    call.admin("identity:delete_role").await?;
    call.directory().delete_role(call.param("role_id")).await?;
    Ok(answer::no_content())
}

/// `GET /v3/projects/{project_id}/users/{user_id}/roles`
pub(super) async fn list_grants(call: Call<'_>) -> Result<Response> {
    call.admin("identity:list_grants").await?;
    let (project, user) = ids(&call);
    call.directory().project(&ProjectRef::Id(project.to_string())).await?;
    call.directory().user(&UserRef::Id(user.to_string())).await?;
    let names = call.directory().roles_of(&user, &project).await?;
    let mut roles = Vec::new();
    for name in &names {
        roles.extend(call.directory().role_named(name).await?);
    }
    Ok(call.list("roles", roles.iter().map(|role| wire::role(role, &call.base)).collect(), None))
}

/// `PUT /v3/projects/{project_id}/users/{user_id}/roles/{role_id}`
pub(super) async fn create_grant(call: Call<'_>) -> Result<Response> {
    call.admin("identity:create_grant").await?;
    let (project, user) = ids(&call);
    let role = call.directory().role(call.param("role_id")).await?;
    call.directory().grant(&user, &project, &role).await?;
    Ok(answer::no_content())
}

/// `GET` and `HEAD /v3/projects/{project_id}/users/{user_id}/roles/{role_id}`
pub(super) async fn check_grant(call: Call<'_>) -> Result<Response> {
    call.admin("identity:check_grant").await?;
    let (project, user) = ids(&call);
    let role = call.directory().role(call.param("role_id")).await?;
    let names = call.directory().roles_of(&user, &project).await?;
    if names.contains(&role.name) { Ok(answer::no_content()) } else { Err(no_assignment(&role, &user, &project)) }
}

/// `DELETE /v3/projects/{project_id}/users/{user_id}/roles/{role_id}`
pub(super) async fn delete_grant(call: Call<'_>) -> Result<Response> {
    call.admin("identity:revoke_grant").await?;
    let (project, user) = ids(&call);
    let role = call.directory().role(call.param("role_id")).await?;
    match call.directory().withdraw(&user, &project, &role).await {
        Err(error) if error.kind() == Kind::NotFound => Err(no_assignment(&role, &user, &project)),
        other => other.map(|()| answer::no_content()),
    }
}

fn no_assignment(role: &Role, user: &UserId, project: &ProjectId) -> Error {
    Error::not_found(format!(
        "Could not find role assignment with role: {}, user or group: {user}, project, domain, or system: {project}.",
        role.id
    ))
}

fn ids(call: &Call<'_>) -> (ProjectId, UserId) {
    (ProjectId::new(call.param("project_id")), UserId::new(call.param("user_id")))
}

/// `GET /v3/role_assignments`: for administrators, and everybody's own. With `effective`, implied roles are listed as
/// well; with `include_names`, names beside the ids.
pub(super) async fn list_assignments(call: Call<'_>) -> Result<Response> {
    let session = call.session().await?;
    let user = call.request.parameter("user.id").map(UserId::new);
    if !session.is_admin() && user.as_ref() != Some(&session.user().id) {
        return Err(forbidden("identity:list_role_assignments"));
    }
    let filter = AssignmentFilter {
        user_id: user,
        project_id: call.request.parameter("scope.project.id").map(ProjectId::new),
        role_id: call.request.parameter("role.id"),
    };
    // Nobody has roles on the system, on a domain, or through a group.
    let elsewhere =
        ["scope.system", "scope.domain.id", "group.id"].iter().any(|name| call.request.parameter(name).is_some());
    let found = match call.asked("effective") {
        _ if elsewhere => Vec::new(),
        true => call.directory().effective_assignments(&filter).await?,
        false => call.directory().assignments(&filter, None).await?,
    };
    let roles = call.directory().roles(&Page::default()).await?;
    let mut names = call.asked("include_names").then(Names::default);
    let mut listed = Vec::new();
    for assignment in &found {
        listed.push(describe(&call, assignment, &roles, names.as_mut()).await?);
    }
    Ok(call.list("role_assignments", listed, None))
}

async fn describe(
    call: &Call<'_>,
    assignment: &Assignment,
    roles: &[Role],
    names: Option<&mut Names>,
) -> Result<Value> {
    let Assignment { user_id, project_id, role_id } = assignment;
    let link = format!("{}/v3/projects/{project_id}/users/{user_id}/roles/{role_id}", call.base);
    let links = json!({"assignment": link});
    let Some(names) = names else {
        return Ok(json!({
            "links": links,
            "scope": {"project": {"id": project_id}},
            "user": {"id": user_id},
            "role": {"id": role_id},
        }));
    };
    let role = roles.iter().find(|role| role.id == *role_id).map_or("", |role| &role.name);
    Ok(json!({
        "links": links,
        "scope": {"project": names.project(call, project_id).await?},
        "user": names.user(call, user_id).await?,
        "role": {"id": role_id, "name": role},
    }))
}

/// What the things of one list are called, each looked up once.
#[derive(Default)]
struct Names {
    users: HashMap<UserId, Value>,
    projects: HashMap<ProjectId, Value>,
    domains: HashMap<String, Value>,
}

impl Names {
    async fn user(&mut self, call: &Call<'_>, id: &UserId) -> Result<Value> {
        if let Some(known) = self.users.get(id) {
            return Ok(known.clone());
        }
        let user = call.directory().user(&UserRef::Id(id.to_string())).await?;
        let named = json!({"id": id, "name": user.name, "domain": self.domain(call, user.domain_id).await?});
        self.users.insert(id.clone(), named.clone());
        Ok(named)
    }

    async fn project(&mut self, call: &Call<'_>, id: &ProjectId) -> Result<Value> {
        if let Some(known) = self.projects.get(id) {
            return Ok(known.clone());
        }
        let project = call.directory().project(&ProjectRef::Id(id.to_string())).await?;
        let named = json!({"id": id, "name": project.name, "domain": self.domain(call, project.domain_id).await?});
        self.projects.insert(id.clone(), named.clone());
        Ok(named)
    }

    async fn domain(&mut self, call: &Call<'_>, id: String) -> Result<Value> {
        if let Some(known) = self.domains.get(&id) {
            return Ok(known.clone());
        }
        let domain = call.directory().domain(&DomainRef::Id(id.clone())).await?;
        let named = json!({"id": id, "name": domain.name});
        self.domains.insert(id, named.clone());
        Ok(named)
    }
}
