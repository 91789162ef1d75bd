//! Tokens: get one, look at one, end one; and what the own token reaches.

use http::{HeaderName, HeaderValue, StatusCode};
use salon_core::{Error, Result};
use salon_identity::{
    Secret,
    built_in::{Issued, Login, Page, ProjectRef, Proof, ScopeRequest, Session, UserRef},
    secret::same,
};
use serde_json::{Map, Value, json};

use super::{
    call::{Call, forbidden},
    wire,
};
use crate::kit::{Response, answer};

const SUBJECT: HeaderName = HeaderName::from_static("x-subject-token");

/// `POST /v3/auth/tokens`
pub(super) async fn issue(mut call: Call<'_>) -> Result<Response> {
    let body = call.json().await?;
    let login = parse_login(&body)?;
    let Issued { token, session } = call.identity.login(&login, call.request.peer).await?;
    let project = session.project().map(|(project, _)| project.id.to_string());
    call.request.trail.set_caller(session.user().id.as_str(), project);
    let body = describe(&call, &session).await?;
    with_subject(answer::json(StatusCode::CREATED, &body), token.reveal())
}

/// `GET` and `HEAD /v3/auth/tokens`: of the own token, or, for administrators and services, of any.
pub(super) async fn validate(call: Call<'_>) -> Result<Response> {
    let asking = call.session().await?;
    let subject = subject(&call)?;
    if !asking.may_look_at(is_own(&call, &subject)) {
        return Err(forbidden("identity:validate_token"));
    }
    let session = call.identity.session(&subject, call.asked("allow_expired")).await?.ok_or_else(unknown_token)?;
    let body = describe(&call, &session).await?;
    with_subject(answer::json(StatusCode::OK, &body), &subject)
}

/// `DELETE /v3/auth/tokens`: the own token, or, for administrators, any.
pub(super) async fn revoke(call: Call<'_>) -> Result<Response> {
    let asking = call.session().await?;
    let subject = subject(&call)?;
    if !call.identity.may_end(&asking, is_own(&call, &subject), &subject).await? {
        return Err(forbidden("identity:revoke_token"));
    }
    if call.identity.revoke(&subject).await? { Ok(answer::no_content()) } else { Err(unknown_token()) }
}

/// `GET /v3/auth/catalog`
pub(super) async fn catalog(call: Call<'_>) -> Result<Response> {
    call.session().await?;
    let links = json!({"self": format!("{}/v3/auth/catalog", call.base), "next": null, "previous": null});
    Ok(answer::json(StatusCode::OK, &json!({"catalog": services(&call), "links": links})))
}

/// `GET /v3/auth/projects`: enabled projects on which the caller has a role.
pub(super) async fn own_projects(call: Call<'_>) -> Result<Response> {
    let session = call.session().await?;
    let projects = call.directory().projects_of(&session.user().id, &Page::default()).await?;
    let projects = projects.iter().filter(|own| own.project.enabled);
    let projects = projects.map(|own| wire::project(&own.project, &call.base)).collect();
    Ok(call.list("projects", projects, None))
}

/// `GET /v3/auth/domains`: none, since roles are given on projects only.
pub(super) async fn own_domains(call: Call<'_>) -> Result<Response> {
    call.session().await?;
    Ok(call.list("domains", Vec::new(), None))
}

/// `GET /v3/auth/system`: nothing, since roles are given on projects only.
pub(super) async fn own_system(call: Call<'_>) -> Result<Response> {
    call.session().await?;
    let links = json!({"self": format!("{}/v3/auth/system", call.base)});
    Ok(answer::json(StatusCode::OK, &json!({"system": [], "links": links})))
}

/// Whether the token that is asked about is the one that asks.
fn is_own(call: &Call<'_>, subject: &str) -> bool {
    let own = call.request.header("x-auth-token").unwrap_or_default().trim();
    same(own.as_bytes(), subject.as_bytes())
}

fn subject(call: &Call<'_>) -> Result<String> {
    let subject = call.request.header(SUBJECT.as_str()).map(str::trim).filter(|token| !token.is_empty());
    subject
        .map(str::to_owned)
        .ok_or_else(|| Error::invalid("Expecting to find X-Subject-Token in the request headers."))
}

/// Does not repeat the token: the answer may be logged.
fn unknown_token() -> Error {
    Error::not_found("Could not find token.")
}

fn with_subject(mut response: Response, token: &str) -> Result<Response> {
    let mut value = HeaderValue::from_str(token)
        .map_err(|error| Error::internal("a token cannot be a header").with_source(error))?;
    value.set_sensitive(true);
    response.headers_mut().insert(SUBJECT, value);
    Ok(response)
}

/// Reads `{"auth": {"identity": …, "scope": …}}`.
fn parse_login(body: &Value) -> Result<Login> {
    let auth = wire::object(body, "auth")?;
    let identity = child(auth, "identity")?;
    let methods: Vec<&str> = match identity.get("methods") {
        Some(Value::Array(methods)) => methods.iter().filter_map(Value::as_str).collect(),
        _ => return Err(Error::invalid("'methods' is a required property")),
    };
    let proof = match methods.as_slice() {
        ["password"] => {
            let user = child(child(identity, "password")?, "user")?;
            let password = Secret::new(wire::required(user, "password")?);
            Proof::Password { user: user_ref(user)?, password }
        }
        ["token"] => Proof::Token(Secret::new(wire::required(child(identity, "token")?, "id")?)),
        // Keystone answers 401 to methods it does not do.
        _ => return Err(Error::unauthenticated("Attempted to authenticate with an unsupported method.")),
    };
    Ok(Login { proof, scope: scope(auth.get("scope"))? })
}

fn user_ref(user: &Map<String, Value>) -> Result<UserRef> {
    match (wire::text(user, "id")?, wire::text(user, "name")?) {
        (Some(id), _) => Ok(UserRef::Id(id)),
        (None, Some(name)) => Ok(UserRef::Name { name, domain: wire::domain_ref(child(user, "domain")?)? }),
        (None, None) => Err(Error::invalid("Expecting to find id or name in user.")),
    }
}

fn scope(scope: Option<&Value>) -> Result<ScopeRequest> {
    let scope = match scope {
        None | Some(Value::Null) => return Ok(ScopeRequest::Default),
        Some(Value::String(text)) if text == "unscoped" => return Ok(ScopeRequest::Unscoped),
        Some(Value::Object(scope)) => scope,
        Some(_) => return Err(Error::invalid("The scope is neither 'unscoped' nor an object.")),
    };
    match (scope.get("project"), scope.get("domain"), scope.get("system"), scope.contains_key("unscoped")) {
        (Some(_), None, None, false) => {
            let project = child(scope, "project")?;
            Ok(ScopeRequest::Project(match (wire::text(project, "id")?, wire::text(project, "name")?) {
                (Some(id), _) => ProjectRef::Id(id),
                (None, Some(name)) => ProjectRef::Name { name, domain: wire::domain_ref(child(project, "domain")?)? },
                (None, None) => return Err(Error::invalid("Expecting to find id or name in project.")),
            }))
        }
        (None, Some(_), None, false) => Ok(ScopeRequest::Domain(wire::domain_ref(child(scope, "domain")?)?)),
        (None, None, Some(_), false) => Ok(ScopeRequest::System),
        (None, None, None, true) => Ok(ScopeRequest::Unscoped),
        (None, None, None, false) => Ok(ScopeRequest::Default),
        _ => Err(Error::invalid("A token can be scoped to one of project, domain and system only.")),
    }
}

fn child<'a>(map: &'a Map<String, Value>, name: &str) -> Result<&'a Map<String, Value>> {
    map.get(name).and_then(Value::as_object).ok_or_else(|| Error::invalid(format!("'{name}' is a required property")))
}

/// What a token stands for, in Keystone's shape.
async fn describe(call: &Call<'_>, session: &Session) -> Result<Value> {
    let user = session.user();
    let named = |id: &str, name: &str| json!({"id": id, "name": name});
    let user_domain = named(&session.user_domain().id, &session.user_domain().name);
    let mut token = json!({
        "methods": session.methods(),
        "user": {"id": user.id, "name": user.name, "domain": user_domain, "password_expires_at": null},
        "audit_ids": [session.audit_id()],
        "expires_at": session.expires_at().to_iso_micros(),
        "issued_at": session.issued_at().to_iso_micros(),
    });
    let (Some(map), Some((project, domain))) = (token.as_object_mut(), session.project()) else {
        return Ok(json!({"token": token}));
    };
    let domain = named(&domain.id, &domain.name);
    map.insert("project".to_owned(), json!({"id": project.id, "name": project.name, "domain": domain}));
    map.insert("is_domain".to_owned(), json!(false));
    map.insert("roles".to_owned(), roles(call, session).await?);
    if !call.asked("nocatalog") {
        map.insert("catalog".to_owned(), services(call));
    }
    Ok(json!({"token": token}))
}

/// The session's roles with their ids.
async fn roles(call: &Call<'_>, session: &Session) -> Result<Value> {
    let roles = call.directory().with_ids(session.roles()).await?;
    Ok(roles.into_iter().map(|(id, name)| json!({"id": id, "name": name})).collect())
}

/// The service catalog: the images, and this dialect.
fn services(call: &Call<'_>) -> Value {
    let service = |kind: &str, name: &str, url: &str| {
        let endpoint = |interface: &str| {
            json!({
                "id": format!("{kind}-{interface}"),
                "interface": interface,
                "region_id": call.region,
                "region": call.region,
                "url": url,
            })
        };
        json!({
            "id": kind,
            "type": kind,
            "name": name,
            "endpoints": [endpoint("public"), endpoint("internal"), endpoint("admin")],
        })
    };
    json!(
        [service("identity", "keystone", &format!("{}/v3", call.base)), service("image", "glance", &call.image_base),]
    )
}

#[cfg(test)]
mod tests {
    use salon_identity::built_in::DomainRef;

    use super::*;

    fn login(identity: Value, scope: Value) -> Result<Login> {
        parse_login(&json!({"auth": {"identity": identity, "scope": scope}}))
    }

    fn alice() -> Value {
        json!({"methods": ["password"], "password": {"user": {"id": "u", "password": "p"}}})
    }

    #[test]
    fn users_by_id_and_name() {
        let Proof::Password { user, password } = login(alice(), Value::Null).unwrap().proof else { panic!() };
        assert_eq!((user, password.reveal()), (UserRef::Id("u".into()), "p"));
        let by_name = |user: Value| login(json!({"methods": ["password"], "password": {"user": user}}), Value::Null);
        let Proof::Password { user, .. } =
            by_name(json!({"name": "alice", "domain": {"name": "Default"}, "password": "p"})).unwrap().proof
        else {
            panic!()
        };
        assert_eq!(user, UserRef::Name { name: "alice".into(), domain: DomainRef::Name("Default".into()) });
        for wrong in [
            json!({"name": "alice", "password": "p"}),
            json!({"id": "u"}),
            json!({"id": "u", "password": 5}),
            json!({"password": "p"}),
            json!(null),
        ] {
            assert!(by_name(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn methods() {
        let Proof::Token(token) =
            login(json!({"methods": ["token"], "token": {"id": "t"}}), json!(null)).unwrap().proof
        else {
            panic!()
        };
        assert_eq!(token.reveal(), "t");
        for methods in [json!(["totp"]), json!([]), json!(["password", "totp"])] {
            let error = login(json!({"methods": methods}), Value::Null).unwrap_err();
            assert_eq!(error.kind(), salon_core::Kind::Unauthenticated);
        }
    }

    #[test]
    fn scopes() {
        let scope = |scope: Value| login(alice(), scope).map(|login| login.scope);
        assert_eq!(scope(json!(null)).unwrap(), ScopeRequest::Default);
        assert_eq!(scope(json!("unscoped")).unwrap(), ScopeRequest::Unscoped);
        assert_eq!(scope(json!({"unscoped": {}})).unwrap(), ScopeRequest::Unscoped);
        assert_eq!(scope(json!({"system": {"all": true}})).unwrap(), ScopeRequest::System);
        assert_eq!(scope(json!({"project": {"id": "p"}})).unwrap(), ScopeRequest::Project(ProjectRef::Id("p".into())));
        assert_eq!(
            scope(json!({"project": {"name": "alpha", "domain": {"id": "default"}}})).unwrap(),
            ScopeRequest::Project(ProjectRef::Name { name: "alpha".into(), domain: DomainRef::Id("default".into()) })
        );
        assert_eq!(
            scope(json!({"domain": {"id": "default"}})).unwrap(),
            ScopeRequest::Domain(DomainRef::Id("default".into()))
        );
        for wrong in [
            json!("all"),
            json!({"project": {"name": "alpha"}}),
            json!({"project": {}, "domain": {"id": "d"}}),
            json!({"project": "alpha"}),
        ] {
            assert!(scope(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
