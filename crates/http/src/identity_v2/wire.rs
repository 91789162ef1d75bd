//! What a session looks like in Identity v2.0.

use salon_core::Result;
use salon_identity::built_in::{API_KEY_METHOD, Project, Session};
use serde_json::{Value, json};

use super::{call::Call, catalog};

/// `{"access": {…}}`, with the service catalog where it is a login's answer.
pub(super) async fn access(call: &Call<'_>, token: &str, session: &Session, with_catalog: bool) -> Result<Value> {
    let region = &call.options.region;
    let user = session.user();
    let mut shown = json!({
        "id": token,
        "expires": session.expires_at().to_iso_micros(),
        "RAX-AUTH:authenticatedBy": authenticated_by(session),
    });
    if let (Some(map), Some((project, _))) = (shown.as_object_mut(), session.project()) {
        map.insert("tenant".to_owned(), json!({"id": project.id, "name": project.name}));
    }
    let mut access = json!({
        "token": shown,
        "user": {
            "id": user.id,
            "name": user.name,
            "roles": roles(call, session).await?,
            "RAX-AUTH:defaultRegion": region,
            "RAX-AUTH:domainId": user.domain_id,
        },
    });
    if let (Some(map), true) = (access.as_object_mut(), with_catalog) {
        let services = catalog::services(call, session);
        map.insert("serviceCatalog".to_owned(), services.iter().map(|service| service.entry(region)).collect());
    }
    Ok(json!({"access": access}))
}

/// How the user proved itself in the first place; exchanging tokens adds nothing.
fn authenticated_by(session: &Session) -> Value {
    let word = |method: &String| match method.as_str() {
        "password" => Some("PASSWORD"),
        API_KEY_METHOD => Some("APIKEY"),
        _ => None,
    };
    session.methods().iter().filter_map(word).collect()
}

/// The session's roles; they hold in its tenant.
async fn roles(call: &Call<'_>, session: &Session) -> Result<Value> {
    let tenant = session.project().map(|(project, _)| &project.id);
    let roles = call.identity.directory().with_ids(session.roles()).await?;
    let shown = roles
        .into_iter()
        .map(|(id, name)| json!({"id": id, "name": name, "description": format!("Role {name}."), "tenantId": tenant}));
    Ok(shown.collect())
}

/// A tenant.
pub(super) fn tenant(project: &Project) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "description": project.description,
        "enabled": project.enabled,
    })
}
