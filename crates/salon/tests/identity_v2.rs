//! Identity v2.0 from outside: every credential, every code, and that its tokens are the same as those of v3.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use std::fs;

use common::{Salon, Setup, User, http::Answer};
use salon_http::identity_v2::{Operation, ROUTES};
use serde_json::{Value, json};

const V2: &str = "/identity/v2.0";
const TOKENS: &str = "/identity/v2.0/tokens";

/// A word of a sample user's file for pyrax.
fn secret(salon: &Salon, name: &str) -> String {
    let file = fs::read_to_string(salon.data().join(format!("pyrax-{name}.cfg"))).unwrap();
    assert!(file.starts_with(&format!("[rackspace_cloud]\nusername = {name}\n")), "{file}");
    file.lines().find_map(|line| line.strip_prefix("api_key = ")).unwrap().to_owned()
}

/// A sample user's password.
fn password(salon: &Salon, name: &str) -> String {
    let file: Value = serde_json::from_slice(&fs::read(salon.data().join("dev-passwords.json")).unwrap()).unwrap();
    file[name].as_str().unwrap().to_owned()
}

fn by_key(name: &str, key: &str) -> Value {
    json!({"RAX-KSKEY:apiKeyCredentials": {"username": name, "apiKey": key}})
}

fn by_password(name: &str, password: &str) -> Value {
    json!({"passwordCredentials": {"username": name, "password": password}})
}

fn by_token(token: &str) -> Value {
    json!({"token": {"id": token}})
}

fn with(mut auth: Value, more: &Value) -> Value {
    auth.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    auth
}

fn ask(salon: &Salon, auth: &Value) -> Answer {
    salon.nobody().post(TOKENS, &json!({"auth": auth}))
}

/// Logs in and answers what is below `access`.
fn access(salon: &Salon, auth: &Value) -> Value {
    let answer = ask(salon, auth);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("vary"), Some("X-Auth-Token"));
    answer.json()["access"].clone()
}

fn token_of(access: &Value) -> String {
    access["token"]["id"].as_str().unwrap().to_owned()
}

/// Somebody with another token.
fn bearing(user: &User, token: &str) -> User {
    let mut user = user.clone();
    user.token = Some(token.to_owned());
    user
}

fn assert_fault(answer: &Answer, code: u16, key: &str) {
    assert_eq!(answer.status, code, "{answer:?}");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 1, "{answer:?}");
    assert_eq!(body[key]["code"], json!(code), "{answer:?}");
    assert!(body[key]["message"].is_string());
    assert_eq!(answer.header("www-authenticate").is_some(), code == 401, "{answer:?}");
}

/// Runs a command of the binary beside the server; what it prints.
fn run(salon: &Salon, arguments: &[&str]) -> (bool, String) {
    let output = salon.command(arguments).output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn done(salon: &Salon, arguments: &[&str]) -> String {
    let (success, text) = run(salon, arguments);
    assert!(success, "{arguments:?}: {text}");
    text
}

/// A fresh API key of a user: its id and the key.
fn fresh_key(salon: &Salon, name: &str) -> (String, String) {
    let made: Value = serde_json::from_str(&done(salon, &["user", "api-key", "create", name, "--json"])).unwrap();
    (made["id"].as_str().unwrap().to_owned(), made["api_key"].as_str().unwrap().to_owned())
}

#[test]
fn versions_are_found() {
    let salon = Salon::new();
    for path in [V2.to_owned(), format!("{V2}/")] {
        let answer = salon.nobody().get(&path);
        let version = &answer.json()["version"];
        assert_eq!((answer.status, &version["id"]), (200, &json!("v2.0")));
        assert_eq!(version["links"][0]["href"], json!(format!("http://localhost{V2}/")));
    }
    let listed = salon.nobody().get("/identity").json();
    let ids: Vec<_> = listed["versions"]["values"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, ["v3.14", "v2.0"]);
}

#[test]
fn a_login_answers_what_clients_need() {
    let salon = Salon::new();
    let alice = salon.alice();
    let (word, key) = (password(&salon, "alice"), secret(&salon, "alice"));
    for (auth, method) in [(by_password("alice", &word), "PASSWORD"), (by_key("alice", &key), "APIKEY")] {
        let access = access(&salon, &auth);
        let token = &access["token"];
        assert_eq!(token["tenant"], json!({"id": alice.project_id, "name": "alpha"}));
        assert_eq!(token["RAX-AUTH:authenticatedBy"], json!([method]));
        assert!(token["expires"].as_str().unwrap().ends_with('Z'));
        let user = &access["user"];
        assert_eq!(user["name"], "alice");
        assert_eq!(
            (&user["RAX-AUTH:defaultRegion"], &user["RAX-AUTH:domainId"]),
            (&json!("REGIONONE"), &json!("default"))
        );
        let roles = user["roles"].as_array().unwrap();
        assert_eq!(roles.iter().map(|role| &role["name"]).collect::<Vec<_>>(), ["member", "reader"]);
        for role in roles {
            assert!(role["id"].is_string() && role["description"].is_string(), "{role}");
            assert_eq!(role["tenantId"], json!(alice.project_id));
        }
        let catalog = access["serviceCatalog"].as_array().unwrap();
        let images: Vec<_> = catalog.iter().filter(|service| service["type"] == "image").collect();
        assert_eq!((images.len(), &images[0]["name"]), (1, &json!("cloudImages")));
        let endpoint = &images[0]["endpoints"][0];
        assert_eq!((&endpoint["region"], &endpoint["tenantId"]), (&json!("REGIONONE"), &json!(alice.project_id)));
        assert_eq!(endpoint["publicURL"], json!(format!("http://localhost/rackspace/v2/{}", alice.project_id)));
        let identity = catalog.iter().find(|service| service["type"] == "identity").unwrap();
        assert_eq!(identity["endpoints"][0]["publicURL"], json!(format!("http://localhost{V2}")));
        // One store of tokens: the other dialects take it.
        let user = bearing(&alice, &token_of(&access));
        assert_eq!(user.get("/v2/images").status, 200);
        assert_eq!(user.get("/identity/v3/auth/projects").status, 200);
    }
    let by_v3 = ask(&salon, &by_token(alice.token.as_deref().unwrap()));
    assert_eq!(by_v3.status, 200);
}

#[test]
fn tenants_choose_what_the_token_is_for() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    let key = secret(&salon, "alice");
    done(&salon, &["role", "add", "member", "--user", "alice", "--project", "beta"]);
    let tenant = |auth: &Value| access(&salon, auth)["token"]["tenant"]["name"].clone();
    let login = by_key("alice", &key);
    assert_eq!(tenant(&login), "alpha");
    assert_eq!(tenant(&with(login.clone(), &json!({"tenantId": bob.project_id}))), "beta");
    assert_eq!(tenant(&with(login.clone(), &json!({"tenantName": "beta"}))), "beta");
    assert_eq!(tenant(&with(login.clone(), &json!({"RAX-AUTH:domain": {"name": "Default"}}))), "alpha");
    // What pyrax sends with a password when it knows no tenant.
    let word = by_password("alice", &password(&salon, "alice"));
    assert_eq!(tenant(&with(word, &json!({"tenantId": "alice"}))), "alpha");

    // From a token to one for another tenant; it ends with the first one's time.
    let first = access(&salon, &login);
    let other = access(&salon, &with(by_token(&token_of(&first)), &json!({"tenantId": bob.project_id})));
    assert_eq!(
        (&other["token"]["tenant"]["name"], &other["token"]["expires"]),
        (&json!("beta"), &first["token"]["expires"])
    );
    assert_eq!(other["token"]["RAX-AUTH:authenticatedBy"], json!(["APIKEY"]));

    let listed = bearing(&alice, &token_of(&other)).get(&format!("{V2}/tenants")).json();
    let mut names: Vec<_> =
        listed["tenants"].as_array().unwrap().iter().map(|tenant| tenant["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!((names, &listed["tenants_links"]), (vec!["alpha", "beta"], &json!([])));
    let page = alice.get(&format!("{V2}/tenants?limit=1")).json();
    let next = page["tenants_links"][0]["href"].as_str().unwrap().strip_prefix("http://localhost").unwrap();
    let rest = alice.get(next).json();
    assert_ne!(page["tenants"][0]["id"], rest["tenants"][0]["id"]);
    assert_eq!(rest["tenants"].as_array().unwrap().len(), 1);

    let both = with(login.clone(), &json!({"tenantId": bob.project_id, "tenantName": "beta"}));
    assert_fault(&ask(&salon, &both), 400, "badRequest");
    done(&salon, &["role", "remove", "member", "--user", "alice", "--project", "beta"]);
    for nowhere in [
        json!({"tenantId": bob.project_id}),
        json!({"tenantName": "beta"}),
        json!({"tenantId": "123456"}),
        json!({"RAX-AUTH:domain": {"name": "nowhere"}}),
    ] {
        assert_fault(&ask(&salon, &with(login.clone(), &nowhere)), 401, "unauthorized");
    }
    assert_eq!(bearing(&alice, &token_of(&other)).get("/v2/images").status, 401);
}

#[test]
fn a_tokens_life() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    let token = token_of(&access(&salon, &by_key("alice", &secret(&salon, "alice"))));
    let path = format!("{TOKENS}/{token}");
    let own = bearing(&alice, &token);
    for asking in [&own, &admin] {
        let shown = asking.get(&path);
        assert_eq!(shown.status, 200, "{shown:?}");
        let shown = shown.json()["access"].clone();
        assert_eq!((&shown["token"]["id"], &shown["user"]["name"]), (&json!(token), &json!("alice")));
        assert!(shown.get("serviceCatalog").is_none());
        assert_eq!(asking.send("HEAD", &path, &[], b"").status, 200);
        let endpoints = asking.get(&format!("{path}/endpoints")).json();
        let image = endpoints["endpoints"].as_array().unwrap().iter().find(|one| one["type"] == "image").unwrap();
        assert_eq!((&image["name"], &image["tenantId"]), (&json!("cloudImages"), &json!(alice.project_id)));
        assert_eq!(asking.get(&format!("{path}?belongsTo={}", alice.project_id)).status, 200);
        assert_fault(&asking.get(&format!("{path}?belongsTo={}", bob.project_id)), 404, "itemNotFound");
    }
    for other in [&path, &format!("{path}/endpoints"), &format!("{TOKENS}/nonsense")] {
        assert_fault(&bob.get(other), 403, "forbidden");
        assert_fault(&salon.nobody().get(other), 401, "unauthorized");
    }
    assert_fault(&admin.get(&format!("{TOKENS}/nonsense")), 404, "itemNotFound");
    assert_fault(&bob.delete(&path), 403, "forbidden");
    assert_fault(&bob.delete(&format!("{TOKENS}/nonsense")), 403, "forbidden");
    assert_eq!(alice.delete(&path).status, 204, "another token of the same user");
    assert_fault(&own.get(&path), 401, "unauthorized");
    assert_fault(&ask(&salon, &by_token(&token)), 401, "unauthorized");
    assert_fault(&admin.delete(&path), 404, "itemNotFound");
    assert_eq!(own.get("/v2/images").status, 401);
    assert_eq!(alice.delete(TOKENS).status, 204);
    assert_fault(&alice.delete(TOKENS), 401, "unauthorized");
}

#[test]
fn tokens_end_with_their_time() {
    let salon = Setup::config("[identity]\ntoken_lifetime = 1\n").start();
    let token = token_of(&access(&salon, &by_key("alice", &secret(&salon, "alice"))));
    let own = bearing(&salon.nobody(), &token);
    let path = format!("{TOKENS}/{token}");
    while own.get(&path).status == 200 {
        std::thread::yield_now();
    }
    assert_fault(&own.get(&path), 401, "unauthorized");
    assert_fault(&ask(&salon, &by_token(&token)), 401, "unauthorized");
}

#[test]
fn what_is_disabled_logs_nobody_in() {
    let salon = Salon::new();
    let (bob, login) = (salon.bob(), by_key("bob", &secret(&salon, "bob")));
    let own = bearing(&bob, &token_of(&access(&salon, &login)));
    done(&salon, &["user", "set", "bob", "--disable"]);
    assert_fault(&ask(&salon, &login), 401, "unauthorized");
    assert_fault(&own.get(&format!("{V2}/tenants")), 401, "unauthorized");
    done(&salon, &["user", "set", "bob", "--enable"]);

    let own = bearing(&bob, &token_of(&access(&salon, &login)));
    done(&salon, &["project", "set", "beta", "--disable"]);
    assert_fault(&own.get(&format!("{V2}/tenants")), 401, "unauthorized");
    assert_fault(&ask(&salon, &with(login.clone(), &json!({"tenantName": "beta"}))), 401, "unauthorized");
    // The default tenant cannot be used: a token for none, which sees no images and no such tenant.
    let none = access(&salon, &login);
    assert!(none["token"].get("tenant").is_none());
    assert!(none["serviceCatalog"].as_array().unwrap().iter().all(|service| service["type"] != "image"));
    let listed = bearing(&bob, &token_of(&none)).get(&format!("{V2}/tenants")).json();
    assert_eq!(listed["tenants"], json!([]));
    done(&salon, &["project", "set", "beta", "--enable"]);
    access(&salon, &login);
}

#[test]
fn api_keys_are_managed_beside_the_server() {
    let mut salon = Salon::new();
    let alice = salon.alice();
    let (id, key) = fresh_key(&salon, "alice");
    assert!(key.len() >= 32);
    let listed = done(&salon, &["user", "api-key", "list", "alice"]);
    assert!(listed.contains(&id) && !listed.contains(&key) && listed.lines().count() == 3, "{listed}");
    let given = access(&salon, &by_key("alice", &key));
    let rescoped = access(&salon, &by_token(&token_of(&given)));
    assert_fault(&ask(&salon, &by_key("bob", &key)), 401, "unauthorized");
    assert_fault(&ask(&salon, &by_key("alice", &key.to_uppercase())), 401, "unauthorized");
    assert_fault(&ask(&salon, &by_password("alice", &key)), 401, "unauthorized");
    assert_fault(&ask(&salon, &by_key("alice", &password(&salon, "alice"))), 401, "unauthorized");
    // Nothing that is kept is the key.
    for entry in fs::read_dir(salon.data()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        assert!(!bytes.windows(key.len()).any(|part| part == key.as_bytes()), "{}", path.display());
    }

    assert!(!run(&salon, &["user", "api-key", "delete", "bob", &id]).0);
    done(&salon, &["user", "api-key", "delete", "alice", &id]);
    assert!(!run(&salon, &["user", "api-key", "delete", "alice", &id]).0);
    assert_fault(&ask(&salon, &by_key("alice", &key)), 401, "unauthorized");
    for token in [token_of(&given), token_of(&rescoped), alice.token.clone().unwrap()] {
        assert_eq!(bearing(&alice, &token).get("/v2/images").status, 401);
    }
    // The sample users' keys are the same after a restart.
    let before = secret(&salon, "alice");
    salon.signal(rustix::process::Signal::TERM);
    assert!(salon.wait().success());
    salon.restart();
    assert_eq!(secret(&salon, "alice"), before);
    access(&salon, &by_key("alice", &before));
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &salon.data().join("pyrax-alice.cfg").metadata().unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
    for _ in 0..9 {
        fresh_key(&salon, "alice");
    }
    let (more, words) = run(&salon, &["user", "api-key", "create", "alice"]);
    assert!(!more && words.contains("10 API keys already"), "{words}");
}

#[test]
fn what_is_no_login_gets_no_token_and_is_not_repeated() {
    let salon = Salon::new();
    let canary = "canary-in-the-secret";
    for (auth, code) in [
        (by_password("alice", canary), 401),
        (by_key("alice", canary), 401),
        (by_key("nobody", canary), 401),
        (by_key("a\u{0}b", canary), 401),
        (by_token(canary), 401),
        (json!({"passwordCredentials": {"password": canary}}), 400),
        (json!({"RAX-KSKEY:apiKeyCredentials": {"username": {"a": canary}, "apiKey": canary}}), 400),
        (with(by_password("alice", canary), &by_token(canary)), 400),
        (with(by_password("alice", canary), &json!({"RAX-AUTH:domain": canary})), 400),
        (json!({}), 400),
        (json!(canary), 400),
    ] {
        let answer = ask(&salon, &auth);
        assert_fault(&answer, code, if code == 401 { "unauthorized" } else { "badRequest" });
        assert!(!answer.text().contains(canary), "{answer:?}");
    }
    let send = |media: &[(&str, &str)], body: &str| salon.nobody().send("POST", TOKENS, media, body.as_bytes());
    let json = [("Content-Type", "application/json; charset=utf-8")];
    let broken = send(&json, &format!("{{{canary}"));
    assert_fault(&broken, 400, "badRequest");
    assert!(!broken.text().contains(canary));
    let xml = format!("<auth><passwordCredentials username=\"alice\" password=\"{canary}\"/></auth>");
    assert_fault(&send(&[("Content-Type", "application/xml")], &xml), 415, "badMediaType");
    assert_fault(&send(&[], "{}"), 415, "badMediaType");
    assert_fault(&send(&json, &" ".repeat(100_000)), 413, "overLimit");
    let wrong = salon.nobody().put(TOKENS, &json!({}));
    assert_fault(&wrong, 405, "badMethod");
    assert_eq!(wrong.header("allow"), Some("POST, DELETE"));
    assert_fault(&salon.nobody().get(&format!("{V2}/nothing/{canary}")), 404, "itemNotFound");

    let key = secret(&salon, "alice");
    let token = token_of(&access(&salon, &by_key("alice", &key)));
    salon.admin().get(&format!("{TOKENS}/{token}/endpoints"));
    salon.admin().get(&format!("{TOKENS}/{token}?belongsTo=x"));
    salon.admin().delete(&format!("{TOKENS}/{token}"));
    // Its line is written after that of every request above.
    let sentinel = "sentinel-tenant";
    let last = salon.nobody().send("GET", "/v2/images", &[("X-OpenStack-Request-ID", sentinel)], b"");
    assert_eq!(last.status, 401);
    while !salon.log().contains(sentinel) {
        std::thread::yield_now();
    }
    for secret in [canary, &key, &token] {
        assert!(!salon.log().contains(secret));
    }
}

#[test]
fn guessing_is_throttled() {
    let salon = Salon::new();
    let refused = loop {
        let answer = ask(&salon, &by_key("alice", "guess"));
        if answer.status != 401 {
            break answer;
        }
    };
    assert_fault(&refused, 413, "overLimit");
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    // A guesser of keys is one of passwords, too; and the right secret does not help a guesser.
    assert_fault(&ask(&salon, &by_password("alice", "guess")), 413, "overLimit");
    assert_fault(&ask(&salon, &by_key("alice", &secret(&salon, "alice"))), 413, "overLimit");
    access(&salon, &by_key("bob", &secret(&salon, "bob")));
}

#[test]
fn every_route_as_everybody() {
    let salon = Salon::new();
    for route in ROUTES {
        for (method, operation) in route.methods {
            for caller in ["nobody", "stranger", "owner", "admin"] {
                // A token of its own each time, since it may be over afterwards.
                let subject = token_of(&access(&salon, &by_key("alice", &secret(&salon, "alice"))));
                let asking = match caller {
                    "nobody" => salon.nobody(),
                    "stranger" => salon.bob(),
                    "owner" => bearing(&salon.nobody(), &subject),
                    _ => salon.admin(),
                };
                let expected = match (operation, caller) {
                    (Operation::ShowVersion, _) => 200,
                    // Without a body.
                    (Operation::IssueToken, _) => 415,
                    (_, "nobody") => 401,
                    (Operation::ValidateToken | Operation::RevokeToken | Operation::ListEndpoints, "stranger") => 403,
                    (Operation::RevokeToken | Operation::RevokeOwnToken, _) => 204,
                    _ => 200,
                };
                let path = format!("{V2}{}", route.template.replace("{token_id}", &subject));
                let answer = asking.send(method.as_str(), &path, &[], b"");
                assert_eq!(answer.status, expected, "{caller} {method} {}: {answer:?}", route.template);
            }
        }
    }
}

#[test]
fn it_is_there_where_it_is_wanted() {
    let off = Setup::config("[identity_v2]\nenabled = false\n").start();
    assert_eq!(off.nobody().get(V2).status, 404);
    assert_eq!(off.nobody().get("/identity").json()["versions"]["values"].as_array().unwrap().len(), 1);
    assert!(!off.data().join("pyrax-alice.cfg").exists());
    let plain = Setup::config("[rackspace]\nenabled = false\n").start();
    let images = access(&plain, &by_key("alice", &secret(&plain, "alice")))["serviceCatalog"][1].clone();
    assert_eq!((&images["type"], &images["endpoints"][0]["publicURL"]), (&json!("image"), &json!("http://localhost")));
    let production = Setup::without_samples("").start();
    assert_eq!(production.nobody().get(V2).status, 404);
    let apart = "[rackspace]\nhost = \"images.example\"\nprefix = \"\"\n\
        [identity_v2]\nrackspace_endpoint = \"https://images.example/\"\n";
    let apart = Setup::config(apart).start();
    let bob = access(&apart, &by_key("bob", &secret(&apart, "bob")));
    let tenant = bob["token"]["tenant"]["id"].as_str().unwrap();
    let urls: Vec<_> =
        bob["serviceCatalog"].as_array().unwrap().iter().map(|one| &one["endpoints"][0]["publicURL"]).collect();
    assert_eq!(urls[1], &json!(format!("https://images.example/v2/{tenant}")));
    assert_eq!(urls[2], &json!(format!("https://images.example/v1/MossoCloudFS_{tenant}")));
    off.configure("[identity]\nmode = \"proxy\"\ntrusted_peers = \"127.0.0.1\"\n[identity_v2]\nenabled = true\n");
    let (fine, words) = run(&off, &["config", "check"]);
    assert!(!fine && words.contains("[identity_v2] enabled: only the built-in identity"), "{words}");
    let elsewhere = "[identity]\npath = \"/id\"\n[identity_v2]\nregion = \"DFW\"\n[server]\npublic_endpoint = \"https://c.example\"\n";
    let mut salon = Setup::config(elsewhere).start();
    let key = secret(&salon, "alice");
    let answer = salon.nobody().post("/id/v2.0/tokens", &json!({"auth": by_key("alice", &key)}));
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    assert_eq!(body["access"]["user"]["RAX-AUTH:defaultRegion"], "DFW");
    for service in body["access"]["serviceCatalog"].as_array().unwrap() {
        let endpoint = &service["endpoints"][0];
        assert_eq!(endpoint["region"], "DFW");
        assert!(endpoint["publicURL"].as_str().unwrap().starts_with("https://c.example"), "{service}");
    }
    // What looks for leftovers logs in at the usual path.
    salon.kill();
}
