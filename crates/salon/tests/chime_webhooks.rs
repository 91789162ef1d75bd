//! Messages into rooms by webhooks and bots, and events out to bots, over the real binary: what scripts send, every
//! documented status, signatures, repetitions, and what survives a crash.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use common::{
    Salon, Setup,
    aws::Caller,
    bot::{Bot, Reply, Told},
    http::{Answer, Connection},
};
use serde_json::{Value, json};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// An account with a room, and who manages it.
struct Room {
    alice: Caller,
    account: String,
    id: String,
}

impl Room {
    fn new(salon: &Salon) -> Self {
        let account = salon.enterprise("Enterprise", "alpha");
        let alice = salon.aws("alice");
        let id = alice.made(&format!("/accounts/{account}/rooms"), &json!({"Name": "room"}), "/Room/RoomId");
        Self { alice, account, id }
    }

    fn path(&self, rest: &str) -> String {
        format!("/accounts/{}/rooms/{}{rest}", self.account, self.id)
    }

    /// The arguments of a command about this room.
    fn about<'a>(&'a self, command: &[&'a str]) -> Vec<&'a str> {
        [&["chime"], command, &["--account", &self.account, "--room", &self.id]].concat()
    }

    fn json(&self, salon: &Salon, command: &[&str]) -> Value {
        serde_json::from_str(&salon.told(&[&self.about(command)[..], &["--json"]].concat())).unwrap()
    }

    /// A new webhook: its id and its URL's path.
    fn webhook(&self, salon: &Salon) -> (String, String) {
        let made = self.json(salon, &["webhook", "create", "--name", "build"]);
        (made["id"].as_str().unwrap().to_owned(), path_of(&made["url"]))
    }

    fn log(&self, salon: &Salon) -> Vec<(String, String)> {
        let log = self.json(salon, &["room", "log"]);
        let text = |message: &Value, name: &str| message[name].as_str().unwrap().to_owned();
        log.as_array().unwrap().iter().map(|one| (text(one, "sender"), text(one, "content"))).collect()
    }

    /// A bot that is told at `url`: its id and its security token.
    fn bot(&self, url: &str) -> (String, String) {
        let bots = format!("/accounts/{}/bots", self.account);
        let answer = self.alice.post(&bots, &json!({"DisplayName": "myBot", "Domain": "example.com"}));
        assert_eq!(answer.status, 201, "{answer:?}");
        let bot = &answer.json()["Bot"];
        let text = |name: &str| bot[name].as_str().unwrap().to_owned();
        let answer = self.configure(&text("BotId"), url);
        assert_eq!(answer.status, 201, "{answer:?}");
        (text("BotId"), text("SecurityToken"))
    }

    fn configure(&self, bot: &str, url: &str) -> Answer {
        let target = format!("/accounts/{}/bots/{bot}/events-configuration", self.account);
        self.alice.put(&target, &json!({"OutboundEventsHTTPSEndpoint": url}))
    }

    fn add(&self, member: &str) {
        self.alice.made(&self.path("/memberships"), &json!({"MemberId": member}), "/RoomMembership/Role");
    }

    fn remove(&self, member: &str) {
        let answer = self.alice.delete(&self.path(&format!("/memberships/{member}")));
        assert_eq!(answer.status, 204, "{answer:?}");
    }
}

fn path_of(url: &Value) -> String {
    let url = url.as_str().unwrap();
    let at = url.find("/incomingwebhooks/").unwrap_or_else(|| panic!("{url}"));
    url[at..].to_owned()
}

fn send(salon: &Salon, path: &str, body: &[u8]) -> Answer {
    Connection::open(salon.address()).exchange("POST", path, &[FORM], body)
}

fn say(salon: &Salon, path: &str, text: &str) -> Answer {
    send(salon, path, json!({"Content": text}).to_string().as_bytes())
}

/// Says something, no earlier than the rate of the protocol allows: one a second.
fn posted(salon: &Salon, path: &str, text: &str) -> String {
    for _ in 0..100 {
        let answer = say(salon, path, text);
        if answer.status != 429 {
            assert_eq!(answer.status, 200, "{answer:?}");
            return answer.json()["MessageId"].as_str().unwrap().to_owned();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the rate never allowed it");
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    assert_eq!(body["Code"], code, "{body}");
    assert!(body["Message"].as_str().is_some_and(|words| !words.is_empty()), "{body}");
    assert!(answer.header("x-amzn-requestid").is_some());
    assert!(!answer.headers.iter().any(|(name, _)| name.to_lowercase().starts_with("access-control")), "{answer:?}");
}

#[test]
fn a_webhook_posts_as_scripts_do_and_refuses_as_documented() {
    let salon = Salon::new();
    let room = Room::new(&salon);
    let (id, path) = room.webhook(&salon);
    let address = format!("http://{}/incomingwebhooks/", salon.address());
    let shown = room.json(&salon, &["webhook", "regenerate", &id]);
    assert!(!shown["url"].as_str().unwrap().contains(path.as_str()), "{shown}");
    assert_eq!(say(&salon, &path, "regenerated").status, 404);
    let path = path_of(&shown["url"]);
    let (_, token) = path.split_once("?token=").unwrap();
    let word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    assert!(word(&id) && word(token), "Airflow and AWS Chatbot take nothing else");
    assert!(address.starts_with("http://127.0.0.1:"));

    let members = room.alice.get(&room.path("/memberships")).json()["RoomMemberships"].clone();
    let member = json!({"MemberId": id, "MemberType": "Webhook", "Email": format!("{id}@webhooks.invalid"),
        "FullName": "build (Webhook)", "AccountId": room.account});
    assert_eq!((members.as_array().unwrap().len(), &members[0]["Member"]), (1, &member), "{members}");

    // Python's urllib sends JSON as a form.
    let answer = say(&salon, &path, "/md *Zażółć* 🎉\n@All done");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{answer:?}");
    let early = say(&salon, &path, "too soon");
    refused(&early, 429, "Throttled");
    assert_eq!(early.header("retry-after"), Some("1"));
    posted(&salon, &path, &"x".repeat(4096));

    for body in
        ["", "hello", "[]", "\"x\"", "{}", "{\"Content\": 1}", "{\"Content\": \" \"}", "{\"Content\": \"a\\u0000b\"}"]
    {
        refused(&send(&salon, &path, body.as_bytes()), 400, "BadRequest");
    }
    refused(&send(&salon, &path, b"{\"Content\": \"\xff\"}"), 400, "BadRequest");
    refused(&say(&salon, &path, &"x".repeat(4097)), 413, "PayloadTooLarge");
    refused(&say(&salon, &path, &"ż".repeat(2049)), 413, "PayloadTooLarge");
    refused(&send(&salon, &path, &vec![b' '; 40_000]), 413, "PayloadTooLarge");

    // No URL at all reads the same whatever is wrong with it; the body is not looked at.
    let wrong = "0".repeat(64);
    let unknown = "6f0c8d0e-0000-4000-8000-000000000001";
    let nobody = say(&salon, &format!("/incomingwebhooks/{unknown}?token={wrong}"), "x");
    refused(&nobody, 403, "Forbidden");
    for path in [
        format!("/incomingwebhooks/{id}?token={wrong}"),
        format!("/incomingwebhooks/{id}?token={token}0"),
        format!("/incomingwebhooks/{id}?token={}", token.to_uppercase()),
        format!("/incomingwebhooks/{id}?token="),
        format!("/incomingwebhooks/{id}"),
        format!("/incomingwebhooks/{id}?Token={token}"),
        format!("/incomingwebhooks/{unknown}?token={token}"),
        format!("/incomingwebhooks/{id}/?token={token}"),
        format!("/incomingwebhooks/%00?token={token}"),
        format!("/incomingwebhooks/{}?token={token}", "a".repeat(300)),
        format!("/incomingwebhooks/bot-{unknown}-{unknown}?token=1-2-00"),
        "/incomingwebhooks/".to_owned(),
    ] {
        let answer = send(&salon, &path, b"not even JSON");
        refused(&answer, 403, "Forbidden");
        assert_eq!(answer.body, nobody.body, "{path}");
    }
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let headers = [("Origin", "https://elsewhere.example"), ("Access-Control-Request-Method", "POST")];
        let answer = Connection::open(salon.address()).exchange(method, &path, &headers, b"");
        refused(&answer, 405, "MethodNotAllowed");
        assert_eq!(answer.header("allow"), Some("POST"));
    }

    let log = room.log(&salon);
    assert_eq!(log.len(), 2);
    assert_eq!(log[0], ("build (Webhook)".to_owned(), "/md *Zażółć* 🎉\n@All done".to_owned()));
    let list = room.json(&salon, &["webhook", "list"]);
    assert_eq!((list.as_array().unwrap().len(), &list[0]["id"]), (1, &json!(id)));
    assert!(!list.to_string().contains(token));
    salon.told(&room.about(&["webhook", "delete", &id]));
    refused(&say(&salon, &path, "deleted"), 404, "NotFound");
    assert_eq!(room.json(&salon, &["webhook", "list"]), json!([]));
    assert!(!salon.log().contains(token), "a URL's secret is in the log");
}

#[test]
fn a_webhook_ends_with_its_room_and_a_room_has_ten() {
    let salon = Salon::new();
    let room = Room::new(&salon);
    let (_, path) = room.webhook(&salon);
    for _ in 1..10 {
        room.webhook(&salon);
    }
    let output = salon.command(&room.about(&["webhook", "create", "--name", "eleventh"])).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("10 webhooks"), "{output:?}");
    posted(&salon, &path, "before");
    assert_eq!(room.alice.delete(&room.path("")).status, 204);
    refused(&say(&salon, &path, "after"), 404, "NotFound");
    let output = salon.command(&room.about(&["room", "log"])).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("does not exist"), "{output:?}");
}

#[test]
fn everybody_is_called_in_rooms_of_fifty() {
    let salon = Salon::new();
    let room = Room::new(&salon);
    let (_, path) = room.webhook(&salon);
    let users = format!("/accounts/{}/users?operation=create", room.account);
    let person = |at: usize| {
        let body = json!({"Email": format!("p{at}@example.com"), "Username": format!("p{at}")});
        room.alice.made(&users, &body, "/User/UserId")
    };
    let items: Vec<Value> = (0..50).map(|at| json!({"MemberId": person(at)})).collect();
    let answer =
        room.alice.post(&room.path("/memberships?operation=batch-create"), &json!({"MembershipItemList": items}));
    assert_eq!((answer.status, answer.json()["Errors"].clone()), (201, json!([])), "{answer:?}");
    posted(&salon, &path, "@Present fifty");
    room.add(&person(50));
    for text in ["@All fifty-one", "@present fifty-one"] {
        refused(&say(&salon, &path, text), 400, "BadRequest");
    }
    posted(&salon, &path, "allen@all.example and @allen");
    assert_eq!(room.log(&salon).len(), 2);
}

#[test]
fn a_message_is_taken_back() {
    let salon = Salon::new();
    let room = Room::new(&salon);
    let (_, path) = room.webhook(&salon);
    let (first, second) = (posted(&salon, &path, "regretted"), posted(&salon, &path, "kept"));
    let redact = |who: &Caller, account: &str, message: &str| {
        let target = format!("/accounts/{account}/rooms/{}/messages/{message}?operation=redact", room.id);
        who.send("POST", &target, None).status
    };
    let bob = salon.aws("bob");
    assert_eq!(redact(&bob, &room.account, &first), 404, "another project's account");
    let other = salon.enterprise("Other", "alpha");
    assert_eq!(redact(&room.alice, &other, &first), 404, "another account's room");
    let contents = |salon: &Salon| room.log(salon).into_iter().map(|(_, content)| content).collect::<Vec<_>>();
    assert_eq!(contents(&salon), ["regretted", "kept"]);
    for _ in 0..2 {
        assert_eq!(redact(&room.alice, &room.account, &first), 200);
        assert_eq!(contents(&salon), ["", "kept"]);
    }
    assert_eq!(redact(&room.alice, &room.account, "5f0c8d0e-0000-4000-8000-000000000001"), 200);
    let conversation = format!("/accounts/{}/conversations/c/messages/{second}?operation=redact", room.account);
    assert_eq!(room.alice.send("POST", &conversation, None).status, 200);
    assert_eq!(bob.send("POST", &conversation, None).status, 404);
    assert_eq!(contents(&salon), ["", "kept"]);

    let strict = Setup::config("[chime]\nredact_unknown = \"not-found\"\n").start();
    let room = Room::new(&strict);
    let target = room.path("/messages/5f0c8d0e-0000-4000-8000-000000000001?operation=redact");
    let answer = room.alice.send("POST", &target, None);
    assert_eq!(answer.header("x-amzn-errortype"), Some("NotFoundException"), "{answer:?}");
}

/// The whole life of a bot in a room.
#[test]
fn a_bot_is_told_and_answers() {
    let salon = Setup::config(&Bot::settings()).start();
    let room = Room::new(&salon);
    let bot = Bot::start();
    let (id, secret) = room.bot(&bot.url());
    let challenge = bot.told();
    challenge.verify(&secret);
    assert_eq!(challenge.body()["EventType"], "HTTPSEndpointVerification");
    assert_eq!(challenge.body()["Challenge"].as_str().unwrap().len(), 20);

    room.add(&id);
    let invite = bot.told();
    invite.verify(&secret);
    let event = invite.body();
    let discussion = json!({"DiscussionId": room.id, "DiscussionType": "Room"});
    assert_eq!((&event["EventType"], &event["Discussion"]), (&json!("Invite"), &discussion));
    assert_eq!(event["Sender"]["SenderIdType"], "EmailId");
    assert!(event["Sender"]["SenderId"].as_str().unwrap().starts_with("alice@"), "{event}");
    assert_eq!(event["InboundHttpsEndpoint"]["EndpointType"], "Persistent");
    assert_eq!(event["EventTimestamp"].as_str().unwrap().len(), "2019-04-27T17:35:00.123Z".len());
    let url = event["InboundHttpsEndpoint"]["Url"].as_str().unwrap();
    assert!(url.starts_with(&format!("http://{}/incomingwebhooks/", salon.address())), "{url}");
    let own = path_of(&event["InboundHttpsEndpoint"]["Url"]);
    posted(&salon, &own, "hello, I am @myBot");

    let (_, path) = room.webhook(&salon);
    posted(&salon, &path, "nobody is called");
    posted(&salon, &path, "please, @myBot@example.com deploy");
    let mention = bot.told();
    mention.verify(&secret);
    let event = mention.body();
    assert_eq!((&event["EventType"], &event["Message"]), (&json!("Mention"), &json!("@myBot@example.com deploy")));
    assert_eq!(event["InboundHttpsEndpoint"]["EndpointType"], "ShortLived");
    let short = path_of(&event["InboundHttpsEndpoint"]["Url"]);
    assert_ne!(short, own);
    posted(&salon, &short, "deployed");
    // Both are the same bot, so they share its rate, and another bot's or room's URL cannot be made of them.
    refused(&say(&salon, &own, "too soon"), 429, "Throttled");
    let (head, signature) = own.rsplit_once('-').unwrap();
    refused(&say(&salon, &format!("{head}-{}", "0".repeat(signature.len())), "forged"), 403, "Forbidden");
    let (place, token) = short.split_once("?token=").unwrap();
    let later = token.replacen('-', "-f", 1);
    refused(&say(&salon, &format!("{place}?token={later}"), "extended"), 403, "Forbidden");

    let senders: Vec<String> = room.log(&salon).into_iter().map(|(sender, _)| sender).collect();
    assert_eq!(senders, ["myBot (Bot)", "build (Webhook)", "build (Webhook)", "myBot (Bot)"]);
    room.remove(&id);
    let removed = bot.told();
    removed.verify(&secret);
    assert_eq!(removed.body()["EventType"], "Remove");
    assert!(removed.body().get("InboundHttpsEndpoint").is_none());
    for path in [&own, &short] {
        refused(&say(&salon, path, "not here any more"), 404, "NotFound");
    }
    // Added again it has another URL; disabled it has none.
    room.add(&id);
    let again = path_of(&bot.told().body()["InboundHttpsEndpoint"]["Url"]);
    assert_ne!(again, own);
    refused(&say(&salon, &own, "the old one"), 404, "NotFound");
    posted(&salon, &again, "back");
    let target = format!("/accounts/{}/bots/{id}", room.account);
    assert_eq!(room.alice.post(&target, &json!({"Disabled": true})).status, 200);
    refused(&say(&salon, &again, "disabled"), 404, "NotFound");
    posted(&salon, &path, "@myBot are you there?");
    assert_eq!(room.alice.post(&target, &json!({"Disabled": false})).status, 200);
    // A room that goes takes its bots along.
    assert_eq!(room.alice.delete(&room.path("")).status, 204);
    assert_eq!(bot.told().body()["EventType"], "Remove");
    assert!(bot.is_quiet());
    assert!(!salon.log().contains(&secret) && !salon.log().contains(token), "a secret is in the log");
}

fn attempts(bot: &Bot, count: usize, secret: &str) -> Vec<Told> {
    let told: Vec<Told> = (0..count).map(|_| bot.told()).collect();
    for one in &told {
        one.verify(secret);
        assert_eq!(one.text, told[0].text);
    }
    told
}

/// After a time-out, a lost connection or a failure of the bot's it is told twice more, each time under a new time.
#[test]
fn a_bot_that_stumbles_is_told_again() {
    let salon = Setup::config(&Bot::settings()).start();
    let room = Room::new(&salon);
    let bot = Bot::start();
    let (id, secret) = room.bot(&bot.url());
    bot.told();

    bot.reply(&[Reply::Status(503), Reply::Close]);
    room.add(&id);
    let told = attempts(&bot, 3, &secret);
    // Whole milliseconds are told, so a pause may seem one shorter, and the clock of the wall is pushed a little at times.
    let pause = |told: &[Told], at: usize| told[at + 1].after(&told[at]) + Duration::from_millis(10);
    let pauses = [pause(&told, 0), pause(&told, 1)];
    assert!(pauses[0] >= Duration::from_millis(200) && pauses[1] >= Duration::from_millis(400), "{told:?}");
    assert!(told[1].header("Chime-Request-Timestamp") > told[0].header("Chime-Request-Timestamp"));
    assert!(told[2].header("Chime-Request-Timestamp") > told[1].header("Chime-Request-Timestamp"));

    // Two seconds without an answer are a time-out; after the third attempt it is given up.
    bot.reply(&[Reply::Silence(Duration::from_secs(20)), Reply::Status(500), Reply::Status(502)]);
    room.remove(&id);
    let told = attempts(&bot, 3, &secret);
    let first = pause(&told, 0);
    assert!(first >= Duration::from_millis(2200) && first < Duration::from_secs(15), "{first:?}");

    // What the bot refuses, and where it wants to send others, is not repeated.
    for reply in [Reply::Status(404), Reply::Redirect(bot.url())] {
        bot.reply(&[reply]);
        room.add(&id);
        assert_eq!(bot.told().body()["EventType"], "Invite");
        room.remove(&id);
        assert_eq!(bot.told().body()["EventType"], "Remove", "the invitation was repeated");
    }
    assert!(bot.is_quiet());
}

/// An endpoint must be reachable by the operator's rules, trusted, and willing; what is behind a URL is never told.
#[test]
fn endpoints_are_guarded_and_proved() {
    let guarded = Salon::new();
    let bot = Bot::start();
    let room = Room::new(&guarded);
    let made = |room: &Room| {
        room.alice.made(&format!("/accounts/{}/bots", room.account), &json!({"DisplayName": "b"}), "/Bot/BotId")
    };
    let id = made(&room);
    let port = bot.address.port();
    let words = |answer: Answer| {
        assert_eq!(
            (answer.status, answer.header("x-amzn-errortype")),
            (400, Some("BadRequestException")),
            "{answer:?}"
        );
        answer.json()["Message"].as_str().unwrap().to_owned()
    };
    // Nothing of what the address is, and whether something answers there, is told.
    let closed = words(room.configure(&id, "https://127.0.0.1:443/"));
    for host in
        ["localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "0.0.0.0", "no-such-host.invalid"]
    {
        assert_eq!(words(room.configure(&id, &format!("https://{host}/"))), closed, "{host}");
    }
    // What is wrong with the URL itself is said.
    for url in [
        bot.url(),
        format!("http://127.0.0.1:{port}/"),
        "https://127.1/".to_owned(),
        "https://2130706433/".to_owned(),
        "https://user@bot.example.com/".to_owned(),
        "ftp://bot.example.com/".to_owned(),
    ] {
        assert_ne!(words(room.configure(&id, &url)), closed, "{url}");
    }
    assert!(bot.is_quiet(), "somebody was asked who must not be");
    let configuration = format!("/accounts/{}/bots/{id}/events-configuration", room.account);
    assert_eq!(room.alice.get(&configuration).status, 404, "nothing was configured");

    // A certificate that nobody trusts.
    let distrusting = Setup::config("[chime]\nbot_networks = [\"127.0.0.1\"]\nbot_ports = []\n").start();
    let room = Room::new(&distrusting);
    assert_eq!(words(room.configure(&made(&room), &bot.url())), closed);
    assert!(bot.is_quiet());

    // A challenge that is not answered as it should be.
    let open = Setup::config(&Bot::settings()).start();
    let room = Room::new(&open);
    let id = made(&room);
    for reply in [Reply::Status(200), Reply::Status(204), Reply::Status(403), Reply::Redirect(bot.url())] {
        bot.reply(&[reply]);
        assert_eq!(words(room.configure(&id, &bot.url())), closed);
        bot.told();
    }
    assert_eq!(room.configure(&id, &bot.url()).status, 201);
    bot.told();
    assert!(bot.is_quiet());
}

/// What was acknowledged is there after a crash, and a bot that was about to be told then is told afterwards.
#[test]
fn a_crash_loses_neither_messages_nor_events() {
    // The lease of a job that a dead server held has to end before another takes it.
    let settings = format!("{}[image]\nupload_lease = 2\n", Bot::settings());
    let mut salon = Setup::config(&settings).start();
    let room = Room::new(&salon);
    let bot = Bot::start();
    let (id, secret) = room.bot(&bot.url());
    bot.told();
    room.add(&id);
    bot.told();
    let (_, path) = room.webhook(&salon);
    bot.reply(&[Reply::Silence(Duration::from_secs(5))]);
    posted(&salon, &path, "@myBot before the crash");
    let before = bot.told();
    assert_eq!(before.body()["EventType"], "Mention");
    salon.kill();
    salon.restart();
    let log = room.log(&salon);
    assert_eq!(log, [("build (Webhook)".to_owned(), "@myBot before the crash".to_owned())]);
    let after = bot.told();
    after.verify(&secret);
    assert_eq!(after.body()["Message"], "@myBot before the crash");
    // URLs are as good as before, also the one that the bot was given before the crash.
    posted(&salon, &path, "after the crash");
    posted(&salon, &path_of(&before.body()["InboundHttpsEndpoint"]["Url"]), "answered");
    assert_eq!(room.log(&salon).len(), 3);
}
