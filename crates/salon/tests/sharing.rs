//! Salon's own API over the real binary: what was said in a room is read back, a page at a time, by whom it is for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;
#[path = "image_v2/people.rs"]
#[allow(dead_code, reason = "this file uses a part of it")]
mod people;

use common::{
    Salon, Setup, User,
    aws::Caller,
    http::{Answer, Connection},
};
use people::People;
use rustix::process::Signal;
use serde_json::{Value, json};

const ABSENT: &str = "7a5b1f9e-1c8e-4d53-9d0b-2f6b7c1f0a11";

fn messages(account: &str, room: &str) -> String {
    format!("/salon/v1/accounts/{account}/rooms/{room}/messages")
}

/// An account of project alpha with a room in it.
struct Room {
    alice: Caller,
    account: String,
    id: String,
}

impl Room {
    fn new(salon: &Salon) -> Self {
        let (account, alice) = (salon.enterprise("Enterprise", "alpha"), salon.aws("alice"));
        let mut room = Self { alice, account, id: String::new() };
        room.id = room.another();
        room
    }

    fn another(&self) -> String {
        self.alice.made(&format!("/accounts/{}/rooms", self.account), &json!({"Name": "room"}), "/Room/RoomId")
    }

    /// Says something through a webhook of its own, so that nobody waits for the rate of one; answers the message's id.
    fn say(&self, salon: &Salon, text: &str) -> String {
        let about = ["chime", "webhook", "create", "--name", "build", "--account", &self.account, "--room", &self.id];
        let made: Value = serde_json::from_str(&salon.told(&[&about[..], &["--json"]].concat())).unwrap();
        let url = made["url"].as_str().unwrap();
        let path = &url[url.find("/incomingwebhooks/").unwrap()..];
        let body = json!({"Content": text}).to_string();
        let answer = Connection::open(salon.address()).exchange("POST", path, &[], body.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["MessageId"].as_str().unwrap().to_owned()
    }

    fn path(&self) -> String {
        messages(&self.account, &self.id)
    }
}

fn refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    let error = &answer.json()["error"];
    assert_eq!(error["code"], status);
    assert!(error["message"].as_str().is_some_and(|words| !words.is_empty()), "{error}");
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{answer:?}");
    assert!(answer.header("x-openstack-request-id").is_some());
}

fn contents(page: &Value) -> Vec<&str> {
    page["messages"].as_array().unwrap().iter().map(|one| one["content"].as_str().unwrap_or("-")).collect()
}

#[test]
fn messages_are_read_back_a_page_at_a_time() {
    let salon = Salon::new();
    let room = Room::new(&salon);
    let alice = salon.alice();
    assert_eq!(alice.get(&room.path()).json(), json!({"messages": []}));
    let ids: Vec<String> = ["one", "two", "Zażółć 🎉\n<b>", "four", "five"].map(|text| room.say(&salon, text)).to_vec();
    let taken_back = format!("/accounts/{}/rooms/{}/messages/{}?operation=redact", room.account, room.id, ids[1]);
    assert_eq!(room.alice.send("POST", &taken_back, None).status, 200);

    let whole = alice.get(&room.path());
    assert_eq!((whole.status, whole.header("content-type")), (200, Some("application/json")), "{whole:?}");
    assert_eq!(whole.header("vary"), Some("X-Auth-Token"));
    let whole = whole.json();
    assert_eq!(contents(&whole), ["five", "four", "Zażółć 🎉\n<b>", "-", "one"], "newest first");
    assert!(whole.get("next").is_none());
    let first = &whole["messages"][4];
    assert_eq!((&first["id"], &first["redacted_at"]), (&json!(ids[0]), &Value::Null));
    assert_eq!((&first["sender"]["type"], &first["sender"]["name"]), (&json!("webhook"), &json!("build (Webhook)")));
    let instant = first["created_at"].as_str().unwrap();
    assert!(instant.len() == 24 && instant.ends_with('Z'), "{instant}");
    assert!(whole["messages"][3]["redacted_at"].is_string() && whole["messages"][3]["content"].is_null());

    let mut pages = Vec::new();
    let mut next = Some(format!("{}?limit=2", room.path()));
    while let Some(path) = next {
        let page = alice.get(&path);
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        pages.push(contents(&page).into_iter().map(str::to_owned).collect::<Vec<_>>());
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(pages, [vec!["five", "four"], vec!["Zażółć 🎉\n<b>", "-"], vec!["one"]]);
    assert_eq!(contents(&alice.get(&format!("{}?limit=5", room.path())).json()).len(), 5);
    assert!(
        alice.get(&format!("{}?limit=5", room.path())).json().get("next").is_none(),
        "a full last page is the last"
    );

    // A token is good for this list, as it was given, and for whoever got it.
    let next = alice.get(&format!("{}?limit=1", room.path())).json()["next"].as_str().unwrap().to_owned();
    let (_, token) = next.split_once("marker=").unwrap();
    let other = messages(&room.account, &room.another());
    let middle = token.len() / 2;
    let digit = if token.as_bytes()[middle] == b'0' { '1' } else { '0' };
    let changed = format!("{}{digit}{}", &token[..middle], &token[middle + 1..]);
    let (here, admin) = (room.path(), salon.admin());
    for path in [
        format!("{other}?marker={token}"),
        format!("{here}?marker={changed}"),
        format!("{here}?marker=7"),
        format!("{here}?marker={token}&marker={token}"),
        format!("{here}?limit=0"),
        format!("{here}?limit=-1"),
        format!("{here}?limit=x"),
        format!("{here}?limit=+1"),
        format!("{here}?limit=1&limit=2"),
        format!("{here}?limit=99999999999999999999999"),
    ] {
        refused(&alice.get(&path), 400);
    }
    assert_eq!(alice.get(&format!("{here}?limit=4000000000&marker=&x=y")).status, 200);
    // An administrator of another project reads the same room, but a token of its own.
    assert_eq!(contents(&admin.get(&here).json()).len(), 5);
    if admin.project_id != alice.project_id {
        refused(&admin.get(&format!("{here}?marker={token}")), 400);
    }
    // A page that was begun goes on where it was, whatever comes in meanwhile.
    room.say(&salon, "six");
    assert_eq!(contents(&alice.get(&next).json()), ["four"]);
}

/// T-A1, T-A2, T-A4: who reads, and what others learn.
#[test]
fn t_a4_a_strangers_room_is_absent() {
    let mut salon = Salon::new();
    let room = Room::new(&salon);
    room.say(&salon, "for alpha only");
    let people = People::of(&salon);
    let path = room.path();
    for (name, user) in [("reader", &people.reader), ("owner", &people.owner), ("admin", &people.admin)] {
        assert_eq!(contents(&user.get(&path).json()), ["for alpha only"], "{name}");
    }
    refused(&people.nobody.get(&path), 401);
    let mut made_up = people.nobody.clone();
    made_up.token = Some("made-up".to_owned());
    refused(&made_up.get(&path), 401);

    let told = |user: &User, path: &str, id: &str| {
        let answer = user.get(path);
        refused(&answer, 404);
        answer.words(&[id])
    };
    let absent = told(&people.stranger, &messages(ABSENT, &room.id), ABSENT);
    assert_eq!(told(&people.stranger, &path, &room.account), absent);
    assert_eq!(told(&people.stranger, &messages(&room.account, ABSENT), &room.account), absent);
    assert_eq!(told(&people.owner, &messages(ABSENT, &room.id), ABSENT), absent);
    // A room is looked up together with its account.
    let (theirs, nothing) = (salon.enterprise("Other", "alpha"), messages(&room.account, ABSENT));
    let absent_room = told(&people.owner, &nothing, ABSENT);
    assert_eq!(told(&people.owner, &messages(&theirs, &room.id), &room.id), absent_room);
    refused(&people.owner.get(&messages(&room.account, "%00")), 404);
    let team = room.alice.made("/accounts", &json!({"Name": "Team"}), "/Account/AccountId");
    refused(&people.owner.get(&messages(&team, &room.id)), 403);

    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = people.owner.send(method, &path, &[], b"");
        refused(&answer, 405);
        assert_eq!(answer.header("allow"), Some("GET"));
    }
    for path in ["/salon/v1", "/salon/v1/", "/salon/v1/accounts", &format!("{path}/"), &format!("{path}/x")] {
        refused(&people.owner.get(path), 404);
    }

    // The rule narrows; it makes nobody see more.
    std::fs::write(salon.home().join("policy.yaml"), "\"chime:ListRoomMessages\": \"role:member\"\n").unwrap();
    salon.signal(Signal::HUP);
    salon.wait_for("RELOADING=1");
    salon.wait_for("READY=1");
    refused(&people.reader.get(&path), 403);
    assert_eq!(people.owner.get(&path).status, 200);
    assert_eq!(told(&people.stranger, &path, &room.account), absent);

    assert_eq!(room.alice.delete(&format!("/accounts/{}/rooms/{}", room.account, room.id)).status, 204);
    assert_eq!(told(&people.owner, &path, &room.id), absent_room);
}

#[test]
fn without_chat_there_is_nothing_to_read() {
    let salon = Setup::config("[chime]\nenabled = false\n").start();
    // As any path that no dialect has: what versions of the Image API there are.
    let answer = salon.alice().get(&messages(ABSENT, ABSENT));
    assert!(answer.status == 300 && answer.json()["versions"].is_array(), "{answer:?}");
}

/// T-H7: whoever sends an id finds it in the answer and in the log; what is no id is not taken.
#[test]
fn t_h7_a_clients_request_id_is_kept_where_it_is_one() {
    let salon = Salon::new();
    let key = salon.aws("alice").key.unwrap();
    let ask = |name: &str, id: &str| {
        let mut headers = common::aws::sign(&key, common::aws::now(), "GET", "/accounts", b"");
        headers.push((name.to_owned(), id.to_owned()));
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let answer = Connection::open(salon.address()).exchange("GET", "/accounts", &headers, b"");
        assert_eq!(answer.status, 200, "an id is no reason to refuse: {answer:?}");
        assert!(answer.header("x-openstack-request-id").is_none());
        answer.header("x-amzn-requestid").unwrap().to_owned()
    };
    let uuid = "7a5b1f9e-1c8e-4d53-9d0b-2f6b7c1f0a11";
    assert_eq!(ask("X-OpenStack-Request-ID", &format!("req-{uuid}")), uuid);
    assert_eq!(ask("X-OpenStack-Request-ID", "from.a:proxy_1"), "from.a:proxy_1");
    // Too long, or with what a log or a header must not have: a new one. The name of the answer's header is no request's.
    for (name, id) in [
        ("X-OpenStack-Request-ID", "x".repeat(200)),
        ("X-OpenStack-Request-ID", "a b\"c".to_owned()),
        ("x-amzn-RequestId", uuid.to_owned()),
        ("X-Request-ID", uuid.to_owned()),
    ] {
        let given = ask(name, &id);
        assert!(given.len() == 36 && given != id, "{name}: {id}: {given}");
    }
}
