//! Users, their passwords and their projects.

use http::StatusCode;
use salon_core::{ProjectId, Result, UserId};
use salon_identity::{
    Secret,
    built_in::{DEFAULT_DOMAIN, DomainRef, NewUser, User, UserChanges, UserRef},
};
use serde_json::{Value, json};

use super::{
    call::{Call, if_there, next_of},
    wire,
};
use crate::kit::{Response, answer};

/// `GET /v3/users`
pub(super) async fn list(call: Call<'_>) -> Result<Response> {
    call.admin("identity:list_users").await?;
    let page = call.page()?;
    let (users, full) = match call.request.parameter("name") {
        Some(name) => (named(&call, &name).await?, None),
        None => {
            let users = call.directory().users(&page).await?;
            let next = next_of(&page, &users, |user| user.id.as_str()).map(str::to_owned);
            (users, next)
        }
    };
    let wanted = call.wanted();
    let users = users.iter().filter(|user| wanted.takes(&user.domain_id, user.enabled));
    let users = users.map(|user| wire::user(user, &call.base)).collect();
    Ok(call.list("users", users, full.as_deref()))
}

/// Users of this name, in one domain or in all.
async fn named(call: &Call<'_>, name: &str) -> Result<Vec<User>> {
    let mut found = Vec::new();
    for domain in call.domains().await? {
        let by_name = UserRef::Name { name: name.to_owned(), domain: DomainRef::Id(domain) };
        found.extend(if_there(call.directory().user(&by_name).await)?);
    }
    Ok(found)
}

/// `POST /v3/users`
pub(super) async fn create(mut call: Call<'_>) -> Result<Response> {
    call.admin("identity:create_user").await?;
    let body = call.json().await?;
    let wanted = wire::object(&body, "user")?;
    let new = NewUser {
        name: wire::required(wanted, "name")?,
        domain_id: wire::text(wanted, "domain_id")?.unwrap_or_else(|| DEFAULT_DOMAIN.to_owned()),
        password: wire::text(wanted, "password")?.map(Secret::new),
        default_project_id: wire::text(wanted, "default_project_id")?.map(ProjectId::new),
        enabled: wire::flag(wanted, "enabled")?.unwrap_or(true),
    };
    let user = call.directory().create_user(new).await?;
    Ok(answer::json(StatusCode::CREATED, &json!({"user": wire::user(&user, &call.base)})))
}

/// `GET /v3/users/{user_id}`: for administrators, and for the user itself.
pub(super) async fn show(call: Call<'_>) -> Result<Response> {
    let id = call.param("user_id");
    call.admin_or_self(id, "identity:get_user").await?;
    let user = call.directory().user(&UserRef::Id(id.to_owned())).await?;
    Ok(answer::json(StatusCode::OK, &json!({"user": wire::user(&user, &call.base)})))
}

/// `PATCH /v3/users/{user_id}`
pub(super) async fn update(mut call: Call<'_>) -> Result<Response> {
    call.admin("identity:update_user").await?;
    let body = call.json().await?;
    let wanted = wire::object(&body, "user")?;
    let default_project_id = match wanted.get("default_project_id") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(_) => Some(wire::text(wanted, "default_project_id")?.map(ProjectId::new)),
    };
    let changes = UserChanges {
        name: wire::text(wanted, "name")?,
        password: wire::text(wanted, "password")?.map(Secret::new),
        default_project_id,
        enabled: wire::flag(wanted, "enabled")?,
    };
    let user = call.directory().set_user(&UserId::new(call.param("user_id")), changes).await?;
    Ok(answer::json(StatusCode::OK, &json!({"user": wire::user(&user, &call.base)})))
}

/// `DELETE /v3/users/{user_id}`
pub(super) async fn delete(call: Call<'_>) -> Result<Response> {
    call.admin("identity:delete_user").await?;
    call.directory().delete_user(&UserId::new(call.param("user_id"))).await?;
    Ok(answer::no_content())
}

/// `POST /v3/users/{user_id}/password`: with the old password, and without a token.
pub(super) async fn change_password(mut call: Call<'_>) -> Result<Response> {
    let body = call.json().await?;
    let wanted = wire::object(&body, "user")?;
    let original = Secret::new(wire::required(wanted, "original_password")?);
    let password = Secret::new(wire::required(wanted, "password")?);
    let user = UserId::new(call.param("user_id"));
    call.identity.change_password(&user, &original, &password, call.request.peer).await?;
    Ok(answer::no_content())
}

/// `GET /v3/users/{user_id}/projects`: for administrators, and for the user itself.
pub(super) async fn list_projects(call: Call<'_>) -> Result<Response> {
    let id = call.param("user_id");
    call.admin_or_self(id, "identity:list_user_projects").await?;
    let page = call.page()?;
    call.directory().user(&UserRef::Id(id.to_owned())).await?;
    let projects = call.directory().projects_of(&UserId::new(id), &page).await?;
    let next = next_of(&page, &projects, |own| own.project.id.as_str());
    let projects = projects.iter().map(|own| wire::project(&own.project, &call.base)).collect();
    Ok(call.list("projects", projects, next))
}
