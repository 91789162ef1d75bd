//! Reading `{"auth": {…}}`.

use salon_core::{Error, Result};
use salon_identity::{
    Secret,
    built_in::{DEFAULT_DOMAIN, DomainRef, Login, ProjectRef, Proof, ScopeRequest, UserRef},
};
use serde_json::{Map, Value};

/// The members of `auth` that prove who is asking; exactly one is there.
const API_KEY: &str = "RAX-KSKEY:apiKeyCredentials";
const PASSWORD: &str = "passwordCredentials";
const TOKEN: &str = "token";

/// A login as it was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// What the identity understands of it.
    pub(super) login: Login,
    /// The tenant's id is the name of the user, which is what pyrax sends with a password when it knows no tenant.
    pub(super) tenant_is_user: bool,
}

/// Reads a login.
pub(super) fn parse(body: &Value) -> Result<Asked> {
    let auth = object(body.get("auth"), "auth")?;
    let domain = match auth.get("RAX-AUTH:domain") {
        None | Some(Value::Null) => DomainRef::Id(DEFAULT_DOMAIN.to_owned()),
        Some(domain) => domain_ref(object(Some(domain), "RAX-AUTH:domain")?)?,
    };
    let user = |name: String| UserRef::Name { name, domain: domain.clone() };
    let given: Vec<&str> = [API_KEY, PASSWORD, TOKEN].into_iter().filter(|name| auth.contains_key(*name)).collect();
    let [kind] = given.as_slice() else {
        return Err(Error::invalid(format!("Expecting exactly one of {PASSWORD}, {API_KEY} and {TOKEN} in auth.")));
    };
    let credentials = object(auth.get(*kind), kind)?;
    let mut user_name = None;
    let proof = match *kind {
        PASSWORD => {
            let (name, password) =
                (required(credentials, "username")?, Secret::new(required(credentials, "password")?));
            user_name = Some(name.clone());
            Proof::Password { user: user(name), password }
        }
        API_KEY => {
            let (name, key) = (required(credentials, "username")?, Secret::new(required(credentials, "apiKey")?));
            user_name = Some(name.clone());
            Proof::ApiKey { user: user(name), key }
        }
        _ => Proof::Token(Secret::new(required(credentials, "id")?)),
    };
    let (id, name) = (text(auth, "tenantId")?, text(auth, "tenantName")?);
    let tenant_is_user = id.is_some() && id == user_name;
    let scope = match (id, name) {
        (Some(_), Some(_)) => return Err(Error::invalid("Give tenantId or tenantName, not both.")),
        (Some(id), None) => ScopeRequest::Project(ProjectRef::Id(id)),
        (None, Some(name)) => ScopeRequest::Project(ProjectRef::Name { name, domain: domain.clone() }),
        (None, None) => ScopeRequest::Default,
    };
    Ok(Asked { login: Login { proof, scope }, tenant_is_user })
}

fn domain_ref(domain: &Map<String, Value>) -> Result<DomainRef> {
    match (text(domain, "id")?, text(domain, "name")?) {
        (Some(id), _) => Ok(DomainRef::Id(id)),
        (None, Some(name)) => Ok(DomainRef::Name(name)),
        (None, None) => Err(Error::invalid("Expecting id or name in RAX-AUTH:domain.")),
    }
}

fn object<'a>(value: Option<&'a Value>, name: &str) -> Result<&'a Map<String, Value>> {
    value.and_then(Value::as_object).ok_or_else(|| Error::invalid(format!("Expecting an object {name}.")))
}

/// A text that may be absent, null or empty.
fn text(map: &Map<String, Value>, name: &str) -> Result<Option<String>> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        // Tenants of this cloud's clients are numbers, and some write them so.
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(Error::invalid(format!("{name} must be a text."))),
    }
}

fn required(map: &Map<String, Value>, name: &str) -> Result<String> {
    text(map, name)?.ok_or_else(|| Error::invalid(format!("Expecting {name}.")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(auth: Value) -> Result<Asked> {
        parse(&json!({"auth": auth}))
    }

    fn password() -> Value {
        json!({"username": "alice", "password": "p"})
    }

    #[test]
    fn the_three_proofs() {
        let default = DomainRef::Id("default".to_owned());
        let Proof::Password { user, password } = asked(json!({PASSWORD: password()})).unwrap().login.proof else {
            panic!()
        };
        assert_eq!((user, password.reveal()), (UserRef::Name { name: "alice".into(), domain: default.clone() }, "p"));
        let credentials = json!({"username": "alice", "apiKey": "k"});
        let with_domain = json!({API_KEY: credentials, "RAX-AUTH:domain": {"name": "Default"}});
        let Proof::ApiKey { user, key } = asked(with_domain).unwrap().login.proof else { panic!() };
        let domain = DomainRef::Name("Default".to_owned());
        assert_eq!((user, key.reveal()), (UserRef::Name { name: "alice".into(), domain }, "k"));
        let Proof::Token(token) = asked(json!({"token": {"id": "t"}, "tenantId": 5})).unwrap().login.proof else {
            panic!()
        };
        assert_eq!(token.reveal(), "t");
    }

    #[test]
    fn tenants() {
        let scope = |more: Value| {
            let mut auth = json!({PASSWORD: password()});
            auth.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            asked(auth).map(|asked| (asked.login.scope, asked.tenant_is_user))
        };
        assert_eq!(scope(json!({})).unwrap(), (ScopeRequest::Default, false));
        assert_eq!(scope(json!({"tenantId": null, "tenantName": ""})).unwrap(), (ScopeRequest::Default, false));
        let by_id = |id: &str| ScopeRequest::Project(ProjectRef::Id(id.to_owned()));
        assert_eq!(scope(json!({"tenantId": 123456})).unwrap(), (by_id("123456"), false));
        assert_eq!(scope(json!({"tenantId": "alice"})).unwrap(), (by_id("alice"), true));
        let domain = DomainRef::Id("default".to_owned());
        let by_name = ScopeRequest::Project(ProjectRef::Name { name: "alpha".into(), domain });
        assert_eq!(scope(json!({"tenantName": "alpha"})).unwrap(), (by_name, false));
        assert!(scope(json!({"tenantName": "alpha", "tenantId": "1"})).is_err());
    }

    #[test]
    fn what_is_no_login() {
        for wrong in [
            json!(null),
            json!({}),
            json!({"tenantId": "1"}),
            json!({PASSWORD: "x"}),
            json!({PASSWORD: {"username": "alice"}}),
            json!({PASSWORD: {"password": "p"}}),
            json!({PASSWORD: {"username": [], "password": "p"}}),
            json!({API_KEY: {"username": "alice", "password": "p"}}),
            json!({"token": {}}),
            json!({"token": {"id": "t"}, PASSWORD: password()}),
            json!({PASSWORD: password(), "RAX-AUTH:domain": {}}),
            json!({PASSWORD: password(), "RAX-AUTH:domain": "x"}),
        ] {
            assert!(asked(wrong.clone()).is_err(), "{wrong}");
        }
        assert!(parse(&json!([])).is_err());
    }
}
