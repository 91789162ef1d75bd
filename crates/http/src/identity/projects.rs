//! Domains and projects.

use http::StatusCode;
use salon_core::{Error, ProjectId, Result};
use salon_identity::built_in::{DEFAULT_DOMAIN, DomainRef, NewProject, Project, ProjectChanges, ProjectRef, Session};
use serde_json::json;

use super::{
    call::{Call, forbidden, if_there, next_of},
    wire,
};
use crate::kit::{Response, answer};

/// `GET /v3/domains`
pub(super) async fn list_domains(call: Call<'_>) -> Result<Response> {
    call.admin("identity:list_domains").await?;
    let page = call.page()?;
    let domains = match call.request.parameter("name") {
        Some(name) => if_there(call.directory().domain(&DomainRef::Name(name)).await)?.into_iter().collect(),
        None => call.directory().domains(&page).await?,
    };
    let next = next_of(&page, &domains, |domain| &domain.id);
    Ok(call.list("domains", domains.iter().map(|domain| wire::domain(domain, &call.base)).collect(), next))
}

/// `POST /v3/domains`
pub(super) async fn create_domain(mut call: Call<'_>) -> Result<Response> {
    call.admin("identity:create_domain").await?;
    let body = call.json().await?;
    let wanted = wire::object(&body, "domain")?;
    let enabled = wire::flag(wanted, "enabled")?.unwrap_or(true);
    let domain = call.directory().create_domain(&wire::required(wanted, "name")?, enabled).await?;
    Ok(answer::json(StatusCode::CREATED, &json!({"domain": wire::domain(&domain, &call.base)})))
}

/// `GET /v3/domains/{domain_id}`: for administrators, and for the domain of the own token.
pub(super) async fn show_domain(call: Call<'_>) -> Result<Response> {
    let session = call.session().await?;
    let id = call.param("domain_id");
    let own = session.user_domain().id == id || session.project().is_some_and(|(_, domain)| domain.id == id);
    if !own && !session.is_admin() {
        return Err(forbidden("identity:get_domain"));
    }
    let domain = call.directory().domain(&DomainRef::Id(id.to_owned())).await?;
    Ok(answer::json(StatusCode::OK, &json!({"domain": wire::domain(&domain, &call.base)})))
}

/// `GET /v3/projects`
pub(super) async fn list(call: Call<'_>) -> Result<Response> {
    call.admin("identity:list_projects").await?;
    let page = call.page()?;
    let (projects, full) = match call.request.parameter("name") {
        Some(name) => (named(&call, &name).await?, None),
        None => {
            let projects = call.directory().projects(&page).await?;
            let next = next_of(&page, &projects, |project| project.id.as_str()).map(str::to_owned);
            (projects, next)
        }
    };
    let wanted = call.wanted();
    let projects = projects.iter().filter(|project| wanted.takes(&project.domain_id, project.enabled));
    let projects = projects.map(|project| wire::project(project, &call.base)).collect();
    Ok(call.list("projects", projects, full.as_deref()))
}

/// Projects of this name, in one domain or in all.
async fn named(call: &Call<'_>, name: &str) -> Result<Vec<Project>> {
    let mut found = Vec::new();
    for domain in call.domains().await? {
        let by_name = ProjectRef::Name { name: name.to_owned(), domain: DomainRef::Id(domain) };
        found.extend(if_there(call.directory().project(&by_name).await)?);
    }
    Ok(found)
}

/// `POST /v3/projects`
pub(super) async fn create(mut call: Call<'_>) -> Result<Response> {
    call.admin("identity:create_project").await?;
    let body = call.json().await?;
    let wanted = wire::object(&body, "project")?;
    let domain_id = wire::text(wanted, "domain_id")?.unwrap_or_else(|| DEFAULT_DOMAIN.to_owned());
    let parent = wire::text(wanted, "parent_id")?;
    if parent.is_some_and(|parent| parent != domain_id) || wire::flag(wanted, "is_domain")? == Some(true) {
        return Err(Error::invalid("Projects within projects are not supported."));
    }
    let new = NewProject {
        name: wire::required(wanted, "name")?,
        domain_id,
        description: wire::text(wanted, "description")?.unwrap_or_default(),
        enabled: wire::flag(wanted, "enabled")?.unwrap_or(true),
    };
    let project = call.directory().create_project(new).await?;
    Ok(answer::json(StatusCode::CREATED, &json!({"project": wire::project(&project, &call.base)})))
}

/// `GET /v3/projects/{project_id}`: for administrators, and for the project of the own token.
pub(super) async fn show(call: Call<'_>) -> Result<Response> {
    let session = call.session().await?;
    let id = call.param("project_id");
    if !own(&session, id) && !session.is_admin() {
        return Err(forbidden("identity:get_project"));
    }
    let project = call.directory().project(&ProjectRef::Id(id.to_owned())).await?;
    Ok(answer::json(StatusCode::OK, &json!({"project": wire::project(&project, &call.base)})))
}

fn own(session: &Session, project: &str) -> bool {
    session.project().is_some_and(|(own, _)| own.id.as_str() == project)
}

/// `PATCH /v3/projects/{project_id}`
pub(super) async fn update(mut call: Call<'_>) -> Result<Response> {
    call.admin("identity:update_project").await?;
    let body = call.json().await?;
    let wanted = wire::object(&body, "project")?;
    let changes = ProjectChanges {
        name: wire::text(wanted, "name")?,
        description: wire::text(wanted, "description")?,
        enabled: wire::flag(wanted, "enabled")?,
    };
    let project = call.directory().set_project(&ProjectId::new(call.param("project_id")), changes).await?;
    Ok(answer::json(StatusCode::OK, &json!({"project": wire::project(&project, &call.base)})))
}

/// `DELETE /v3/projects/{project_id}`
pub(super) async fn delete(call: Call<'_>) -> Result<Response> {
    call.admin("identity:delete_project").await?;
    call.directory().delete_project(&ProjectId::new(call.param("project_id"))).await?;
    Ok(answer::no_content())
}
