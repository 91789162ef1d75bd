//! Tokens: get one, look at one, end one; and what one leads to.

use http::StatusCode;
use salon_core::{Error, Kind, Result};
use salon_identity::{
    built_in::{Issued, ProjectRef, ScopeRequest, Session},
    secret::same,
};
use serde_json::{Value, json};

use super::{call::Call, catalog, login, wire};
use crate::kit::{Response, answer};

/// `POST /tokens`
pub(super) async fn issue(mut call: Call<'_>) -> Result<Response> {
    let body = call.json().await?;
    let mut asked = login::parse(&body)?;
    if asked.tenant_is_user && !is_tenant(&call, &asked.login.scope).await? {
        asked.login.scope = ScopeRequest::Default;
    }
    let Issued { token, session } =
        call.identity.login(&asked.login, call.request.peer).await.map_err(|error| match error.kind() {
            Kind::Unauthenticated => {
                Error::unauthenticated("Unable to authenticate user with credentials provided.").with_source(error)
            }
            _ => error,
        })?;
    call.seen(&session);
    Ok(answer::json(StatusCode::OK, &wire::access(&call, token.reveal(), &session, true).await?))
}

/// Whether there is such a tenant.
async fn is_tenant(call: &Call<'_>, scope: &ScopeRequest) -> Result<bool> {
    let ScopeRequest::Project(tenant @ ProjectRef::Id(_)) = scope else { return Ok(true) };
    match call.identity.directory().project(tenant).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == Kind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// `GET` and `HEAD /tokens/{token_id}`: the own token, or, for administrators and services, any. With `belongsTo`, one
/// for another tenant is not there.
pub(super) async fn validate(call: Call<'_>) -> Result<Response> {
    let session = subject(&call).await?;
    let tenant = session.project().map(|(project, _)| project.id.as_str());
    if call.request.parameter("belongsTo").is_some_and(|wanted| tenant != Some(wanted.as_str())) {
        return Err(unknown());
    }
    Ok(answer::json(StatusCode::OK, &wire::access(&call, call.params.get("token_id"), &session, false).await?))
}

/// `GET /tokens/{token_id}/endpoints`
pub(super) async fn endpoints(call: Call<'_>) -> Result<Response> {
    let session = subject(&call).await?;
    let services = catalog::services(&call, &session);
    let listed: Vec<Value> =
        services.iter().enumerate().map(|(at, service)| service.listed(&call.options.region, at + 1)).collect();
    // Documented is the outer form; pyrax looks below access.
    let body = json!({"endpoints": listed, "endpoints_links": [], "access": {"endpoints": listed}});
    Ok(answer::json(StatusCode::OK, &body))
}

/// `DELETE /tokens`: the own token.
pub(super) async fn revoke_own(call: Call<'_>) -> Result<Response> {
    let (token, _) = call.session().await?;
    if call.identity.revoke(token).await? { Ok(answer::no_content()) } else { Err(unknown()) }
}

/// `DELETE /tokens/{token_id}`: the own token or another of the same user, or, for administrators, any.
pub(super) async fn revoke(call: Call<'_>) -> Result<Response> {
    let (own, asking) = call.session().await?;
    let token = call.params.get("token_id");
    if !call.identity.may_end(&asking, same(own.as_bytes(), token.as_bytes()), token).await? {
        return Err(forbidden());
    }
    if call.identity.revoke(token).await? { Ok(answer::no_content()) } else { Err(unknown()) }
}

/// The session of the token in the path, if the caller may look at it.
async fn subject(call: &Call<'_>) -> Result<Session> {
    let (own, asking) = call.session().await?;
    let token = call.params.get("token_id");
    let is_own = same(own.as_bytes(), token.as_bytes());
    if !asking.may_look_at(is_own) {
        return Err(forbidden());
    }
    if is_own {
        return Ok(asking);
    }
    call.identity.session(token, false).await?.ok_or_else(unknown)
}

fn forbidden() -> Error {
    Error::forbidden("Not Authorized")
}

/// Does not repeat the token: the answer may be logged.
fn unknown() -> Error {
    Error::not_found("Token not found.")
}
