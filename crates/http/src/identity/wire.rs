//! JSON of Identity v3: what is written, and reading with Keystone's words for what is wrong.

use salon_core::{Error, Result};
use salon_identity::built_in::{AccessKey, Domain, DomainRef, Project, Role, User};
use serde_json::{Map, Value, json};

/// A domain.
pub(super) fn domain(domain: &Domain, base: &str) -> Value {
    json!({
        "id": domain.id,
        "name": domain.name,
        "description": "",
        "enabled": domain.enabled,
        "tags": [],
        "options": {},
        "links": {"self": format!("{base}/v3/domains/{}", domain.id)},
    })
}

/// A project. There is no hierarchy: the parent is the domain.
pub(super) fn project(project: &Project, base: &str) -> Value {
    json!({
        "id": project.id,
        "name": project.name,
        "domain_id": project.domain_id,
        "description": project.description,
        "enabled": project.enabled,
        "parent_id": project.domain_id,
        "is_domain": false,
        "tags": [],
        "options": {},
        "links": {"self": format!("{base}/v3/projects/{}", project.id)},
    })
}

/// A user. Nothing of its password.
pub(super) fn user(user: &User, base: &str) -> Value {
    let mut value = json!({
        "id": user.id,
        "name": user.name,
        "domain_id": user.domain_id,
        "enabled": user.enabled,
        "password_expires_at": null,
        "options": {},
        "links": {"self": format!("{base}/v3/users/{}", user.id)},
    });
    if let (Some(map), Some(default)) = (value.as_object_mut(), &user.default_project_id) {
        map.insert("default_project_id".to_owned(), json!(default));
    }
    value
}

/// A role.
pub(super) fn role(role: &Role, base: &str) -> Value {
    json!({
        "id": role.id,
        "name": role.name,
        "domain_id": null,
        "description": null,
        "options": {},
        "links": {"self": format!("{base}/v3/roles/{}", role.id)},
    })
}

/// An access key as EC2 credential, with its secret: clients ask for it again to sign requests.
pub(super) fn key(key: &AccessKey, base: &str) -> Value {
    json!({
        "user_id": key.user_id,
        "tenant_id": key.project_id,
        "access": key.id,
        "secret": key.secret,
        "trust_id": null,
        "links": {"self": format!("{base}/v3/users/{}/credentials/OS-EC2/{}", key.user_id, key.id)},
    })
}

/// An object under `name` in the body.
pub(super) fn object<'a>(body: &'a Value, name: &str) -> Result<&'a Map<String, Value>> {
    body.get(name).and_then(Value::as_object).ok_or_else(|| {
        Error::invalid(format!(
            "Expecting to find {name} in request body. The server could not comply with the request since it is \
             either malformed or otherwise incorrect. The client is assumed to be in error."
        ))
    })
}

/// A text that may be absent or null.
pub(super) fn text(map: &Map<String, Value>, name: &str) -> Result<Option<String>> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::invalid(format!("Invalid input for field '{name}': it is not of type 'string'"))),
    }
}

/// A text that must be there.
pub(super) fn required(map: &Map<String, Value>, name: &str) -> Result<String> {
    text(map, name)?.ok_or_else(|| Error::invalid(format!("'{name}' is a required property")))
}

/// A truth value that may be absent or null. Texts are not taken for one.
pub(super) fn flag(map: &Map<String, Value>, name: &str) -> Result<Option<bool>> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(Error::invalid(format!("Invalid input for field '{name}': it is not of type 'boolean'"))),
    }
}

/// `{"id": …}` or `{"name": …}` of a domain.
pub(super) fn domain_ref(map: &Map<String, Value>) -> Result<DomainRef> {
    match (text(map, "id")?, text(map, "name")?) {
        (Some(id), _) => Ok(DomainRef::Id(id)),
        (None, Some(name)) => Ok(DomainRef::Name(name)),
        (None, None) => Err(Error::invalid("Expecting to find id or name in domain.")),
    }
}
