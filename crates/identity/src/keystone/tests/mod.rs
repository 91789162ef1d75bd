mod ec2;
mod peer;

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Method};
use salon_core::{Kind, Scope};
use serde_json::{Value, json};

use self::peer::{Peer, Reply, Seen, token_body};
use super::*;
use crate::{Secret, testing::Manual};

/// Later than the manual clock's beginning by more than every time to live.
const FAR: &str = "2100-01-01T00:00:00.000000Z";

struct Lab {
    peer: Peer,
    clock: Arc<Manual>,
    keystone: Keystone,
}

impl Lab {
    async fn new(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        Self::with(script, |_| {}).await
    }

    async fn with(script: impl FnMut(&Seen) -> Reply + Send + 'static, change: impl FnOnce(&mut Options)) -> Self {
        let peer = Peer::new(script).await;
        let clock = Arc::new(Manual::default());
        let mut options = Options {
            auth_url: peer.url.clone(),
            username: Some("glance".into()),
            password: Secret::new("canary"),
            project_name: Some("service".into()),
            ..Options::default()
        };
        change(&mut options);
        let keystone = Keystone::new(options, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self { peer, clock, keystone }
    }

    async fn ask(&self, pairs: &[(&'static str, &str)]) -> Result<Caller> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        let peer = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let credentials = Credentials { headers: &headers, peer, method: &Method::GET, path: "/v2/images" };
        self.keystone.authenticate(credentials).await
    }

    async fn user(&self, token: &str) -> Result<Caller> {
        self.ask(&[("x-auth-token", token)]).await
    }
}

/// A Keystone in good order: every token is its user's name, but those that begin with `bad`.
fn sane(seen: &Seen) -> Reply {
    if seen.is_login() {
        return Reply::Token("own");
    }
    match (seen.header("x-auth-token"), seen.header("x-subject-token")) {
        ("own", bad) if bad.starts_with("bad") => Reply::Json(404, json!({})),
        ("own", user) => Reply::Json(200, token_body(user, FAR)),
        _ => Reply::Json(401, json!({})),
    }
}

fn login_or(seen: &Seen, reply: Reply) -> Reply {
    if seen.is_login() { Reply::Token("own") } else { reply }
}

fn kind<T: std::fmt::Debug>(result: Result<T>) -> Kind {
    result.unwrap_err().kind()
}

#[tokio::test]
async fn a_valid_token_becomes_a_caller() {
    let lab = Lab::new(sane).await;
    let caller = lab.user("alice").await.unwrap();
    assert_eq!(caller.user_id.as_str(), "id-of-alice");
    assert_eq!(caller.user_domain_id.as_deref(), Some("default"));
    assert_eq!(caller.project().map(|project| project.as_str()), Some("p1"));
    assert_eq!(caller.roles, ["member", "reader"]);
    assert!(caller.is_admin_project);
    let asked = lab.peer.validations();
    assert_eq!(asked[0].line, "GET /v3/auth/tokens?nocatalog=1 HTTP/1.1");
    assert_eq!(asked[0].header("openstack-identity-access-rules"), "1.0");
    assert_eq!(lab.keystone.challenge(""), format!("Keystone uri=\"{}\"", lab.peer.url));
    assert!(!format!("{:?}", lab.keystone).contains("canary"));
}

#[tokio::test]
async fn without_a_token_keystone_is_not_asked() {
    let lab = Lab::new(sane).await;
    let long = "x".repeat(MAX_TOKEN_BYTES + 1);
    let spoofed = [("x-identity-status", "Confirmed"), ("x-user-id", "u"), ("x-roles", "admin")];
    for headers in [&[][..], &[("x-auth-token", long.as_str())], &[("x-auth-token", " ")], &spoofed] {
        assert_eq!(kind(lab.ask(headers).await), Kind::Unauthenticated);
    }
    assert_eq!((lab.peer.validations().len(), lab.peer.logins()), (0, 0));
}

#[tokio::test]
async fn scopes() {
    let lab = Lab::new(|seen| {
        if seen.is_login() {
            return Reply::Token("own");
        }
        let mut body = token_body("alice", FAR);
        let token = body["token"].as_object_mut().unwrap();
        token.remove("project");
        match seen.header("x-subject-token") {
            "system" => token.insert("system".into(), json!({"all": true})),
            "domain" => token.insert("domain".into(), json!({"id": "d1", "name": "D"})),
            _ => token.remove("roles"),
        };
        token.insert("is_admin_project".into(), json!(false));
        Reply::Json(200, body)
    })
    .await;
    assert_eq!(lab.user("system").await.unwrap().scope, Scope::System);
    assert_eq!(lab.user("domain").await.unwrap().scope, Scope::Domain("d1".into()));
    let unscoped = lab.user("unscoped").await.unwrap();
    assert_eq!(unscoped.scope, Scope::Unscoped);
    assert!(unscoped.roles.is_empty() && !unscoped.is_admin_project);
}

#[tokio::test]
async fn t_k1_a_validation_is_kept_for_its_time_and_no_longer() {
    let lab = Lab::new(sane).await;
    lab.user("alice").await.unwrap();
    lab.clock.advance(Duration::from_secs(299));
    lab.user("alice").await.unwrap();
    assert_eq!(lab.peer.validations().len(), 1);
    lab.clock.advance(Duration::from_secs(1));
    lab.user("alice").await.unwrap();
    assert_eq!(lab.peer.validations().len(), 2);
    // A clock that is set back does not make it live longer.
    lab.clock.back(Duration::from_secs(3600));
    lab.user("alice").await.unwrap();
    assert_eq!(lab.peer.validations().len(), 3);
    lab.keystone.forget();
    lab.user("alice").await.unwrap();
    assert_eq!(lab.peer.validations().len(), 4);
    assert_eq!(lab.peer.logins(), 1);
}

#[tokio::test]
async fn nothing_is_valid_beyond_the_tokens_own_time() {
    // The manual clock begins at 2027-01-15T08:00:00Z.
    let lab =
        Lab::new(|seen| login_or(seen, Reply::Json(200, token_body("alice", "2027-01-15T08:01:40.000000Z")))).await;
    lab.user("alice").await.unwrap();
    lab.clock.advance(Duration::from_secs(99));
    lab.user("alice").await.unwrap();
    assert_eq!(lab.peer.validations().len(), 1);
    lab.clock.advance(Duration::from_secs(1));
    // Even if Keystone still said that it is good.
    assert_eq!(kind(lab.user("alice").await), Kind::Unauthenticated);
}

#[tokio::test]
async fn a_refusal_is_kept_briefly() {
    let lab = Lab::new(sane).await;
    for _ in 0..3 {
        assert_eq!(kind(lab.user("bad").await), Kind::Unauthenticated);
    }
    assert_eq!(lab.peer.validations().len(), 1);
    lab.clock.advance(Duration::from_secs(5));
    assert_eq!(kind(lab.user("bad").await), Kind::Unauthenticated);
    assert_eq!(lab.peer.validations().len(), 2);
}

#[tokio::test]
async fn the_own_token_is_renewed_once() {
    let mut logins = 0;
    let lab = Lab::new(move |seen| {
        if seen.is_login() {
            logins += 1;
            return Reply::Token(if logins == 1 { "lost" } else { "own" });
        }
        sane(seen)
    })
    .await;
    lab.user("alice").await.unwrap();
    assert_eq!((lab.peer.logins(), lab.peer.validations().len()), (2, 2));
    lab.peer.behave(|seen| login_or(seen, Reply::Json(401, json!({}))));
    assert_eq!(kind(lab.user("bob").await), Kind::Unavailable);
    assert_eq!((lab.peer.logins(), lab.peer.validations().len()), (3, 4));
}

#[tokio::test]
async fn a_refused_service_user_is_no_refusal_of_the_caller_and_is_not_tried_over_and_over() {
    let lab = Lab::new(|_| Reply::Json(401, json!({}))).await;
    for token in ["alice", "bob", "carol"] {
        let error = lab.user(token).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(!error.report().contains("canary"));
    }
    assert_eq!((lab.peer.logins(), lab.peer.validations().len()), (1, 0));
}

#[tokio::test]
async fn t_k6_undecided_is_unavailable_and_never_kept() {
    let odd = || json!({"token": {"expires_at": "tomorrow", "user": {"id": "u"}}});
    let big = Value::String("x".repeat(1 << 20));
    let faults: Vec<Box<dyn Fn() -> Reply + Send>> = vec![
        Box::new(|| Reply::Json(500, json!({}))),
        Box::new(|| Reply::Json(503, json!({}))),
        Box::new(|| Reply::Json(403, json!({}))),
        Box::new(|| Reply::Json(302, json!({}))),
        Box::new(|| Reply::Json(200, json!({"token": {}}))),
        Box::new(move || Reply::Json(200, odd())),
        Box::new(move || Reply::Json(200, big.clone())),
        Box::new(|| Reply::Half),
        Box::new(|| Reply::Hangup),
    ];
    for fault in faults {
        let lab = Lab::new(move |seen| login_or(seen, fault())).await;
        let error = lab.user("alice").await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable, "{}", error.report());
        assert!(error.retry_after().is_some());
        lab.peer.behave(sane);
        lab.user("alice").await.unwrap();
    }
}

#[tokio::test]
async fn silence_ends_at_the_time_out() {
    let short = |options: &mut Options| options.timeout = Duration::from_millis(50);
    let lab = Lab::with(|seen| login_or(seen, Reply::Silence), short).await;
    assert_eq!(kind(lab.user("alice").await), Kind::Unavailable);
    let lab = Lab::with(|_| Reply::Silence, short).await;
    assert_eq!(kind(lab.user("alice").await), Kind::Unavailable);
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    // Bound and never listened on: the port belongs to nobody else while this runs.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nobody = format!("http://{}/v3", socket.local_addr().unwrap());
    let lab = Lab::with(sane, |options| options.auth_url = nobody).await;
    assert_eq!(kind(lab.user("alice").await), Kind::Unavailable);
}

#[tokio::test]
async fn a_broken_connection_is_tried_again() {
    let mut calls = 0;
    let lab = Lab::new(move |seen| {
        calls += 1;
        if calls % 2 == 1 { Reply::Hangup } else { sane(seen) }
    })
    .await;
    lab.user("alice").await.unwrap();
}

#[tokio::test]
async fn kept_validations_outlive_keystone() {
    let lab = Lab::new(sane).await;
    lab.user("alice").await.unwrap();
    lab.peer.behave(|_| Reply::Json(500, json!({})));
    lab.clock.advance(Duration::from_secs(299));
    lab.user("alice").await.unwrap();
    assert_eq!(kind(lab.user("bob").await), Kind::Unavailable);
    lab.clock.advance(Duration::from_secs(1));
    assert_eq!(kind(lab.user("alice").await), Kind::Unavailable);
}

#[tokio::test]
async fn t_k6_one_question_per_token_at_a_time() {
    let lab = Lab::new(|seen| login_or(seen, Reply::Gated(token_body("alice", FAR)))).await;
    // All are polled before the last one opens the gate.
    let asking = futures_util::future::join_all((0..16).map(|_| lab.user("alice")));
    let (callers, ()) = tokio::join!(asking, async { lab.peer.gate.add_permits(1) });
    assert!(callers.into_iter().all(|caller| caller.is_ok()));
    assert_eq!(lab.peer.validations().len(), 1);
}

#[tokio::test]
async fn a_failed_question_fails_for_all_who_wait() {
    let lab = Lab::new(|seen| login_or(seen, Reply::Json(500, json!({})))).await;
    let outcomes = futures_util::future::join_all((0..16).map(|_| lab.user("alice"))).await;
    assert!(outcomes.into_iter().all(|outcome| kind(outcome) == Kind::Unavailable));
    assert_eq!(lab.peer.validations().len(), 1);
}

#[tokio::test]
async fn who_asks_may_go_away() {
    let lab = Lab::new(|seen| login_or(seen, Reply::Gated(token_body("alice", FAR)))).await;
    let (mut first, second) = (Box::pin(lab.user("alice")), lab.user("alice"));
    assert!(futures_util::FutureExt::now_or_never(&mut first).is_none());
    let leave = async {
        drop(first);
        lab.peer.gate.add_permits(2);
    };
    let (caller, ()) = tokio::join!(second, leave);
    caller.unwrap();
    lab.keystone.forget();
    lab.user("alice").await.unwrap();
}

#[tokio::test]
async fn service_tokens() {
    let lab = Lab::new(|seen| {
        if seen.is_login() {
            return Reply::Token("own");
        }
        let expired = "2020-01-01T00:00:00.000000Z";
        match seen.header("x-subject-token") {
            "nova" => {
                let mut body = token_body("nova", FAR);
                body["token"]["roles"] = json!([{"name": "service"}]);
                Reply::Json(200, body)
            }
            "expired" if seen.line.contains("allow_expired=1") => Reply::Json(200, token_body("alice", expired)),
            "expired" => Reply::Json(404, json!({})),
            _ => sane(seen),
        }
    })
    .await;
    let with = async |user: &str, service: &str| lab.ask(&[("x-auth-token", user), ("x-service-token", service)]).await;
    assert_eq!(with("alice", "nova").await.unwrap().service_roles, ["service"]);
    assert!(with("alice", "carol").await.unwrap().service_roles.is_empty());
    assert!(with("alice", "bad").await.unwrap().service_roles.is_empty());
    assert_eq!(kind(lab.user("expired").await), Kind::Unauthenticated);
    assert_eq!(with("expired", "nova").await.unwrap().user_name.as_deref(), Some("alice"));
    assert_eq!(kind(with("expired", "carol").await), Kind::Unauthenticated);
    // What a service was shown is not kept for others.
    assert_eq!(kind(lab.user("expired").await), Kind::Unauthenticated);
}

#[tokio::test]
async fn t_a9_access_rules_of_application_credentials() {
    let lab = Lab::new(|seen| {
        if seen.is_login() {
            return Reply::Token("own");
        }
        let rules = match seen.header("x-subject-token") {
            "may" => json!([{"service": "image", "method": "GET", "path": "/v2/**"}]),
            "may-not" => json!([{"service": "image", "method": "POST", "path": "/v2/**"}]),
            "none" => json!([]),
            "unlimited" => json!(null),
            _ => return sane(seen),
        };
        let mut body = token_body("alice", FAR);
        body["token"]["application_credential"] = json!({"id": "c", "restricted": true, "access_rules": rules});
        Reply::Json(200, body)
    })
    .await;
    for _ in 0..2 {
        lab.user("may").await.unwrap();
        lab.user("unlimited").await.unwrap();
        assert_eq!(kind(lab.user("may-not").await), Kind::Unauthenticated);
        assert_eq!(kind(lab.user("none").await), Kind::Unauthenticated);
    }
}

/// T-K2: every caller sees itself only.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t_k2_callers_do_not_mix() {
    let lab = Arc::new(Lab::new(sane).await);
    let tasks = (0..64).map(|number| {
        let lab = Arc::clone(&lab);
        tokio::spawn(async move {
            let name = format!("user-{number}");
            for round in 0..100 {
                if round % 10 == 0 {
                    lab.keystone.forget();
                }
                assert_eq!(lab.user(&name).await.unwrap().user_name.as_deref(), Some(name.as_str()));
            }
        })
    });
    for task in futures_util::future::join_all(tasks).await {
        task.unwrap();
    }
}

#[test]
fn options_are_checked_at_start() {
    let good = Options {
        auth_url: "http://127.0.0.1:5000/v3/".into(),
        username: Some("glance".into()),
        project_name: Some("service".into()),
        ..Options::default()
    };
    assert_eq!(good.v3(), "http://127.0.0.1:5000/v3");
    assert_eq!(Options { auth_url: "http://k/identity".into(), ..Options::default() }.v3(), "http://k/identity/v3");
    let clock = || Arc::new(Manual::default()) as Arc<dyn Clock>;
    Keystone::new(good.clone(), clock()).unwrap();
    for wrong in [
        Options { auth_url: "127.0.0.1:5000".into(), ..good.clone() },
        Options { username: None, ..good.clone() },
        Options { project_name: None, ..good.clone() },
        Options { cafile: Some("/nonexistent/ca.pem".into()), ..good.clone() },
        Options { concurrency: 0, ..good.clone() },
    ] {
        assert_eq!(kind(Keystone::new(wrong, clock())), Kind::Invalid);
    }
    assert_eq!(good.login()["auth"]["identity"]["password"]["user"]["domain"], json!({"id": "default"}));
}
