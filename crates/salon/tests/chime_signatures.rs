//! Signatures and the protocol of the Amazon Chime API: requests that no client sends by itself.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{
    Salon, Setup,
    aws::{Caller, Key, now, sign},
    http::{Answer, Connection},
};
use serde_json::{Value, json};

/// Sends a request with exactly these headers beside `Host`.
fn exchange(salon: &Salon, method: &str, target: &str, headers: &[(String, String)], body: &[u8]) -> Answer {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Connection::open(salon.address()).exchange(method, target, &headers, body)
}

fn key(caller: &Caller) -> &Key {
    caller.key.as_ref().unwrap()
}

/// The caller with another key.
fn as_key(caller: &Caller, id: &str, secret: &str) -> Caller {
    let mut other = caller.clone();
    other.key = Some(Key { id: id.to_owned(), secret: secret.to_owned() });
    other
}

/// A refusal has its name in the header, a JSON object as its body, an id and a date, whatever it is.
fn refused(answer: &Answer, status: u16, exception: &str) {
    assert_eq!((answer.status, answer.header("x-amzn-errortype")), (status, Some(exception)), "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-amzn-requestid").map(str::len), Some(36), "{answer:?}");
    assert!(answer.header("date").is_some_and(|date| date.ends_with(" GMT")), "{answer:?}");
    let body = answer.json();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["Code", "Message"]);
    assert!(body["Code"].as_str().is_some_and(|code| !code.is_empty() && !code.ends_with("Exception")));
    assert!(!body["Message"].as_str().unwrap().is_empty());
}

fn accounts(caller: &Caller) -> Vec<Value> {
    let answer = caller.get("/accounts");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["Accounts"].as_array().unwrap().clone()
}

#[test]
fn only_what_was_signed_is_done() {
    let salon = Salon::new();
    let alice = salon.aws("alice");
    let account = accounts(&alice)[0]["AccountId"].as_str().unwrap().to_owned();
    let (target, body) = (
        format!("/accounts/{account}?operation=associate-signin-delegate-groups"),
        br#"{"SigninDelegateGroups":[{"GroupName":"helpers"}]}"#,
    );
    let signed = sign(key(&alice), now(), "POST", &target, body);
    let with = |name: &str, change: &dyn Fn(&str) -> String| -> Vec<(String, String)> {
        let change = |(own, value): &(String, String)| {
            (own.clone(), if own.eq_ignore_ascii_case(name) { change(value) } else { value.clone() })
        };
        signed.iter().map(change).collect()
    };
    let invalid = "InvalidSignatureException";
    // The request as another one.
    refused(&exchange(&salon, "PUT", &target, &signed, body), 403, invalid);
    refused(&exchange(&salon, "POST", &target.replace("associate", "disassociate"), &signed, body), 403, invalid);
    refused(&exchange(&salon, "POST", &format!("/accounts/{account}"), &signed, body), 403, invalid);
    refused(&exchange(&salon, "POST", &format!("{target}&x=1"), &signed, body), 403, invalid);
    refused(&exchange(&salon, "POST", &target.replacen("/accounts/", "/accounts/x", 1), &signed, body), 403, invalid);
    refused(
        &exchange(&salon, "POST", &target, &signed, br#"{"SigninDelegateGroups":[{"GroupName":"thieves"}]}"#),
        403,
        invalid,
    );
    refused(&exchange(&salon, "POST", &target, &signed, b""), 403, invalid);
    let other_host = |_: &str| "elsewhere".to_owned();
    let mut elsewhere = Connection::open(salon.address());
    elsewhere.write(
        format!("POST {target} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", other_host(""), body.len()).as_bytes(),
    );
    for (name, value) in &signed {
        elsewhere.write(format!("{name}: {value}\r\n").as_bytes());
    }
    elsewhere.write(b"\r\n");
    elsewhere.write(body);
    refused(&elsewhere.answer(false).unwrap(), 403, invalid);
    // The signature as another one.
    let flip = |value: &str| {
        let last = if value.ends_with('0') { '1' } else { '0' };
        format!("{}{last}", &value[..value.len() - 1])
    };
    refused(&exchange(&salon, "POST", &target, &with("authorization", &flip), body), 403, invalid);
    let other = Key { id: key(&alice).id.clone(), secret: "another".to_owned() };
    refused(&exchange(&salon, "POST", &target, &sign(&other, now(), "POST", &target, body), body), 403, invalid);
    let bob = Key { id: key(&salon.aws("bob")).id.clone(), secret: key(&alice).secret.clone() };
    refused(&exchange(&salon, "POST", &target, &sign(&bob, now(), "POST", &target, body), body), 403, invalid);
    // What belongs to one is missing or malformed.
    let incomplete = "IncompleteSignatureException";
    for (from, to) in [
        ("/chime/", "/s3/"),
        ("aws4_request", "aws4_reques"),
        ("host;", ""),
        (";x-amz-date", ""),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        ("Signature=", "Signature=00"),
        (", SignedHeaders", ", Headers"),
    ] {
        let changed = with("authorization", &|value| value.replace(from, to));
        refused(&exchange(&salon, "POST", &target, &changed, body), 403, incomplete);
    }
    for unsigned in [("X-Amz-Target", "x"), ("x-amz-anything", "")] {
        let more = [&signed[..], &[(unsigned.0.to_owned(), unsigned.1.to_owned())]].concat();
        refused(&exchange(&salon, "POST", &target, &more, body), 403, incomplete);
    }
    refused(&exchange(&salon, "POST", &target, &[], body), 403, "MissingAuthenticationTokenException");
    // Nothing of all that was done; what was signed is, and again in the same second, with the same signature.
    assert_eq!(accounts(&alice)[0]["SigninDelegateGroups"], json!([]));
    for _ in 0..2 {
        assert_eq!(exchange(&salon, "POST", &target, &signed, body).status, 200);
    }
    assert_eq!(accounts(&alice)[0]["SigninDelegateGroups"], json!([{"GroupName": "helpers"}]));
    // Headers that are not signed are nobody's business.
    let more = [&signed[..], &[("X-Anything".to_owned(), "1".to_owned())]].concat();
    assert_eq!(exchange(&salon, "POST", &target, &more, body).status, 200);
}

#[test]
fn a_signature_is_good_for_a_quarter_of_an_hour_either_way() {
    let salon = Salon::new();
    let alice = salon.aws("alice");
    let at = |salon: &Salon, late: i64| {
        let time = now().checked_add_signed(late).unwrap();
        exchange(salon, "GET", "/accounts", &sign(key(&alice), time, "GET", "/accounts", b""), b"")
    };
    for late in [-14 * 60, 14 * 60] {
        assert_eq!(at(&salon, late).status, 200);
    }
    for late in [-16 * 60, 16 * 60, -86_400] {
        // The name by which clients learn to set their clock by the answer's date.
        refused(&at(&salon, late), 403, "InvalidSignatureException");
    }
    let strict = Setup::config("[chime]\nclock_skew = 60\n").start();
    let own = strict.aws("alice");
    let late = sign(key(&own), now() - 120, "GET", "/accounts", b"");
    refused(&exchange(&strict, "GET", "/accounts", &late, b""), 403, "InvalidSignatureException");
}

#[test]
fn keys_that_are_no_good_are_alike() {
    let salon = Salon::new();
    let carol = salon.aws_person("carol", "alpha", "member");
    assert_eq!(carol.get("/accounts").status, 200);
    let unknown = as_key(&carol, "AKIDEXAMPLE", "x");
    let answer = unknown.get("/accounts");
    refused(&answer, 403, "UnrecognizedClientException");
    // Without its role the user's key is no more than a made-up one.
    salon.told(&["role", "remove", "member", "--user", "carol", "--project", "alpha"]);
    let withdrawn = carol.get("/accounts");
    refused(&withdrawn, 403, "UnrecognizedClientException");
    assert_eq!(withdrawn.body, answer.body);
    // There are no temporary keys: a security token belongs to nothing.
    let alice = salon.aws("alice");
    let mut signed = sign(key(&alice), now(), "GET", "/accounts", b"");
    for (name, value) in &mut signed {
        if name.eq_ignore_ascii_case("authorization") {
            *value = value.replace("x-amz-date", "x-amz-date;x-amz-security-token");
        }
    }
    signed.push(("X-Amz-Security-Token".to_owned(), "token".to_owned()));
    refused(&exchange(&salon, "GET", "/accounts", &signed, b""), 403, "UnrecognizedClientException");
}

#[test]
fn paths_mean_what_they_say() {
    let salon = Setup::config("[chime]\nprefixes = [\"/console\"]\n").start();
    let alice = salon.aws("alice");
    let account = accounts(&alice)[0]["AccountId"].as_str().unwrap().to_owned();
    // Signed as if the odd parts were not there, as clients do.
    let odd = |method: &str, target: &str, canonical: &str| {
        exchange(&salon, method, target, &sign(key(&alice), now(), method, canonical, b""), b"")
    };
    let rooms = format!("/accounts/{account}/rooms");
    assert_eq!(odd("GET", &rooms, &rooms).status, 200);
    for (target, canonical) in [
        ("/accounts//rooms/r", "/accounts/rooms/r"),
        ("/accounts/../rooms/r", "/rooms/r"),
        ("/accounts/./rooms/r", "/accounts/rooms/r"),
        ("/accounts//rooms", "/accounts/rooms"),
        ("/accounts/", "/accounts/"),
        ("/accounts/%20/rooms", "/accounts/%20/rooms"),
        ("/accounts/%2E%2E/rooms", "/accounts/%2E%2E/rooms"),
        ("/accounts/%ff/rooms", "/accounts/%ff/rooms"),
    ] {
        refused(&odd("GET", target, canonical), 400, "BadRequestException");
    }
    refused(
        &odd("DELETE", &format!("/accounts/{account}/rooms/"), &format!("/accounts/{account}/rooms/")),
        400,
        "BadRequestException",
    );
    // An id with a slash is one segment.
    refused(&odd("GET", "/accounts/a%2Fb", "/accounts/a%2Fb"), 404, "NotFoundException");
    for target in [
        "/accounts/a/b",
        "/accounts/a/rooms/r/x",
        "/phone-numbers",
        "/meetings/m/dial-outs",
        "/console",
        "/console/x",
        "/settings/x/y/z",
    ] {
        refused(&odd("GET", target, target), 404, "UnknownOperationException");
    }
    for (method, target) in
        [("PUT", rooms.as_str()), ("PATCH", "/accounts"), ("OPTIONS", "/accounts"), ("DELETE", "/accounts")]
    {
        let answer = odd(method, target, target);
        refused(&answer, 405, "UnknownOperationException");
        assert_eq!(answer.header("allow"), Some("GET, POST"), "{answer:?}");
    }
    let head = exchange_head(&salon, &alice);
    assert_eq!((head.status, head.header("x-amzn-errortype")), (405, Some("UnknownOperationException")));
    // The prefix is part of what is signed.
    assert_eq!(odd("GET", &format!("/console{rooms}"), &format!("/console{rooms}")).status, 200);
    refused(&odd("GET", &format!("/console{rooms}"), &rooms), 403, "InvalidSignatureException");
    // Nobody learns what there is without a signature.
    for target in ["/accounts/a/b", "/phone-numbers", "/accounts"] {
        let answer = Connection::open(salon.address()).exchange("GET", target, &[("Accept", "text/html")], b"");
        refused(&answer, 403, "MissingAuthenticationTokenException");
    }
}

fn exchange_head(salon: &Salon, caller: &Caller) -> Answer {
    let mut connection = Connection::open(salon.address());
    let signed = sign(key(caller), now(), "HEAD", "/accounts", b"");
    let signed: Vec<(&str, &str)> = signed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    connection.head("HEAD", "/accounts", &signed, None);
    connection.answer(true).unwrap()
}

#[test]
fn a_post_that_names_no_operation_changes_nothing() {
    let salon = Salon::new();
    let alice = salon.aws("alice");
    let account = accounts(&alice)[0]["AccountId"].as_str().unwrap().to_owned();
    let room = alice.made(&format!("/accounts/{account}/rooms"), &json!({"Name": "here"}), "/Room/RoomId");
    let bot = alice.made(
        &format!("/accounts/{account}/bots"),
        &json!({"DisplayName": "b", "Domain": "example.com"}),
        "/Bot/BotId",
    );
    let inside = format!("/accounts/{account}");
    let before = accounts(&alice);
    for path in [
        "/accounts".to_owned(),
        inside.clone(),
        format!("{inside}/users"),
        format!("{inside}/users/u"),
        format!("{inside}/bots"),
        format!("{inside}/bots/{bot}"),
        format!("{inside}/rooms"),
        format!("{inside}/rooms/{room}"),
        format!("{inside}/rooms/{room}/memberships"),
        format!("{inside}/rooms/{room}/memberships/m"),
        format!("{inside}/rooms/{room}/messages/m"),
        format!("{inside}/conversations/c/messages/m"),
    ] {
        for operation in ["unknown", "", "Redact", "redact&operation=redact"] {
            let body = json!({"Name": "changed", "Disabled": true, "DefaultLicense": "Basic"});
            refused(&alice.post(&format!("{path}?operation={operation}"), &body), 400, "BadRequestException");
        }
    }
    assert_eq!(accounts(&alice), before);
    assert_eq!(alice.get(&format!("{inside}/rooms/{room}")).json()["Room"]["Name"], "here");
    assert_eq!(alice.get(&format!("{inside}/bots/{bot}")).json()["Bot"]["Disabled"], false);
}

#[test]
fn bodies_are_json_objects_of_bounded_size() {
    let salon = Salon::new();
    let alice = salon.aws("alice");
    for body in [
        &b"no json"[..],
        b"[]",
        b"\"x\"",
        b"7",
        b"{",
        b"{\"Name\":\"a\"}x",
        b"\xff",
        b"{\"Name\":\"\xff\"}",
        b"{\"Name\":\"\\ud800\"}",
    ] {
        refused(&alice.send_bytes("POST", "/accounts", body), 400, "BadRequestException");
    }
    let deep = format!("{{\"Name\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    refused(&alice.send_bytes("POST", "/accounts", deep.as_bytes()), 400, "BadRequestException");
    // The limit is the limit, and nobody waits for the rest.
    let name = |length: usize| format!("{{\"Name\":\"{}\"}}", "x".repeat(length - 11)).into_bytes();
    refused(&alice.send_bytes("POST", "/accounts", &name(1 << 20)), 400, "BadRequestException");
    refused(&alice.send_bytes("POST", "/accounts", &name((1 << 20) + 1)), 413, "RequestTooLargeException");
    refused(&alice.send_bytes("POST", "/accounts", &name(2 << 20)), 413, "RequestTooLargeException");
    // No type is asked for, nulls and unknown members are nothing, and both spellings of a letter are one.
    let made = alice.send_bytes(
        "POST",
        "/accounts",
        br#"{"Name":"Za\u017c\u00f3\u0142\u0107 \ud83c\udf89","Other":{"a":[1]},"Type":null}"#,
    );
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.json()["Account"]["Name"], "Zażółć 🎉");
    assert_eq!(accounts(&alice).len(), 2);
}

#[test]
fn a_list_goes_on_where_it_was_and_nowhere_else() {
    let salon = Salon::new();
    let (alice, bob) = (salon.aws("alice"), salon.aws("bob"));
    let account = accounts(&alice)[0]["AccountId"].as_str().unwrap().to_owned();
    let rooms = format!("/accounts/{account}/rooms");
    let made: Vec<String> =
        (0..5).map(|number| alice.made(&rooms, &json!({"Name": format!("room {number}")}), "/Room/RoomId")).collect();
    let mut seen = Vec::new();
    let mut tokens = Vec::new();
    let mut target = format!("{rooms}?max-results=2");
    loop {
        let page = alice.get(&target).json();
        seen.extend(page["Rooms"].as_array().unwrap().iter().map(|room| room["RoomId"].as_str().unwrap().to_owned()));
        let Some(token) = page.get("NextToken").map(|token| token.as_str().unwrap().to_owned()) else { break };
        target = format!("{rooms}?max-results=2&next-token={token}");
        tokens.push(token);
    }
    assert_eq!(seen, made);
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
    // The same token with another page size goes on at the same place.
    let rest = alice.get(&format!("{rooms}?max-results=99&next-token={}", tokens[0])).json();
    assert_eq!(rest["Rooms"].as_array().unwrap().len(), 3);
    let token = &tokens[0];
    let forged = format!("{}{}", &token[..token.len() - 1], if token.ends_with('0') { '1' } else { '0' });
    for target in [
        format!("{rooms}?next-token={forged}"),
        format!("{rooms}?next-token=made-up"),
        format!("{rooms}?member-id=m&next-token={token}"),
        format!("/accounts/{account}/users?next-token={token}"),
        format!("/accounts?next-token={token}"),
    ] {
        refused(&alice.get(&target), 400, "BadRequestException");
    }
    refused(&bob.get(&format!("{rooms}?next-token={token}")), 400, "BadRequestException");
    // A room that goes away while its members are listed.
    let members = format!("{rooms}/{}/memberships", made[0]);
    for name in ["ana", "ben"] {
        let person = json!({"Email": format!("{name}@example.com")});
        let id = alice.made(&format!("/accounts/{account}/users?operation=create"), &person, "/User/UserId");
        alice.made(&members, &json!({"MemberId": id}), "/RoomMembership/Role");
    }
    let first = alice.get(&format!("{members}?max-results=1")).json();
    let token = first["NextToken"].as_str().unwrap();
    assert_eq!(alice.delete(&format!("{rooms}/{}", made[0])).status, 204);
    refused(&alice.get(&format!("{members}?max-results=1&next-token={token}")), 404, "NotFoundException");
}

#[test]
fn t_d3_one_key_cannot_ask_without_end() {
    let salon = Setup::config("[chime]\nrequests_per_second = 1\nburst = 3\n").start();
    let (alice, bob) = (salon.aws("alice"), salon.aws("bob"));
    for _ in 0..3 {
        assert_eq!(alice.get("/accounts").status, 200);
    }
    let answer = alice.get("/accounts");
    refused(&answer, 429, "ThrottledClientException");
    assert_eq!(answer.json()["Code"], "Throttled");
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(
        answer.header("x-amz-retry-after").unwrap().parse::<u32>().is_ok_and(|millis| (1..=1000).contains(&millis))
    );
    assert_eq!(bob.get("/accounts").status, 200);
    // Whoever does not have the secret cannot use a key up.
    let forger = as_key(&bob, &key(&bob).id, "x");
    for _ in 0..10 {
        refused(&forger.get("/accounts"), 403, "InvalidSignatureException");
    }
    assert_eq!(bob.get("/accounts").status, 200);
}

#[test]
fn what_is_sensitive_stays_out_of_the_log() {
    let salon = Setup::config("[log]\nlevel = \"debug\"\n").start();
    let alice = salon.aws("alice");
    let account = accounts(&alice)[0]["AccountId"].as_str().unwrap().to_owned();
    let inside = format!("/accounts/{account}");
    alice.made(
        &format!("{inside}/users?operation=create"),
        &json!({"Email": "canary-1@example.com", "Username": "canary-2"}),
        "/User/UserId",
    );
    let room = json!({"Name": "canary-3", "ClientRequestToken": "canary-4"});
    alice.made(&format!("{inside}/rooms"), &room, "/Room/RoomId");
    let bot = json!({"DisplayName": "canary-5", "Domain": "example.com"});
    let token = alice.made(&format!("{inside}/bots"), &bot, "/Bot/SecurityToken");
    assert_eq!(alice.get(&format!("{inside}/users?user-email=canary-1%40example.com")).status, 200);
    refused(&alice.get(&format!("{inside}/users?user-email=canary-6")), 400, "BadRequestException");
    let refusal = alice.post(&format!("{inside}/users?operation=create"), &json!({"Email": "canary-7"}));
    refused(&refusal, 400, "BadRequestException");
    assert!(!refusal.text().contains("canary"));
    // The last line that is waited for is written after the others.
    assert_eq!(salon.nobody().get("/healthcheck").status, 200);
    while !salon.log().contains("healthcheck") {
        std::thread::yield_now();
    }
    let log = salon.log();
    assert!(log.contains("CreateRoom") && log.contains("/accounts/{accountId}/rooms"), "{log}");
    for secret in ["canary", &token, &key(&alice).secret, "Signature="] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    let metrics = salon.nobody().get("/metrics");
    assert!(metrics.text().contains("/accounts/{accountId}/users?operation=create"), "{}", metrics.text());
}

#[test]
fn keystone_that_cannot_be_asked_is_no_answer_about_the_key() {
    // A port that was free a moment ago: nobody answers there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = format!(
        "[identity]\nmode = \"keystone\"\n[keystone_authtoken]\nauth_url = \"http://{closed}\"\nusername = \"glance\"\n\
         password = \"secret\"\nproject_name = \"service\"\nhttp_request_timeout = 1\nhttp_request_max_retries = 0\n\
         [chime]\nenabled = true\n"
    );
    let salon = Setup::without_samples(&config).start();
    let made_up = as_key(&salon.aws_nobody(), "AKIDEXAMPLE", "x");
    let answer = made_up.get("/accounts");
    refused(&answer, 503, "ServiceUnavailableException");
    assert!(answer.header("retry-after").is_some() && answer.header("x-amz-retry-after").is_some());
    // What cannot be a signature is refused without asking anybody.
    refused(&salon.aws_nobody().get("/accounts"), 403, "MissingAuthenticationTokenException");
}

#[test]
fn it_is_off_unless_asked_for_and_needs_keys() {
    let salon = Setup::without_samples("").start();
    assert_ne!(Connection::open(salon.address()).exchange("GET", "/accounts", &[], b"").status, 403);
    let off = Setup::config("[chime]\nenabled = false\n").start();
    assert_ne!(Connection::open(off.address()).exchange("GET", "/accounts", &[], b"").status, 403);
    let directory = tempfile::tempdir().unwrap();
    for (config, word) in [
        ("[identity]\nmode = \"proxy\"\ntrusted_peers = [\"::1\"]\n[chime]\nenabled = true\n", "[chime] enabled"),
        ("[chime]\nprefixes = [\"console\"]\n", "[chime] prefixes"),
        ("[chime]\nburst = 0\n", "[chime] burst"),
    ] {
        std::fs::write(directory.path().join("salon.toml"), config).unwrap();
        let checked = common::command().args(["config", "check"]).current_dir(directory.path()).output().unwrap();
        assert!(!checked.status.success());
        let said = String::from_utf8(checked.stderr).unwrap();
        assert!(said.contains(word), "{said}");
    }
}

#[test]
fn clients_find_keys_and_address_beside_the_data() {
    use std::os::unix::fs::PermissionsExt as _;

    let salon = Salon::new();
    let settings = std::fs::read_to_string(salon.data().join("aws-config")).unwrap();
    assert!(settings.contains(&format!("endpoint_url = http://{}", salon.address())), "{settings}");
    for name in ["alice", "bob", "admin"] {
        assert!(settings.contains(&format!("[profile {name}]\nregion = us-east-1\n")), "{settings}");
        assert_eq!(salon.aws(name).get("/accounts").status, 200);
    }
    for file in ["aws-config", "aws-credentials"] {
        assert_eq!(std::fs::metadata(salon.data().join(file)).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
