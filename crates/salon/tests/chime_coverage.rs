//! Every Chime operation as everybody, and nothing that tells a stranger's account, room or member from an absent one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
#[path = "chime/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use common::{Setup, aws::Caller, http::Answer};
use serde_json::{Value, json};
use world::{OPERATIONS, Operation, World};

/// Nobody is too fast for these tests.
const SETTINGS: &str = "[chime]\nrequests_per_second = 0\n";
const EXCEPTIONS: &str = include_str!("chime/coverage.txt");
const MODEL: &str = include_str!("../../http/src/chime/model/chime-2018-05-01.json");
const ABSENT: &str = "7a5b1f9e-1c8e-4d53-9d0b-2f6b7c1f0a11";

type Case = (String, String);

fn exceptions() -> BTreeMap<Case, u16> {
    let mut read = BTreeMap::new();
    for line in EXCEPTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut next = || words.next().unwrap();
        let case = (next(), next());
        let status = next().parse().unwrap();
        assert!(words.next().is_some(), "an exception without a reason: {line}");
        assert_eq!(read.insert(case, status), None, "twice: {line}");
    }
    read
}

/// What the rule says.
fn expected(operation: &Operation, caller: &str) -> u16 {
    let reads = operation.name.starts_with("Get") || operation.name.starts_with("List");
    match caller {
        "nobody" => 403,
        "stranger" => 404,
        "reader" if !reads => 403,
        _ => operation.success,
    }
}

/// What each refusal is called.
fn error_of(status: u16, caller: &str) -> &'static str {
    match (status, caller) {
        (400, _) => "BadRequestException",
        (403, "nobody") => "MissingAuthenticationTokenException",
        (403, _) => "ForbiddenException",
        (404, _) => "NotFoundException",
        (422, _) => "UnprocessableEntityException",
        _ => panic!("{caller} is not to get {status}"),
    }
}

#[test]
fn the_table_has_every_operation_of_the_model() {
    let model: Value = serde_json::from_str(MODEL).unwrap();
    let told: BTreeSet<(&str, &str, String)> = model["operations"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, operation)| {
            let http = &operation["http"];
            (name.as_str(), http["method"].as_str().unwrap(), shape(http["requestUri"].as_str().unwrap(), ['{', '}']))
        })
        .collect();
    let here: BTreeSet<(&str, &str, String)> = OPERATIONS
        .iter()
        .map(|operation| (operation.name, operation.method, shape(operation.target, ['<', '>'])))
        .collect();
    assert_eq!(here, told);
    assert_eq!((here.len(), OPERATIONS.len()), (43, 43));
}

/// A path with every placeholder made the same.
fn shape(target: &str, [open, close]: [char; 2]) -> String {
    let mut parts = target.split(open);
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |whole, part| format!("{whole}*{}", part.split_once(close).unwrap().1))
}

#[test]
fn t_m8_every_operation_as_everybody() {
    let salon = Setup::config(SETTINGS).start();
    let world = World::of(&salon);
    let mut exceptions = exceptions();
    let mut wrong = Vec::new();
    for operation in OPERATIONS {
        for (name, caller) in world.callers() {
            let ids = world.fresh(operation);
            let answer = send(caller, operation, &ids);
            let case = (operation.name.to_owned(), name.to_owned());
            let wanted = exceptions.remove(&case).unwrap_or_else(|| expected(operation, name));
            if answer.status != wanted {
                wrong.push(format!("{case:?}: {answer:?} in place of {wanted}"));
                continue;
            }
            assert!(answer.header("x-amzn-requestid").is_some(), "{case:?}: {answer:?}");
            if answer.status >= 300 {
                assert_eq!(
                    answer.header("x-amzn-errortype"),
                    Some(error_of(answer.status, name)),
                    "{case:?}: {answer:?}"
                );
                let body = answer.json();
                assert!(body["Code"].is_string() && body["Message"].is_string(), "{case:?}: {answer:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(exceptions.is_empty(), "exceptions for nothing: {exceptions:#?}");
}

fn send(caller: &Caller, operation: &Operation, ids: &BTreeMap<&'static str, String>) -> Answer {
    let body = operation.body.map(|body| serde_json::from_str::<Value>(&filled(body, ids)).unwrap());
    caller.send(operation.method, &filled(operation.target, ids), body.as_ref())
}

fn filled(template: &str, ids: &BTreeMap<&'static str, String>) -> String {
    ids.iter().fold(template.to_owned(), |text, (name, id)| text.replace(&format!("<{name}>"), id))
}

#[test]
fn t_a4_a_strangers_account_is_absent() {
    let salon = Setup::config(SETTINGS).start();
    let world = World::of(&salon);
    for operation in OPERATIONS.iter().filter(|operation| operation.target.starts_with("/accounts/")) {
        let real = world.fresh(operation);
        for body in [None, Some(json!({})), Some(json!({"Wrong": 1})), Some(json!([]))] {
            let tell = |account: &str| {
                let mut ids = real.clone();
                ids.insert("account", account.to_owned());
                ids.insert("team", account.to_owned());
                let answer = match &body {
                    None => send(&world.stranger, operation, &ids),
                    Some(body) => world.stranger.send(operation.method, &filled(operation.target, &ids), Some(body)),
                };
                answer.words(&[account])
            };
            let absent = tell(ABSENT);
            if body.is_none() {
                assert_eq!(absent.0, 404, "{}: {absent:?}", operation.name);
            }
            for account in ["account", "team"] {
                assert_eq!(tell(&real[account]), absent, "{} {body:?}", operation.name);
            }
        }
    }
}

/// What belongs to another account is absent below one's own, whoever owns it.
#[test]
fn t_a2_another_accounts_things_are_absent() {
    let salon = Setup::config(SETTINGS).start();
    let world = World::of(&salon);
    let theirs = world.of_stranger();
    for operation in OPERATIONS {
        let own = world.fresh(operation);
        for part in ["room", "user", "bot", "member"] {
            let template = format!("<{part}>");
            // Within a body only a new membership names one.
            let in_body = operation.name == "CreateRoomMembership" && part == "user";
            if !(operation.target.contains(&template) || in_body) {
                continue;
            }
            let tell = |id: &str| {
                let mut ids = own.clone();
                ids.insert(part, id.to_owned());
                send(&world.member, operation, &ids).words(&[id])
            };
            let absent = tell(ABSENT);
            // The filter of a list is a filter; a message nobody wrote is gone already.
            assert_eq!(absent.0, 404, "{} {part}: {absent:?}", operation.name);
            assert_eq!(tell(&theirs[part]), absent, "{} {part}", operation.name);
        }
    }
    // Nor do lists tell: by member, by address, by name; nor does a page token of somebody else.
    let account = &world.account;
    let rooms = |id: &str| world.member.get(&format!("/accounts/{account}/rooms?member-id={id}")).words(&[id]);
    assert_eq!(rooms(&theirs["user"]), rooms(ABSENT));
    let people =
        |address: &str| world.member.get(&format!("/accounts/{account}/users?user-email={address}")).words(&[address]);
    assert_eq!(people(&theirs["email"]), people("nobody-has-this%40example.com"));
    let accounts = |query: &str, of: &str| world.member.get(&format!("/accounts?{query}={of}")).words(&[of]);
    assert_eq!(accounts("user-email", &theirs["email"]), accounts("user-email", "nobody-has-this%40example.com"));
    assert_eq!(accounts("name", "Gamma"), accounts("name", "Omega"));
}

#[test]
fn t_a4_a_batch_tells_nothing_of_strangers() {
    let salon = Setup::config(SETTINGS).start();
    let world = World::of(&salon);
    let theirs = world.of_stranger();
    let ids = world.fresh(&OPERATIONS[0]);
    let (account, room) = (&ids["account"], &ids["room"]);
    let batches = [
        (
            format!("/accounts/{account}/rooms/{room}/memberships?operation=batch-create"),
            "MembershipItemList",
            "MemberId",
            "Errors",
        ),
        (format!("/accounts/{account}/users"), "UpdateUserRequestItems", "UserId", "UserErrors"),
        (format!("/accounts/{account}/users?operation=suspend"), "UserIdList", "", "UserErrors"),
        (format!("/accounts/{account}/users?operation=unsuspend"), "UserIdList", "", "UserErrors"),
    ];
    for (target, list, member, errors) in &batches {
        let tell = |id: &str| {
            let item = if member.is_empty() { json!(id) } else { json!({*member: id}) };
            let answer = world.member.post(target, &json!({*list: [item]}));
            assert_eq!(answer.json()[errors][0]["ErrorCode"], "NotFound", "{target}: {answer:?}");
            answer.words(&[id])
        };
        assert_eq!(tell(&theirs["user"]), tell(ABSENT), "{target}");
    }
}

#[test]
fn a_deleted_room_is_absent_for_everybody() {
    let salon = Setup::config(SETTINGS).start();
    let world = World::of(&salon);
    for operation in OPERATIONS.iter().filter(|operation| operation.target.contains("<room>")) {
        let ids = world.fresh(operation);
        let room = format!("/accounts/{}/rooms/{}", ids["account"], ids["room"]);
        assert_eq!(world.member.delete(&room).status, 204);
        for (name, caller) in world.callers().into_iter().filter(|(name, _)| !matches!(*name, "nobody" | "reader")) {
            let answer = send(caller, operation, &ids);
            assert_eq!(answer.status, 404, "{} as {name}: {answer:?}", operation.name);
            assert_eq!(answer.header("x-amzn-errortype"), Some("NotFoundException"), "{answer:?}");
        }
    }
}
