//! Chat accounts of every type with people, bots, rooms and messages, and everybody who asks about them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    cells::Role,
    common::{
        Setup,
        aws::{now, sign},
        envelope::Dialect,
        http::{Answer, KeepAlive},
    },
    counts::{Choice, Counts, unique},
    laws_chime::{DEFAULT, Law},
    people::{People, Side, Who},
    rules_chime::{self, Entry},
    stage::{Ask, Filled, NEVER, Stage, run},
};

/// Accounts that are asked about side by side.
const WORKERS: usize = 4;
/// Who sees everything, under all policies.
const ADMIN: Who = Who::In(Side::Own, Role::Admin);

/// The account that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// There never was one.
    Absent,
    /// It is gone with everything in it.
    Deleted,
    Team,
    Lwa,
    Directory,
    Oidc,
    /// It was a Team account with people.
    Converted,
}

impl Place {
    const ALL: [Self; 7] =
        [Self::Lwa, Self::Converted, Self::Directory, Self::Oidc, Self::Team, Self::Deleted, Self::Absent];

    pub(crate) const fn is_there(self) -> bool {
        !matches!(self, Self::Absent | Self::Deleted)
    }
}

/// What names in requests stand for.
type Ids = BTreeMap<&'static str, String>;

/// Runs the matrix under a policy, `sample` of a thousand cells in the short form: what came out in one line, and what is wrong.
pub(crate) fn matrix(name: &str, mut setup: Setup, law: &Law, sample: u64) -> (String, Vec<String>) {
    let began = Instant::now();
    setup.policy = law.file.to_owned();
    let people = People::of(setup.start());
    let entries = rules_chime::entries();
    let choice = Choice::of(sample);
    let mut maker = Maker::of(&people, law);
    let mut furnished = |who, name, project| {
        let account = people.salon.enterprise(name, people.directory.project(project));
        maker.furnish(who, &account)
    };
    let sister = furnished(law.maker(Side::Own), "Sister", "alpha");
    let theirs = furnished(law.maker(Side::Other), "Theirs", "gamma");
    let untouched = [maker.look(&sister), maker.look(&theirs)];
    let mut elsewhere = Ids::new();
    for (key, sister_key, their_key) in [
        ("userId", "sister person", "their person"),
        ("memberId", "sister insider", "their insider"),
        ("roomId", "sister room", "their room"),
        ("botId", "sister bot", "their bot"),
        ("messageId", "sister message", "their message"),
        ("email", "sister address", "their address"),
    ] {
        elsewhere.insert(sister_key, sister[key].clone());
        elsewhere.insert(their_key, theirs[key].clone());
    }
    let queue = Mutex::new(VecDeque::from(Place::ALL));
    let mut counts = std::thread::scope(|scope| {
        let work = || {
            let mut counts = Counts::default();
            loop {
                let Some(place) = queue.lock().unwrap().pop_front() else { return counts };
                let mut chat = Chat::at(&people, law, place, &elsewhere);
                let by = |law, entry: &Entry, who| rules_chime::expected(entry, who, place, law);
                let expected = |entry: &Entry, who| by(law, entry, who);
                // What the policy is there for is asked more often.
                let special = |entry: &Entry, who| expected(entry, who) != by(&DEFAULT, entry, who);
                counts.add(run(&mut chat, &entries, &expected, &special, &choice));
                counts.requests += chat.maker.requests;
            }
        };
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(work)).collect();
        let mut counts = Counts::default();
        workers.into_iter().for_each(|worker| counts.add(worker.join().unwrap()));
        counts
    });
    for (before, ids) in untouched.iter().zip([&sister, &theirs]) {
        let now = maker.look(ids);
        if now != *before {
            counts.wrong.push(format!("an account that was not asked about was {before:?} and is {now:?}"));
        }
    }
    let what =
        format!("{name}, {} requests, {} callers, {} accounts", entries.len(), Who::all().len(), Place::ALL.len());
    (counts.line(&what, &choice, began), counts.wrong)
}

/// Sends requests as somebody, and makes what is asked about.
struct Maker<'a> {
    people: &'a People,
    /// Who makes what is asked about.
    own: Who,
    client: KeepAlive,
    requests: usize,
}

impl<'a> Maker<'a> {
    fn of(people: &'a People, law: &Law) -> Self {
        let client = KeepAlive::to(people.salon.address());
        Self { people, own: law.maker(Side::Own), client, requests: 0 }
    }

    fn exchange(&mut self, who: Who, dialect: Dialect, method: &str, target: &str, body: &str) -> Answer {
        let person = self.people.person(who);
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        match (dialect, &person.key, &person.token) {
            (Dialect::Chime, Some(key), _) => headers.extend(sign(key, now(), method, target, body.as_bytes())),
            (Dialect::IdentityV3, _, Some(token)) => headers.push(("X-Auth-Token".to_owned(), token.clone())),
            _ => {}
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = self.client.exchange(method, target, &headers, body.as_bytes());
        answer.unwrap_or_else(|| panic!("no whole answer to {method} {target}"))
    }

    /// A request that must succeed.
    fn done(&mut self, who: Who, method: &str, target: &str, body: &Value) -> Value {
        self.requests += 1;
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.exchange(who, Dialect::Chime, method, target, &text);
        assert!((200..300).contains(&answer.status), "{method} {target}: {answer:?}");
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// Makes something: a text of the answer.
    fn made(&mut self, who: Who, target: &str, body: &Value, at: &str) -> String {
        let made = self.done(who, "POST", target, body);
        made.pointer(at).and_then(Value::as_str).unwrap_or_else(|| panic!("no {at} in {made}")).to_owned()
    }

    /// A person: its id and address.
    fn person(&mut self, who: Who, account: &str) -> (String, String) {
        let email = format!("{}@example.com", unique("person"));
        let body = json!({"Email": email, "Username": "Somebody"});
        (self.made(who, &format!("/accounts/{account}/users?operation=create"), &body, "/User/UserId"), email)
    }

    /// A room: its id.
    fn room(&mut self, who: Who, account: &str) -> String {
        self.made(who, &format!("/accounts/{account}/rooms"), &json!({"Name": "room"}), "/Room/RoomId")
    }

    fn join(&mut self, who: Who, account: &str, room: &str, member: &str) {
        let body = json!({"MemberId": member, "Role": "Administrator"});
        self.done(who, "POST", &format!("/accounts/{account}/rooms/{room}/memberships"), &body);
    }

    fn suspend(&mut self, who: Who, account: &str, person: &str) {
        self.done(
            who,
            "POST",
            &format!("/accounts/{account}/users?operation=suspend"),
            &json!({"UserIdList": [person]}),
        );
    }

    /// What an EnterpriseLWA account has: people in a room and outside, a bot, and a message in another room.
    fn furnish(&mut self, who: Who, account: &str) -> Ids {
        let mut ids = Ids::from([("accountId", account.to_owned())]);
        self.furnish_room(who, &mut ids);
        let bots = format!("/accounts/{account}/bots");
        for (key, name) in [("botId", "helper"), ("off bot", "sleeper")] {
            let body = json!({"DisplayName": name, "Domain": "example.com"});
            ids.insert(key, self.made(who, &bots, &body, "/Bot/BotId"));
        }
        self.done(who, "POST", &format!("{bots}/{}", ids["off bot"]), &json!({"Disabled": true}));
        let talk = self.room(who, account);
        self.join(who, account, &talk, &ids["memberId"].clone());
        let about = ["chime", "webhook", "create", "--name", "build", "--account", account, "--room", &talk];
        let made: Value = serde_json::from_str(&self.people.salon.told(&[&about[..], &["--json"]].concat())).unwrap();
        let url = made["url"].as_str().unwrap();
        let path = &url[url.find("/incomingwebhooks/").unwrap()..];
        let said = self.client.exchange("POST", path, &[], br#"{"Content": "for this room only"}"#).unwrap();
        ids.insert("messageId", said.json()["MessageId"].as_str().unwrap().to_owned());
        ids.insert("talk", talk);
        ids
    }

    /// A room with somebody in it, and somebody outside.
    fn furnish_room(&mut self, who: Who, ids: &mut Ids) {
        let account = ids["accountId"].clone();
        let (outside, email) = self.person(who, &account);
        let (inside, _) = self.person(who, &account);
        let room = self.room(who, &account);
        self.join(who, &account, &room, &inside);
        let suspended = self.person(who, &account).0;
        self.suspend(who, &account, &suspended);
        ids.extend([("userId", outside), ("email", email), ("memberId", inside), ("roomId", room)]);
        ids.insert("suspended", suspended);
    }

    /// Everything about an account and what is in it.
    fn look(&mut self, ids: &Ids) -> Vec<String> {
        let account = format!("/accounts/{}", ids["accountId"]);
        let mut paths: Vec<String> =
            ["", "/settings", "/retention-settings", "/bots"].iter().map(|part| format!("{account}{part}")).collect();
        for key in ["userId", "memberId", "suspended"] {
            paths.extend(ids.get(key).map(|id| format!("{account}/users/{id}")));
        }
        for key in ["roomId", "talk"] {
            paths.extend(ids.get(key).map(|id| format!("{account}/rooms/{id}")));
            paths.extend(ids.get(key).map(|id| format!("{account}/rooms/{id}/memberships")));
        }
        paths.extend(ids.get("empty").map(|id| format!("/accounts/{id}")));
        let mut found: Vec<String> = Vec::new();
        for path in paths {
            found.push(self.seen(Dialect::Chime, &path));
        }
        found.extend(["users", "rooms"].map(|list| self.number(&format!("{account}/{list}"))));
        if let Some(talk) = ids.get("talk") {
            found.push(self.seen(Dialect::IdentityV3, &format!("/salon/v1{account}/rooms/{talk}/messages")));
        }
        found
    }

    fn seen(&mut self, dialect: Dialect, path: &str) -> String {
        self.requests += 1;
        let answer = self.exchange(ADMIN, dialect, "GET", path, "");
        format!("{path}: {} {}", answer.status, answer.text())
    }

    /// How long a list is, all its pages together.
    fn number(&mut self, path: &str) -> String {
        let (mut number, mut next) = (0, String::new());
        loop {
            self.requests += 1;
            let page = self.exchange(ADMIN, Dialect::Chime, "GET", &format!("{path}{next}"), "");
            if page.status != 200 {
                return format!("{path}: {}", page.status);
            }
            let page = page.json();
            number += page.as_object().unwrap().values().filter_map(Value::as_array).map(Vec::len).sum::<usize>();
            let Some(token) = page["NextToken"].as_str() else { return format!("{path}: {number}") };
            next = format!("?next-token={token}");
        }
    }
}

/// One account, and those that it is mistaken for.
struct Chat<'a> {
    maker: Maker<'a>,
    place: Place,
    ids: Ids,
}

impl<'a> Chat<'a> {
    fn at(people: &'a People, law: &Law, place: Place, elsewhere: &Ids) -> Self {
        let mut new = Self { maker: Maker::of(people, law), place, ids: elsewhere.clone() };
        match place {
            Place::Absent => {}
            Place::Team => new.team(),
            Place::Deleted => new.deleted(),
            Place::Lwa | Place::Directory | Place::Oidc | Place::Converted => new.enterprise(),
        }
        new
    }

    /// The name of this place's account, which begins no other's.
    fn account_name(&self) -> String {
        format!("{:?}-matrix", self.place)
    }

    /// A Team account, which the API itself makes.
    fn new_team(&mut self, name: &str) -> String {
        self.maker.made(self.maker.own, "/accounts", &json!({"Name": name}), "/Account/AccountId")
    }

    fn invited(&mut self, account: &str) -> String {
        let email = format!("{}@example.com", unique("invited"));
        let users = format!("/accounts/{account}/users");
        self.maker.done(self.maker.own, "POST", &format!("{users}?operation=add"), &json!({"UserEmailList": [email]}));
        let found = self.maker.done(
            self.maker.own,
            "GET",
            &format!("{users}?user-email={}", email.replace('@', "%40")),
            &Value::Null,
        );
        found["Users"][0]["UserId"].as_str().unwrap().to_owned()
    }

    fn team(&mut self) {
        let account = self.new_team(&self.account_name());
        let (person, gone) = (self.invited(&account), self.invited(&account));
        // Who is suspended leaves a Team account.
        self.maker.suspend(self.maker.own, &account, &gone);
        let empty = self.new_team("Empty");
        self.ids.extend([("accountId", account), ("userId", person), ("gone person", gone), ("empty", empty)]);
        // It has neither rooms nor bots; those of another account are as good for asking.
        for (key, of_sister) in [("roomId", "sister room"), ("talk", "sister room"), ("botId", "sister bot")] {
            self.ids.insert(key, self.ids[of_sister].clone());
        }
        self.ids.insert("memberId", self.ids["sister insider"].clone());
        self.ids.insert("messageId", self.ids["sister message"].clone());
    }

    fn told(&self, about: &[&str]) {
        self.maker.people.salon.told(&[&["chime"][..], about].concat());
    }

    /// An EnterpriseLWA account.
    fn new_enterprise(&mut self, name: &str) -> String {
        let alpha = self.maker.people.directory.project("alpha").to_owned();
        self.maker.people.salon.enterprise(name, &alpha)
    }

    fn furnished(&mut self, account: &str) {
        let ids = self.maker.furnish(self.maker.own, account);
        self.ids.extend(ids);
        let room = self.maker.room(self.maker.own, account);
        self.maker.done(self.maker.own, "DELETE", &format!("/accounts/{account}/rooms/{room}"), &Value::Null);
        self.ids.insert("gone room", room);
        let (person, _) = self.maker.person(self.maker.own, account);
        self.told(&["user", "delete", "--account", account, &person]);
        self.ids.insert("gone person", person);
    }

    fn enterprise(&mut self) {
        let account = if self.place == Place::Converted {
            let account = self.new_team(&self.account_name());
            self.invited(&account);
            self.told(&["account", "convert", &account, "--type", "EnterpriseLWA"]);
            account
        } else {
            self.new_enterprise(&self.account_name())
        };
        self.furnished(&account);
        self.ids.insert("empty", String::new());
        self.new_empty();
        self.become_of_type(&account);
    }

    /// People of a directory cannot be made as they are wanted: the account becomes one afterwards.
    fn become_of_type(&mut self, account: &str) {
        let kind = match self.place {
            Place::Directory => "EnterpriseDirectory",
            Place::Oidc => "EnterpriseOIDC",
            _ => return,
        };
        self.told(&["account", "convert", account, "--type", kind]);
    }

    fn new_empty(&mut self) {
        let empty = match self.place {
            Place::Team => self.new_team("Empty"),
            _ => self.new_enterprise("Empty"),
        };
        self.become_of_type(&empty);
        self.ids.insert("empty", empty);
    }

    fn deleted(&mut self) {
        let account = self.new_enterprise(&self.account_name());
        self.furnished(&account);
        for key in ["roomId", "talk"] {
            let room = format!("/accounts/{account}/rooms/{}", self.ids[key]);
            self.maker.done(self.maker.own, "DELETE", &room, &Value::Null);
        }
        for key in ["userId", "memberId"] {
            self.maker.suspend(self.maker.own, &account, &self.ids[key].clone());
        }
        self.maker.done(self.maker.own, "DELETE", &format!("/accounts/{account}"), &Value::Null);
        self.ids.insert("empty", account);
    }
}

impl Stage for Chat<'_> {
    fn name(&self) -> String {
        format!("{:?}", self.place).to_lowercase()
    }

    fn slots(&self) -> &'static [&'static str] {
        &[
            "accountId",
            "roomId",
            "userId",
            "memberId",
            "botId",
            "messageId",
            "conversationId",
            "email",
            "address",
            "name",
        ]
    }

    fn id(&self, _: Who, slot: &str, key: &str) -> Option<String> {
        match (slot, key) {
            ("name", _) => return Some(self.account_name()),
            ("email", _) => return Some(format!("{}@example.com", unique("new"))),
            ("address", NEVER) => return Some("never-was%40example.com".to_owned()),
            ("address", _) => return Some(self.ids[key].replace('@', "%40")),
            _ => {}
        }
        let is_nothing = key == NEVER || slot == "conversationId" || self.place == Place::Absent;
        if is_nothing {
            let at = self.slots().iter().position(|own| *own == slot).unwrap();
            return Some(format!("7a5b1f9e-1c8e-4d53-9d0b-00000000000{at}"));
        }
        self.ids.get(key).cloned()
    }

    fn send(&mut self, who: Who, ask: &Ask, filled: &Filled) -> Answer {
        self.maker.exchange(who, ask.dialect, &ask.method, &filled.target, &filled.body)
    }

    fn look(&mut self) -> Vec<String> {
        if self.place == Place::Absent { Vec::new() } else { self.maker.look(&self.ids) }
    }

    fn renew(&mut self, _: Who, ask: &Ask) {
        if ask.operation == "DeleteAccount" {
            return self.new_empty();
        }
        if self.place == Place::Team {
            let person = self.invited(&self.ids["accountId"].clone());
            self.ids.insert("userId", person);
            return;
        }
        let mut ids = std::mem::take(&mut self.ids);
        let account = ids["accountId"].clone();
        self.told(&["account", "convert", &account, "--type", "EnterpriseLWA"]);
        self.maker.furnish_room(self.maker.own, &mut ids);
        self.ids = ids;
        self.become_of_type(&account);
    }
}
