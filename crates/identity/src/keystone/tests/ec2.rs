//! Access keys, from a Keystone that misbehaves. A real one is asked in `conformance/`.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::sigv4::sha256_hex;

const KEY: &str = "AKIDEXAMPLE";

fn credential(kind: &str, access: &str, secret: &str) -> Value {
    let blob = json!({"access": access, "secret": secret, "trust_id": null}).to_string();
    json!({"credential": {"id": "c", "type": kind, "blob": blob, "user_id": "u", "project_id": "p"}})
}

/// A Keystone in good order with one key.
fn with_key(seen: &Seen) -> Reply {
    let path = seen.line.split(' ').nth(1).unwrap();
    if path == "/v3/ec2tokens" {
        return Reply::Json(200, token_body("alice", FAR));
    }
    match path.strip_prefix("/v3/credentials/") {
        Some(id) if id == sha256_hex(KEY.as_bytes()) => Reply::Json(200, credential("ec2", KEY, "canary")),
        Some(_) => Reply::Json(404, json!({})),
        None => Reply::Token("own"),
    }
}

fn asked(lab: &Lab, what: &str) -> usize {
    lab.peer.seen().iter().filter(|seen| seen.line.contains(what)).count()
}

#[tokio::test]
async fn a_key_becomes_a_secret_and_a_caller() {
    let lab = Lab::new(with_key).await;
    for _ in 0..3 {
        let known = lab.keystone.access_key(KEY).await.unwrap().unwrap();
        assert_eq!(known.0.reveal(), "canary");
        assert_eq!(known.1.user_id.as_str(), "id-of-alice");
        assert_eq!(known.1.project().map(|project| project.as_str()), Some("p1"));
        assert_eq!(known.1.roles, ["member", "reader"]);
    }
    assert_eq!((asked(&lab, "/v3/credentials/"), asked(&lab, "/v3/ec2tokens")), (1, 1), "an answer is kept");
    assert!(
        lab.peer.seen().iter().all(|seen| seen.line.contains("/auth/tokens") || seen.header("x-auth-token") == "own")
    );
    lab.keystone.forget();
    lab.keystone.access_key(KEY).await.unwrap().unwrap();
    lab.clock.advance(Duration::from_secs(301));
    lab.keystone.access_key(KEY).await.unwrap().unwrap();
    assert_eq!(asked(&lab, "/v3/ec2tokens"), 3);
    assert!(!format!("{:?}", lab.keystone).contains("canary"));
}

#[tokio::test]
async fn keys_that_are_no_good_are_unknown() {
    let lab = Lab::new(with_key).await;
    assert!(lab.keystone.access_key("another").await.unwrap().is_none());
    assert!(lab.keystone.access_key("another").await.unwrap().is_none());
    assert_eq!(asked(&lab, "/v3/credentials/"), 1, "a refusal is kept for a moment");
    for (kind, access, secret) in [("totp", KEY, "s"), ("ec2", "another", "s"), ("ec2", KEY, "")] {
        let odd = credential(kind, access, secret);
        lab.keystone.forget();
        lab.peer.behave(move |seen| match seen.line.contains("/v3/credentials/") {
            true => Reply::Json(200, odd.clone()),
            false => with_key(seen),
        });
        assert!(lab.keystone.access_key(KEY).await.unwrap().is_none(), "{kind} {access}");
    }
    // The user is disabled, or lost its roles; or the key is one for some requests only.
    let mut limited = token_body("alice", FAR);
    limited["token"]["application_credential"] = json!({"id": "a", "access_rules": []});
    for (status, body) in [(401, json!({})), (404, json!({})), (200, limited)] {
        lab.keystone.forget();
        lab.peer.behave(move |seen| match seen.line.contains("/v3/ec2tokens") {
            true => Reply::Json(status, body.clone()),
            false => with_key(seen),
        });
        assert!(lab.keystone.access_key(KEY).await.unwrap().is_none(), "{status}");
    }
}

#[tokio::test]
async fn what_cannot_be_decided_is_unavailable_and_never_kept() {
    let lab = Lab::with(with_key, |options| {
        options.timeout = Duration::from_millis(500);
        options.max_retries = 0;
    })
    .await;
    for place in ["/v3/credentials/", "/v3/ec2tokens"] {
        for status in [403, 500, 502, 300] {
            lab.keystone.forget();
            lab.peer.behave(move |seen| match seen.line.contains(place) {
                true => Reply::Json(status, json!({})),
                false => with_key(seen),
            });
            assert_eq!(kind(lab.keystone.access_key(KEY).await), Kind::Unavailable, "{place} {status}");
        }
        lab.peer.behave(move |seen| match seen.line.contains(place) {
            true => Reply::Half,
            false => with_key(seen),
        });
        assert_eq!(kind(lab.keystone.access_key(KEY).await), Kind::Unavailable, "{place} broken");
    }
    lab.peer.behave(|_| Reply::Silence);
    assert_eq!(kind(lab.keystone.access_key(KEY).await), Kind::Unavailable);
    lab.peer.behave(with_key);
    assert!(lab.keystone.access_key(KEY).await.unwrap().is_some());
}

#[tokio::test]
async fn the_own_token_is_renewed_once() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let lab = Lab::new(|seen| {
        let first = seen.line.contains("/v3/credentials/") && ASKED.fetch_add(1, Ordering::SeqCst) == 0;
        if first { Reply::Json(401, json!({})) } else { with_key(seen) }
    })
    .await;
    assert!(lab.keystone.access_key(KEY).await.unwrap().is_some());
    lab.peer.behave(|seen| match seen.line.contains("/v3/credentials/") {
        true => Reply::Json(401, json!({})),
        false => with_key(seen),
    });
    lab.keystone.forget();
    assert_eq!(kind(lab.keystone.access_key(KEY).await), Kind::Unavailable);
}
