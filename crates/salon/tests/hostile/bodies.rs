//! T-D2: bodies that are no JSON, or far too much of it, to every route.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{common::envelope::flaw, nothing_broke, targets, unthrottled};

/// What no parser may take, whatever the route wants.
fn malformed() -> Vec<(&'static str, Vec<u8>)> {
    let texts = [
        ("an open brace", "{"),
        ("a word", "nonsense"),
        ("an open text", "{\"name\": \""),
        ("an open list", "[1,"),
        ("no value", "{\"a\":}"),
        ("single quotes", "{'a': 1}"),
        ("a comment", "// x\n{}"),
        ("a trailing comma", "{\"a\": 1,}"),
        ("two values", "{}{}"),
        ("NaN", "{\"a\": NaN}"),
        ("infinity", "{\"a\": -Infinity}"),
        ("a leading zero", "{\"a\": 01}"),
        ("an open exponent", "{\"a\": 1e}"),
        ("a plus sign", "{\"a\": +1}"),
        ("hexadecimal", "{\"a\": 0x10}"),
        ("an endless exponent", "{\"a\": 1e99999999999999999999}"),
        ("a byte order mark", "\u{feff}{}"),
        ("a control character", "{\"a\": \"\u{1}\"}"),
        ("a raw NUL", "{\"a\": \"\0\"}"),
        ("NUL for a space", "\0{}"),
        ("a lone surrogate", "{\"name\": \"\\ud800\", \"member\": \"\\ud800\"}"),
        ("a lone low surrogate", "{\"name\": \"\\udc00x\"}"),
        ("two high surrogates", "{\"name\": \"\\ud800\\ud800\"}"),
        ("a lone surrogate in a name", "{\"\\udfff\": 1}"),
        ("a bad escape", "{\"a\": \"\\x41\"}"),
        ("half an escape", "{\"a\": \"\\u12\"}"),
    ];
    let mut bodies: Vec<(&str, Vec<u8>)> = texts.map(|(name, text)| (name, text.as_bytes().to_vec())).to_vec();
    bodies.extend([
        ("bytes that are no UTF-8", b"{\"name\": \"\xff\xfe\"}".to_vec()),
        ("an overlong slash", b"{\"name\": \"\xc0\xaf\"}".to_vec()),
        ("a surrogate in bytes", b"{\"name\": \"\xed\xa0\x80\"}".to_vec()),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
        ("100 000 open lists", vec![b'['; 100_000]),
        ("100 000 lists", [vec![b'['; 100_000], vec![b']'; 100_000]].concat()),
        ("100 000 objects", ["{\"a\":".repeat(100_000), "1".to_owned(), "}".repeat(100_000)].concat().into_bytes()),
        ("129 lists", [vec![b'['; 129], vec![b']'; 129]].concat()),
        ("ten thousand digits of an exponent", format!("{{\"a\": 1e{}}}", "9".repeat(10_000)).into_bytes()),
        ("more than there is room for", format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20)).into_bytes()),
        ("more open lists than there is room for", vec![b'['; 2 << 20]),
    ]);
    bodies
}

/// JSON, but not what anybody would send; an answer may be anything that does not blame the server.
fn odd() -> Vec<(String, Vec<u8>)> {
    let names = [
        "name",
        "member",
        "status",
        "visibility",
        "id",
        "tags",
        "disk_format",
        "min_disk",
        "protected",
        "member_id",
        "can_share",
        "memberships",
        "type",
        "input",
        "user",
        "project",
        "domain",
        "role",
        "auth",
        "identity",
        "methods",
        "password",
        "scope",
        "token",
        "enabled",
        "domain_id",
        "credential",
        "passwordCredentials",
        "tenantName",
        "RAX-KSKEY:apiKeyCredentials",
        "Name",
        "MemberId",
        "Role",
        "Email",
        "UserEmailList",
        "UserIdList",
        "Content",
        "MembershipItemList",
        "UpdateUserRequestItems",
        "AccountSettings",
        "RetentionSettings",
        "RoomRetentionSettings",
        "RetentionDays",
        "DisplayName",
        "SigninDelegateGroups",
        "GroupNames",
        "UserSettings",
        "Telephony",
        "LicenseType",
        "ClientRequestToken",
        "OutboundEventsHTTPSEndpoint",
        "Disabled",
        "UserType",
        "Username",
        "DefaultLicense",
    ];
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1.7e308),
        json!(""),
        json!("\0"),
        json!("a\r\nX-Injected: 1"),
        json!("\u{202e}\u{feff}\u{10ffff}"),
        json!("x".repeat(100_000)),
        json!([]),
        json!([null]),
        json!([[], {}, 1, "x"]),
        json!({}),
        json!(vec!["x"; 10_000]),
        nested(120),
    ];
    let mut bodies = Vec::new();
    for value in &values {
        let flat: BTreeMap<&str, &Value> = names.iter().map(|name| (*name, value)).collect();
        let inside: BTreeMap<&str, &BTreeMap<&str, &Value>> = names.iter().map(|name| (*name, &flat)).collect();
        let shown: String = value.to_string().chars().take(40).collect();
        let mut add = |form: &str, body: String| bodies.push((format!("{form} of {shown}"), body.into_bytes()));
        add("itself", value.to_string());
        add("an object", json!(flat).to_string());
        add("a list", json!([flat]).to_string());
        add("a patch", json!([{"op": value, "path": value, "value": value}]).to_string());
        for path in ["/name", "/tags", "/visibility", "/min_disk", "/note", "/", "/a~2b", "/a/b/c", ""] {
            add("an addition", json!([{"op": "add", "path": path, "value": value}]).to_string());
        }
        if value.to_string().len() < 1000 {
            add("objects of objects", json!(inside).to_string());
        }
    }
    let twice: String = names.iter().map(|name| format!("\"{name}\": \"x\", \"{name}\": \"y\",")).collect();
    bodies.push(("names twice".to_owned(), format!("{{{twice}\"last\": 1}}").into_bytes()));
    let many: String = (0..50_000).map(|number| format!("\"k{number}\": \"v\",")).collect();
    bodies.push(("50 000 names".to_owned(), format!("{{{many}\"last\": 1}}").into_bytes()));
    let digits = format!("{{\"name\": {0}, \"min_disk\": {0}}}", "9".repeat(300));
    bodies.push(("300 digits".to_owned(), digits.into_bytes()));
    bodies.push(("nothing".to_owned(), Vec::new()));
    let patch: Vec<Value> =
        (0..5_000).map(|number| json!({"op": "add", "path": format!("/p{number}"), "value": "v"})).collect();
    bodies.push(("5 000 additions".to_owned(), json!(patch).to_string().into_bytes()));
    bodies
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |value, _| json!([value]))
}

#[test]
fn t_d2_bodies_that_are_no_json() {
    let salon = unthrottled();
    let targets = targets::all(&salon);
    let bodies = malformed();
    let (mut wrong, mut sent) = (Vec::new(), 0);
    for target in &targets {
        for (name, body) in &bodies {
            let answer = target.send(body);
            sent += 1;
            let refused = (400..500).contains(&answer.status);
            if answer.status >= 500 || (target.reads_json && !refused) {
                wrong.push(format!("{} with {name}: {answer:?}", target.name));
            } else if let Some(flaw) = flaw(target.dialect, &answer).filter(|_| refused) {
                wrong.push(format!("{} with {name}: {}, {flaw}", target.name, answer.status));
            }
        }
    }
    eprintln!(
        "{} routes, {} bodies that are no JSON, {sent} requests, {} wrong",
        targets.len(),
        bodies.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{:#?}", &wrong[..wrong.len().min(30)]);
    assert!(salon.held().peak_memory < 256 << 20, "{:?}", salon.held());
    nothing_broke(&salon);
}

#[test]
fn t_d2_json_that_nobody_would_send() {
    let salon = unthrottled();
    let targets = targets::all(&salon);
    let bodies = odd();
    let (mut wrong, mut sent) = (Vec::new(), 0);
    for target in targets.iter().filter(|target| target.reads_json) {
        for (name, body) in &bodies {
            let answer = target.send(body);
            sent += 1;
            if answer.status >= 500 {
                wrong.push(format!("{} with {name}: {answer:?}", target.name));
            } else if let Some(flaw) = flaw(target.dialect, &answer).filter(|_| answer.status >= 400) {
                wrong.push(format!("{} with {name}: {}, {flaw}", target.name, answer.status));
            }
        }
    }
    eprintln!("{} bodies that nobody would send, {sent} requests, {} wrong", bodies.len(), wrong.len());
    assert!(wrong.is_empty(), "{:#?}", &wrong[..wrong.len().min(30)]);
    assert!(salon.held().peak_memory < 256 << 20, "{:?}", salon.held());
    nothing_broke(&salon);
}
