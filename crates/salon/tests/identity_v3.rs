//! The Identity API v3 from outside: tokens, who may do what on every route, and the commands beside a running server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use std::{io::Write as _, process::Stdio};

use common::{Salon, User, http::Answer};
use salon_http::identity::{Operation, ROUTES};
use serde_json::{Value, json};

const V3: &str = "/identity/v3";

fn get(user: &User, path: &str) -> Answer {
    user.get(&format!("{V3}{path}"))
}

fn post(user: &User, path: &str, body: &Value) -> Answer {
    user.post(&format!("{V3}{path}"), body)
}

fn patch(user: &User, path: &str, body: &Value) -> Answer {
    let headers = [("Content-Type", "application/json")];
    user.send("PATCH", &format!("{V3}{path}"), &headers, body.to_string().as_bytes())
}

/// Asks about `token` as `user`.
fn about(user: &User, method: &str, token: &str, query: &str) -> Answer {
    user.send(method, &format!("{V3}/auth/tokens{query}"), &[("X-Subject-Token", token)], b"")
}

fn token(user: &User) -> &str {
    user.token.as_deref().unwrap()
}

fn user_id(user: &User) -> String {
    about(user, "GET", token(user), "").json()["token"]["user"]["id"].as_str().unwrap().to_owned()
}

fn login(user: &Value, scope: &Value) -> Value {
    json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}})
}

/// Runs a command of the binary beside the server, with something on its standard input.
fn run(salon: &Salon, arguments: &[&str], input: &str) -> (bool, String) {
    let mut command = salon.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), text)
}

fn done(salon: &Salon, arguments: &[&str], input: &str) -> String {
    let (success, text) = run(salon, arguments, input);
    assert!(success, "{arguments:?}: {text}");
    text
}

fn assert_error(answer: &Answer, code: u16, title: &str) {
    assert_eq!(answer.status, code, "{answer:?}");
    let error = &answer.json()["error"];
    assert_eq!((&error["code"], &error["title"]), (&json!(code), &json!(title)), "{answer:?}");
    assert!(error["message"].is_string());
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge.is_some_and(|text| text.starts_with("Keystone uri=\"http://")), code == 401, "{answer:?}");
    assert_eq!(answer.header("vary"), Some("X-Auth-Token"));
    assert!(answer.header("x-openstack-request-id").unwrap().starts_with("req-"));
}

#[test]
fn versions_are_found_with_and_without_a_slash() {
    let salon = Salon::new();
    let base = format!("http://localhost{V3}/");
    for path in ["/identity", "/identity/"] {
        let answer = salon.nobody().get(path);
        assert_eq!((answer.status, answer.header("location")), (300, Some(base.as_str())));
        let version = &answer.json()["versions"]["values"][0];
        assert_eq!((&version["id"], &version["links"][0]["href"]), (&json!("v3.14"), &json!(base)));
    }
    for path in ["/identity/v3", "/identity/v3/"] {
        let answer = salon.nobody().get(path);
        assert_eq!((answer.status, &answer.json()["version"]["status"]), (200, &json!("stable")));
    }
    assert_error(&salon.nobody().get("/identity/v2"), 404, "Not Found");
    assert_error(&salon.nobody().put("/identity/v3/projects", &json!({})), 405, "Method Not Allowed");
}

#[test]
fn a_tokens_life() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    let shown = about(&alice, "GET", token(&alice), "");
    assert_eq!((shown.status, shown.header("x-subject-token")), (200, Some(token(&alice))));
    let body = shown.json();
    let shown = &body["token"];
    assert_eq!(shown["methods"], json!(["password"]));
    assert_eq!(shown["user"]["name"], "alice");
    assert_eq!(shown["user"]["domain"], json!({"id": "default", "name": "Default"}));
    assert_eq!(shown["project"]["id"], json!(alice.project_id));
    let roles: Vec<_> = shown["roles"].as_array().unwrap().iter().map(|role| role["name"].as_str().unwrap()).collect();
    assert_eq!(roles, ["member", "reader"]);
    let image = shown["catalog"].as_array().unwrap().iter().find(|service| service["type"] == "image").unwrap();
    assert_eq!(image["endpoints"][0]["url"], json!("http://localhost"));
    let interfaces: Vec<_> = image["endpoints"].as_array().unwrap().iter().map(|one| &one["interface"]).collect();
    assert_eq!(interfaces, ["public", "internal", "admin"]);
    assert!(about(&alice, "GET", token(&alice), "?nocatalog").json()["token"].get("catalog").is_none());

    assert_eq!(about(&alice, "HEAD", token(&alice), "").status, 200);
    assert_eq!(about(&admin, "GET", token(&alice), "").status, 200);
    assert_error(&about(&bob, "GET", token(&alice), ""), 403, "Forbidden");
    assert_error(&about(&admin, "GET", "nonsense", ""), 404, "Not Found");
    assert_error(&get(&admin, "/auth/tokens"), 400, "Bad Request");
    assert_error(&about(&bob, "DELETE", token(&alice), ""), 403, "Forbidden");

    let rescope = json!({"auth": {"identity": {"methods": ["token"], "token": {"id": token(&alice)}},
        "scope": {"project": {"id": alice.project_id}}}});
    let rescoped = post(&salon.nobody(), "/auth/tokens?nocatalog", &rescope);
    assert_eq!(rescoped.status, 201);
    assert_eq!(rescoped.json()["token"]["methods"], json!(["password", "token"]));
    assert_eq!(rescoped.json()["token"]["expires_at"], shown["expires_at"]);

    assert_eq!(about(&alice, "DELETE", token(&alice), "").status, 204);
    assert_error(&about(&alice, "GET", token(&alice), ""), 401, "Unauthorized");
    assert_eq!(alice.get("/v2/images").status, 401);
    assert_error(&post(&salon.nobody(), "/auth/tokens", &rescope), 401, "Unauthorized");
}

#[test]
fn a_token_survives_a_restart() {
    let mut salon = Salon::new();
    let alice = salon.alice();
    salon.kill();
    salon.restart();
    assert_eq!(alice.get("/v2/images").status, 200);
}

#[test]
fn what_is_no_login_gets_no_token_and_is_not_repeated() {
    let salon = Salon::new();
    let canary = "canary-in-the-password";
    let default = json!({"id": "default"});
    let user = json!({"name": "alice", "domain": default, "password": canary});
    for (body, code) in [
        (login(&user, &json!(null)), 401),
        (login(&json!({"name": "nobody", "domain": default, "password": canary}), &json!(null)), 401),
        (login(&json!({"name": "a\u{0}b", "domain": {"name": "\u{0}"}, "password": canary}), &json!(null)), 401),
        (json!({"auth": {"identity": {"methods": ["totp"], "totp": {}}}}), 401),
        (login(&json!({"name": "alice", "password": canary}), &json!(null)), 400),
        (login(&json!({"name": ["alice"], "domain": default, "password": canary}), &json!(null)), 400),
        (login(&user, &json!({"project": {"id": "a"}, "domain": {"id": "b"}})), 400),
        (json!({"auth": {"identity": {"password": {"user": user}}}}), 400),
        (json!([canary]), 400),
        (json!({"auth": canary}), 400),
    ] {
        let answer = post(&salon.nobody(), "/auth/tokens", &body);
        assert_error(&answer, code, if code == 401 { "Unauthorized" } else { "Bad Request" });
        assert!(!answer.text().contains(canary) && answer.header("x-subject-token").is_none());
    }
    let broken = salon.nobody().send("POST", "/identity/v3/auth/tokens", &[], format!("{{{canary}").as_bytes());
    assert_error(&broken, 400, "Bad Request");
    assert!(!broken.text().contains(canary));
    let large = vec![b' '; 200_000];
    assert_eq!(salon.nobody().send("POST", "/identity/v3/auth/tokens", &[], &large).status, 413);
    let alice = salon.alice();
    assert!(!salon.log().contains(canary) && !salon.log().contains(token(&alice)));
}

#[test]
fn guessing_is_throttled() {
    let salon = Salon::new();
    let guess = login(&json!({"name": "alice", "domain": {"id": "default"}, "password": "guess"}), &json!(null));
    let refused = loop {
        let answer = post(&salon.nobody(), "/auth/tokens", &guess);
        if answer.status != 401 {
            break answer;
        }
    };
    assert_error(&refused, 429, "Too Many Requests");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    salon.bob();
}

#[test]
fn identity_headers_from_outside_are_worth_nothing() {
    let salon = Salon::new();
    let spoofed = [
        ("X-Identity-Status", "Confirmed"),
        ("X-User-Id", "u"),
        ("X-Project-Id", "p"),
        ("X-Roles", "admin"),
        ("X-Is-Admin-Project", "True"),
        ("OpenStack-System-Scope", "all"),
        ("X-Service-Identity-Status", "Confirmed"),
        ("X-Service-Roles", "service"),
    ];
    assert_eq!(salon.nobody().send("GET", "/v2/images", &spoofed, b"").status, 401);
    assert_error(&salon.nobody().send("GET", "/identity/v3/projects", &spoofed, b""), 401, "Unauthorized");
    let alice = salon.alice();
    let hidden = salon.bob().create_image("hidden");
    assert_eq!(alice.send("GET", &hidden, &spoofed, b"").status, 404);
    assert_error(&alice.send("GET", "/identity/v3/projects", &spoofed, b""), 403, "Forbidden");
}

/// What the rule says about a route: only administrators, but for what is one's own.
fn expected(operation: Operation, caller: &str) -> u16 {
    use Operation::*;
    let success = match operation {
        ListVersions => return 300,
        ShowVersion => return 200,
        // Without a body; these read it before they look who is asking.
        IssueToken | ChangePassword => return 400,
        CreateDomain | CreateProject | CreateRole | CreateUser | CreateKey | UpdateProject | UpdateUser => 400,
        RevokeToken | CreateGrant | CheckGrant | DeleteGrant | DeleteProject | DeleteUser | DeleteKey => 204,
        // Of a role that is always there.
        DeleteRole => 403,
        _ => 200,
    };
    let everybody = matches!(
        operation,
        ValidateToken | RevokeToken | ShowCatalog | ListOwnProjects | ListOwnDomains | ShowOwnSystem | ShowDomain
    );
    let own =
        matches!(operation, ShowProject | ShowUser | ListUserProjects | ListKeys | CreateKey | ShowKey | DeleteKey);
    match caller {
        "nobody" => 401,
        "admin" => success,
        "owner" if everybody || own => success,
        "stranger" if everybody => success,
        _ => 403,
    }
}

/// A project of its own with one user in it, who is asked about.
struct Target {
    path: String,
    owner: User,
}

impl Target {
    fn new(salon: &Salon, admin: &User, name: &str, template: &str) -> Self {
        let make = |path: &str, kind: &str, body: Value| {
            let answer = post(admin, path, &json!({ kind: body }));
            assert_eq!(answer.status, 201, "{answer:?}");
            answer.json()[kind]["id"].as_str().unwrap().to_owned()
        };
        let project = make("/projects", "project", json!({"name": name}));
        let user = make("/users", "user", json!({"name": name, "password": "p"}));
        let roles = get(admin, "/roles?name=member").json();
        let member = roles["roles"][0]["id"].as_str().unwrap();
        let grant = format!("{V3}/projects/{project}/users/{user}/roles/{member}");
        assert_eq!(admin.put(&grant, &json!({})).status, 204);
        let owner = salon.log_in(name, "p", name);
        let key = post(&owner, &format!("/users/{user}/credentials/OS-EC2"), &json!({"tenant_id": project}));
        let key = key.json()["credential"]["access"].as_str().unwrap().to_owned();
        let path = template
            .replace("{domain_id}", "default")
            .replace("{project_id}", &project)
            .replace("{user_id}", &user)
            .replace("{role_id}", member)
            .replace("{key_id}", &key);
        Self { path: format!("/identity{path}"), owner }
    }
}

#[test]
fn every_route_as_everybody() {
    let salon = Salon::new();
    let admin = salon.admin();
    for route in ROUTES {
        let shared = Target::new(&salon, &admin, route.template, route.template);
        for (method, operation) in route.methods {
            for caller in ["nobody", "stranger", "owner", "admin"] {
                let name = format!("{caller} {method} {}", route.template);
                let reads = matches!(method.as_str(), "GET" | "HEAD");
                // Whoever may change something gets something to change.
                let own = (!reads && matches!(caller, "owner" | "admin"))
                    .then(|| Target::new(&salon, &admin, &name, route.template));
                let target = own.as_ref().unwrap_or(&shared);
                let asking = match caller {
                    "nobody" => salon.nobody(),
                    "stranger" => salon.bob(),
                    "owner" => target.owner.clone(),
                    // Its token may be over afterwards.
                    _ if *operation == Operation::RevokeToken => salon.admin(),
                    _ => admin.clone(),
                };
                let subject = asking.token.clone().unwrap_or_else(|| "none".to_owned());
                let answer = asking.send(method.as_str(), &target.path, &[("X-Subject-Token", &subject)], b"");
                assert_eq!(answer.status, expected(*operation, caller), "{name}: {answer:?}");
            }
        }
    }
}

#[test]
fn projects_users_and_roles_are_managed() {
    let salon = Salon::new();
    let admin = salon.admin();
    let project = post(&admin, "/projects", &json!({"project": {"name": "gamma", "description": "third"}}));
    let project = project.json()["project"].clone();
    assert_eq!((&project["domain_id"], &project["parent_id"]), (&json!("default"), &json!("default")));
    assert_error(&post(&admin, "/projects", &json!({"project": {"name": "gamma"}})), 409, "Conflict");
    assert_error(&post(&admin, "/projects", &json!({"project": {"name": "x", "enabled": "yes"}})), 400, "Bad Request");
    let id = project["id"].as_str().unwrap();
    let found = get(&admin, "/projects?name=gamma&domain_id=default").json();
    assert_eq!((&found["projects"][0]["id"], &found["links"]["next"]), (&json!(id), &json!(null)));
    let first = get(&admin, "/projects?limit=1").json();
    let next = first["links"]["next"].as_str().unwrap();
    let next = next.strip_prefix("http://localhost").unwrap();
    let second = admin.get(next).json();
    assert_ne!(first["projects"][0]["id"], second["projects"][0]["id"]);

    let user = post(&admin, "/users", &json!({"user": {"name": "carol", "password": "p", "default_project_id": id}}));
    let user = user.json()["user"].clone();
    assert!(user.get("password").is_none() && user.get("password_hash").is_none());
    let carol = user["id"].as_str().unwrap();
    let role = get(&admin, "/roles?name=reader").json()["roles"][0]["id"].as_str().unwrap().to_owned();
    let grant = format!("{V3}/projects/{id}/users/{carol}/roles/{role}");
    assert_eq!(admin.send("HEAD", &grant, &[], b"").status, 404);
    assert_eq!(admin.put(&grant, &json!({})).status, 204);
    assert_eq!(admin.send("HEAD", &grant, &[], b"").status, 204);
    let listed = get(&admin, &format!("/role_assignments?user.id={carol}&include_names")).json();
    assert_eq!(listed["role_assignments"][0]["scope"]["project"]["name"], "gamma");
    assert_eq!(listed["role_assignments"][0]["user"]["domain"]["name"], "Default");

    // The administrator's role implies the reader's; given it was to nobody but carol.
    let readers = |more: &str| get(&admin, &format!("/role_assignments?role.id={role}{more}")).json();
    assert_eq!(readers("")["role_assignments"].as_array().unwrap().len(), 1);
    assert!(readers("&effective")["role_assignments"].as_array().unwrap().len() > 1);

    let carols = salon.log_in("carol", "p", "gamma");
    let own = get(&carols, "/auth/projects").json();
    assert_eq!(own["projects"][0]["name"], "gamma");
    let password = json!({"user": {"original_password": "p", "password": "q"}});
    assert_eq!(post(&salon.nobody(), &format!("/users/{carol}/password"), &password).status, 204);
    assert_eq!(get(&carols, "/auth/projects").status, 401);
    let carols = salon.log_in("carol", "q", "gamma");
    assert_eq!(patch(&admin, &format!("/projects/{id}"), &json!({"project": {"enabled": false}})).status, 200);
    assert_eq!(get(&carols, "/auth/projects").status, 401);
    assert_eq!(admin.delete(&format!("{V3}/users/{carol}")).status, 204);
    assert_eq!(admin.delete(&format!("{V3}/projects/{id}")).status, 204);
    assert_error(&get(&admin, &format!("/projects/{id}")), 404, "Not Found");
}

#[test]
fn commands_work_beside_the_server_and_count_at_once() {
    let salon = Salon::new();
    done(&salon, &["project", "create", "gamma", "--description", "third"], "");
    let made = ["user", "create", "carol", "--project", "gamma", "--role", "member", "--password-stdin", "--json"];
    let carol: Value = serde_json::from_str(&done(&salon, &made, "first\n")).unwrap();
    let carols = salon.log_in("carol", "first", "gamma");
    assert_eq!(user_id(&carols), carol["id"].as_str().unwrap());
    assert_eq!(carols.get("/v2/images").status, 200);

    done(&salon, &["role", "remove", "member", "--user", "carol", "--project", "gamma"], "");
    assert_eq!(carols.get("/v2/images").status, 401);
    done(&salon, &["role", "add", "member", "--user", "carol", "--project", "gamma"], "");
    assert!(done(&salon, &["role", "assignments", "--user", "carol"], "").contains("carol  gamma    member"));

    let carols = salon.log_in("carol", "first", "gamma");
    let fresh = done(&salon, &["user", "set", "carol", "--generate-password"], "");
    assert_eq!(carols.get("/v2/images").status, 401);
    let carols = salon.log_in("carol", fresh.trim(), "gamma");
    done(&salon, &["user", "set", "carol", "--disable"], "");
    assert_eq!(carols.get("/v2/images").status, 401);
    done(&salon, &["user", "set", "carol", "--enable"], "");

    let create = ["key", "create", "--user", "carol", "--project", "gamma", "--json"];
    let key: Value = serde_json::from_str(&done(&salon, &create, "")).unwrap();
    let (id, secret) = (key["id"].as_str().unwrap(), key["secret"].as_str().unwrap());
    let listed = done(&salon, &["key", "list", "--user", "carol"], "");
    assert!(listed.contains(id) && !listed.contains(secret));
    done(&salon, &["key", "delete", id], "");
    assert!(!run(&salon, &["key", "delete", id], "").0);

    assert!(!run(&salon, &["user", "create", "dave"], "").0, "there was nobody to ask for a password");
    assert!(!run(&salon, &["role", "delete", "admin"], "").0);
    done(&salon, &["user", "delete", "carol"], "");
    done(&salon, &["project", "delete", "gamma"], "");
    let left: Value = serde_json::from_str(&done(&salon, &["user", "list", "--json"], "")).unwrap();
    assert_eq!(left.as_array().unwrap().len(), 3);
}
