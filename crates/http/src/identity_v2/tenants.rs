//! Tenants.

use http::StatusCode;
use salon_core::Result;
use serde_json::{Value, json};

use super::{call::Call, wire};
use crate::kit::{Response, answer};

/// `GET /tenants`: the enabled tenants on which the caller has a role.
pub(super) async fn list(call: Call<'_>) -> Result<Response> {
    let (_, session) = call.session().await?;
    let page = call.page()?;
    let own = call.identity.directory().projects_of(&session.user().id, &page).await?;
    let next = (own.len() >= page.size() as usize).then(|| own.last()).flatten();
    let links: Vec<Value> = next
        .map(|last| {
            let href = format!("{}/tenants?limit={}&marker={}", call.own(), page.size(), last.project.id);
            json!({"rel": "next", "href": href})
        })
        .into_iter()
        .collect();
    let tenants: Vec<Value> =
        own.iter().filter(|own| own.project.enabled).map(|own| wire::tenant(&own.project)).collect();
    Ok(answer::json(StatusCode::OK, &json!({"tenants": tenants, "tenants_links": links})))
}
