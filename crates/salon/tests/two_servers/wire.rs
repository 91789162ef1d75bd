//! The requests of the models' actions, and what their answers show.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use salon_core::membership::{MemberRole, MemberStatus};
use serde_json::{Value, json};

use super::{
    common::{
        aws::{self, Key},
        http::{Answer, KeepAlive},
    },
    image::{self, Change, Dialect, List, Shown, Visibility, Who},
    room::{self, BOT},
    talk::{Chat, content},
};

/// Bytes of the smallest image: each has as many more as its number says.
const LEAST: usize = 1_000;

/// How long data that was ordered may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes of data.
pub(crate) fn bytes_of(data: u32) -> Vec<u8> {
    vec![b'a' + (data % 26) as u8; LEAST + data as usize]
}

/// Who and where everything is.
pub(crate) struct World {
    pub(crate) servers: [SocketAddr; 2],
    /// Projects and a token of each; the owner's is the first, the administrator's the last.
    pub(crate) people: Vec<(String, String)>,
    pub(crate) key: Key,
    pub(crate) account: String,
    /// People of the account.
    pub(crate) persons: Vec<String>,
    /// Bots of the account, one for every room of a window.
    pub(crate) bots: Vec<String>,
    /// Where data can be fetched, by its number.
    pub(crate) source: String,
}

/// One client, with a connection to each server.
pub(crate) struct Client<'a> {
    pub(crate) world: &'a World,
    connections: [KeepAlive; 2],
    pub(crate) server: usize,
    /// Requests sent, and those of them that were answered by 503 or not at all.
    pub(crate) sent: u64,
    pub(crate) unknown: u64,
    /// Requests that were told to come again because others were faster every time.
    pub(crate) overtaken: u64,
}

type Parts<'a> = (&'static str, String, &'a str, Vec<u8>);

const JSON: &str = "application/json";
const PATCH: &str = "application/openstack-images-v2.1-json-patch";
const BYTES: &str = "application/octet-stream";

impl<'a> Client<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let connections = world.servers.map(KeepAlive::to);
        Self { world, connections, server: 0, sent: 0, unknown: 0, overtaken: 0 }
    }

    /// Sends; `None` when the answer does not say whether anything was done.
    fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        self.sent += 1;
        let answer = self.connections[self.server].exchange(method, target, headers, body);
        match answer {
            Some(answer) if answer.status == 503 => {}
            Some(answer) => {
                assert!(answer.status < 500, "{method} {target}: {answer:?}");
                return Some(answer);
            }
            None => {}
        }
        self.unknown += 1;
        None
    }

    /// Whether an answer only says that others were faster: then nothing was done.
    fn is_overtaken(&mut self, answer: &Answer) -> bool {
        let overtaken = answer.status == 409 && answer.text().contains("changed by other requests at the same time");
        self.overtaken += u64::from(overtaken);
        overtaken
    }

    /// Creates an image, with its id.
    pub(crate) fn create_image(&mut self, name: &str) -> String {
        let body = json!({"name": name, "disk_format": "raw", "container_format": "bare", "visibility": "shared"});
        let (_, token) = self.world.people[0].clone();
        let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", JSON)];
        let made = self.send("POST", "/v2/images", &headers, body.to_string().as_bytes()).unwrap();
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// Runs one action on an image; `None` when nothing was done and nothing seen.
    pub(crate) fn image(&mut self, id: &str, action: &image::Action) -> Option<image::Seen> {
        let who = image_caller(action);
        let (method, target, media, body) = self.image_request(id, action);
        let token = self.world.people[usize::from(who)].1.clone();
        let mut headers = vec![("X-Auth-Token", token.as_str())];
        if !media.is_empty() {
            headers.push(("Content-Type", media));
        }
        let said = self.said_in_headers(action);
        headers.extend(said.iter().map(|(name, value)| (*name, value.as_str())));
        let Some(answer) = self.send(method, &target, &headers, &body) else { return Some(image::Seen::Unknown) };
        if self.is_overtaken(&answer) {
            return None;
        }
        Some(self.image_seen(action, &answer))
    }

    fn image_request(&self, id: &str, action: &image::Action) -> Parts<'static> {
        use image::Action as A;
        let project = |who: Who| self.world.people[usize::from(who)].0.as_str();
        let at = |dialect: Dialect, rest: &str| match dialect {
            Dialect::V2 => format!("/v2/images/{id}{rest}"),
            Dialect::V1 => format!("/v1/images/{id}{rest}"),
            Dialect::Rackspace => format!("/rackspace/v2/images/{id}{rest}"),
        };
        let none = Vec::new;
        let text = |value: Value| value.to_string().into_bytes();
        match action {
            A::Show(Dialect::V1, _) => ("HEAD", at(Dialect::V1, ""), "", none()),
            A::Show(dialect, _) => ("GET", at(*dialect, ""), "", none()),
            A::Set(Dialect::V1, ..) | A::Order(..) => ("PUT", at(Dialect::V1, ""), "", none()),
            A::Set(dialect, _, change) => {
                let (path, value) = match change {
                    Change::Property(value) => ("/p", json!(value.to_string())),
                    Change::Visibility(visibility) => ("/visibility", json!(visibility.as_str())),
                    Change::Protected(protected) => ("/protected", json!(protected)),
                    Change::Hidden(hidden) => ("/os_hidden", json!(hidden)),
                };
                let body = json!([{"op": "add", "path": path, "value": value}]);
                ("PATCH", at(*dialect, ""), PATCH, text(body))
            }
            A::Tag(dialect, _, tag, wanted) => {
                let method = if *wanted { "PUT" } else { "DELETE" };
                (method, at(*dialect, &format!("/tags/t{tag}")), "", none())
            }
            A::Activate(_, wanted) => {
                let action = if *wanted { "/actions/reactivate" } else { "/actions/deactivate" };
                ("POST", at(Dialect::V2, action), "", none())
            }
            A::Delete(dialect, _) => ("DELETE", at(*dialect, ""), "", none()),
            A::Upload(_, data) => ("PUT", at(Dialect::V2, "/file"), BYTES, bytes_of(*data)),
            A::Download(Dialect::V1, _) => ("GET", at(Dialect::V1, ""), "", none()),
            A::Download(dialect, _) => ("GET", at(*dialect, "/file"), "", none()),
            A::Invite(Dialect::V1, _, member, can_share) => {
                let body = json!({"member": {"can_share": can_share}});
                ("PUT", at(Dialect::V1, &format!("/members/{}", project(*member))), JSON, text(body))
            }
            A::Invite(dialect, _, member, _) => {
                ("POST", at(*dialect, "/members"), JSON, text(json!({"member": project(*member)})))
            }
            A::Replace(_, list) => {
                let list: Vec<Value> = list
                    .iter()
                    .map(|(who, can_share)| json!({"member_id": project(*who), "can_share": can_share}))
                    .collect();
                ("PUT", at(Dialect::V1, "/members"), JSON, text(json!({"memberships": list})))
            }
            A::Answer(dialect, _, member, status) => {
                let target = at(*dialect, &format!("/members/{}", project(*member)));
                ("PUT", target, JSON, text(json!({"status": status.as_str()})))
            }
            A::Revoke(dialect, _, member) => {
                ("DELETE", at(*dialect, &format!("/members/{}", project(*member))), "", none())
            }
            A::Members(dialect, _) => ("GET", at(*dialect, "/members"), "", none()),
            A::Member(_, member) => ("GET", at(Dialect::V2, &format!("/members/{}", project(*member))), "", none()),
            A::Create | A::Publish(_) | A::Fetch(_) | A::Release(_) | A::Listed(..) => {
                panic!("{action:?} is no request of its own")
            }
        }
    }

    /// v1 says in headers what is to be changed; without the first one all other properties would go.
    fn said_in_headers(&self, action: &image::Action) -> Vec<(&'static str, String)> {
        let said = match action {
            image::Action::Order(_, data) => ("x-glance-api-copy-from", format!("{}/{data}", self.world.source)),
            image::Action::Set(Dialect::V1, _, change) => match change {
                Change::Property(value) => ("x-image-meta-property-p", value.to_string()),
                Change::Visibility(visibility) => {
                    ("x-image-meta-is_public", (*visibility == Visibility::Public).to_string())
                }
                Change::Protected(protected) => ("x-image-meta-protected", protected.to_string()),
                Change::Hidden(_) => panic!("v1 has no word for {change:?}"),
            },
            _ => return Vec::new(),
        };
        vec![("x-glance-registry-purge-props", "false".to_owned()), said]
    }

    /// Waits until what was ordered for an image is there, or the image is not.
    pub(crate) fn wait_for_data(&mut self, id: &str) {
        let (_, token) = self.world.people[usize::from(image::OWNER)].clone();
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = self.send("GET", &format!("/v2/images/{id}"), &[("X-Auth-Token", &token)], b"");
            match answer {
                Some(answer) if answer.status == 404 => return,
                Some(answer) if answer.json()["size"].is_number() => return,
                answer => assert!(Instant::now() < until, "what was ordered does not come: {answer:?}"),
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn image_seen(&self, action: &image::Action, answer: &Answer) -> image::Seen {
        use image::{Action as A, Seen};
        match action {
            A::Show(Dialect::V1, _) if answer.status == 200 => Seen::Image(shown_in_headers(answer)),
            A::Set(Dialect::V1, ..) | A::Order(..) if answer.status == 200 => {
                Seen::Image(shown_in_v1(&answer.json()["image"]))
            }
            A::Show(..) | A::Set(..) if answer.status == 200 => Seen::Image(shown(action, &answer.json())),
            A::Download(..) if answer.status == 200 => {
                let data = (answer.body.len() - LEAST) as u32;
                let byte = b'a' + (data % 26) as u8;
                assert!(answer.body.iter().all(|one| *one == byte), "mixed bytes");
                Seen::Data(data)
            }
            A::Members(dialect, _) if answer.status == 200 => {
                let list = answer.json()["members"].as_array().unwrap().clone();
                let mut list: Vec<_> = list.iter().map(|row| self.member(*dialect, row)).collect();
                list.sort();
                Seen::Members(list)
            }
            A::Member(..) if answer.status == 200 => Seen::Members(vec![self.member(Dialect::V2, &answer.json())]),
            _ => Seen::Status(answer.status),
        }
    }

    fn member(&self, dialect: Dialect, row: &Value) -> (Who, String) {
        let project = row["member_id"].as_str().unwrap();
        let at = self.world.people.iter().position(|(known, _)| known == project).unwrap();
        let told = match dialect {
            Dialect::V1 => row["can_share"].as_bool().unwrap().to_string(),
            Dialect::V2 | Dialect::Rackspace => row["status"].as_str().unwrap().to_owned(),
        };
        (at as Who, told)
    }

    /// The ids of somebody's list that have this name; `None` when there was no list.
    pub(crate) fn images(&mut self, list: List, who: Who, name: &str) -> Option<Vec<String>> {
        let token = self.world.people[usize::from(who)].1.clone();
        let target = match list {
            List::Usual => format!("/v2/images?limit=1000&name={name}"),
            List::Public => format!("/v2/images?limit=1000&name={name}&visibility=public"),
            List::Community => format!("/v2/images?limit=1000&name={name}&visibility=community"),
            List::V1 => format!("/v1/images?limit=1000&name={name}"),
            List::Rackspace => format!("/rackspace/v2/images?limit=100&name={name}"),
        };
        let answer = self.send("GET", &target, &[("X-Auth-Token", &token)], b"")?;
        assert_eq!(answer.status, 200, "{answer:?}");
        let list = answer.json();
        let ids: Vec<String> =
            list["images"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "twice in one list: {ids:?}");
        Some(ids)
    }

    fn chime(&mut self, method: &str, target: &str, body: Option<&Value>) -> Option<Answer> {
        let target = format!("{}{target}", self.world.account);
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut headers = vec![("Content-Type".to_owned(), JSON.to_owned())];
        headers.extend(aws::sign(&self.world.key, aws::now(), method, &target, body.as_bytes()));
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.send(method, &target, &headers, body.as_bytes())
    }

    /// Creates a room, with its id.
    pub(crate) fn create_room(&mut self) -> String {
        let made = self.chime("POST", "/rooms", Some(&json!({"Name": "r0"}))).unwrap();
        assert_eq!(made.status, 201, "{made:?}");
        made.json()["Room"]["RoomId"].as_str().unwrap().to_owned()
    }

    /// Runs one action on a room; `None` when nothing was done and nothing seen.
    pub(crate) fn room(&mut self, room: &Chat, action: &room::Action) -> Option<room::Seen> {
        use room::Action as A;
        let answer = match action {
            A::Join(..) | A::JoinMany(_) | A::Amend(..) | A::Leave(_) | A::Members => self.guests(room, action),
            A::Post(..) | A::Redact(_) | A::Messages(..) => self.talk(room, action),
            _ => self.chat(room, action),
        };
        let Some(answer) = answer else { return Some(room::Seen::Unknown) };
        // Too soon after another message: that was not written, and would be seen if it was.
        let too_soon = matches!(action, A::Post(..)) && answer.status == 429;
        if too_soon || self.is_overtaken(&answer) {
            return None;
        }
        Some(room_seen(self.world, room, action, &answer))
    }

    /// About the room itself, and its bot.
    fn chat(&mut self, room: &Chat, action: &room::Action) -> Option<Answer> {
        use room::Action as A;
        let (target, bot) = (format!("/rooms/{}", room.id), format!("/bots/{}", room.bot));
        match action {
            A::Show => self.chime("GET", &target, None),
            A::Rename(name) => self.chime("POST", &target, Some(&json!({"Name": format!("r{name}")}))),
            A::Delete => self.chime("DELETE", &target, None),
            A::Switch(off) => self.chime("POST", &bot, Some(&json!({"Disabled": off}))),
            A::Bot => self.chime("GET", &bot, None),
            _ => panic!("{action:?} is no request of its own"),
        }
    }

    /// About its guest list.
    fn guests(&mut self, room: &Chat, action: &room::Action) -> Option<Answer> {
        use room::Action as A;
        let world = self.world;
        let person = |at: u8| if at == BOT { room.bot.as_str() } else { world.persons[usize::from(at)].as_str() };
        let members = format!("/rooms/{}/memberships", room.id);
        let one = |at: u8| format!("{members}/{}", person(at));
        let item = |at: u8, role: MemberRole| json!({"MemberId": person(at), "Role": role_name(role)});
        match action {
            A::Join(at, role) => self.chime("POST", &members, Some(&item(*at, *role))),
            A::JoinMany(people) => {
                let items: Vec<Value> = people.iter().map(|(at, role)| item(*at, *role)).collect();
                let target = format!("{members}?operation=batch-create");
                self.chime("POST", &target, Some(&json!({"MembershipItemList": items})))
            }
            A::Amend(at, role) => self.chime("POST", &one(*at), Some(&json!({"Role": role_name(*role)}))),
            A::Leave(at) => self.chime("DELETE", &one(*at), None),
            _ => self.chime("GET", &format!("{members}?max-results=99"), None),
        }
    }

    /// What is said in it.
    fn talk(&mut self, room: &Chat, action: &room::Action) -> Option<Answer> {
        use room::Action as A;
        let world = self.world;
        let messages = format!("/rooms/{}/messages", room.id);
        match action {
            A::Post(hook, text) => {
                let body = json!({"Content": content(*text)}).to_string();
                self.send("POST", &room.hooks[usize::from(*hook)], &[("Content-Type", JSON)], body.as_bytes())
            }
            A::Redact(text) => self.chime("POST", &format!("{messages}/{}?operation=redact", room.id_of(*text)), None),
            A::Messages(by_admin, limit) => {
                let (_, token) = &world.people[usize::from(if *by_admin { image::ADMIN } else { image::OWNER })];
                let target = format!("/salon/v1{}{messages}?limit={limit}", world.account);
                self.send("GET", &target, &[("X-Auth-Token", token)], b"")
            }
            _ => panic!("{action:?} says nothing"),
        }
    }

    /// The ids of somebody's rooms; `None` when there was no list.
    pub(crate) fn rooms(&mut self, member: &str) -> Option<Vec<String>> {
        let target = format!("/rooms?max-results=99&member-id={member}");
        let answer = self.chime("GET", &target, None)?;
        assert_eq!(answer.status, 200, "{answer:?}");
        let list = answer.json();
        assert!(list["NextToken"].is_null(), "{list}");
        let rooms = list["Rooms"].as_array().unwrap();
        Some(rooms.iter().map(|room| room["RoomId"].as_str().unwrap().to_owned()).collect())
    }
}

fn image_caller(action: &image::Action) -> Who {
    use image::Action as A;
    match action {
        A::Show(_, who)
        | A::Set(_, who, _)
        | A::Tag(_, who, ..)
        | A::Activate(who, _)
        | A::Delete(_, who)
        | A::Upload(who, _)
        | A::Order(who, _)
        | A::Download(_, who)
        | A::Invite(_, who, ..)
        | A::Answer(_, who, ..)
        | A::Revoke(_, who, _)
        | A::Members(_, who)
        | A::Member(who, _)
        | A::Replace(who, _)
        | A::Listed(_, who) => *who,
        A::Create | A::Publish(_) | A::Fetch(_) | A::Release(_) => image::OWNER,
    }
}

fn shown(action: &image::Action, body: &Value) -> Shown {
    let (image::Action::Show(dialect, _) | image::Action::Set(dialect, ..)) = action else {
        panic!("{action:?} shows no image");
    };
    let number = |text: &str| text[1..].parse().unwrap();
    Shown {
        status: body["status"].as_str().unwrap().to_owned(),
        size: body["size"].as_u64().map(|size| size as u32 - LEAST as u32),
        protected: body["protected"].as_bool().unwrap(),
        property: body.get("p").map(|value| value.as_str().unwrap().parse().unwrap()),
        tags: Some(body["tags"].as_array().unwrap().iter().map(|tag| number(tag.as_str().unwrap())).collect()),
        visibility: body["visibility"].as_str().unwrap().to_owned(),
        hidden: (*dialect == Dialect::V2).then(|| body["os_hidden"].as_bool().unwrap()),
    }
}

fn shown_in_headers(answer: &Answer) -> Shown {
    let header = |name: &str| answer.header(&format!("x-image-meta-{name}"));
    Shown {
        status: header("status").unwrap().to_owned(),
        size: header("size")
            .map(|size| size.parse::<u32>().unwrap())
            .filter(|size| *size > 0)
            .map(|size| size - LEAST as u32),
        protected: header("protected").unwrap().eq_ignore_ascii_case("true"),
        property: header("property-p").map(|value| value.parse().unwrap()),
        visibility: header("is_public").unwrap().to_owned(),
        ..Shown::default()
    }
}

fn shown_in_v1(image: &Value) -> Shown {
    Shown {
        status: image["status"].as_str().unwrap().to_owned(),
        size: image["size"].as_u64().filter(|size| *size > 0).map(|size| size as u32 - LEAST as u32),
        protected: image["protected"].as_bool().unwrap(),
        property: image["properties"].get("p").map(|value| value.as_str().unwrap().parse().unwrap()),
        visibility: if image["is_public"].as_bool().unwrap() { "True" } else { "False" }.to_owned(),
        ..Shown::default()
    }
}

const fn role_name(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Member => "Member",
        MemberRole::Administrator => "Administrator",
    }
}

fn room_seen(world: &World, room: &Chat, action: &room::Action, answer: &Answer) -> room::Seen {
    use room::{Action as A, Seen};
    match action {
        A::Show | A::Rename(_) if answer.status == 200 => {
            Seen::Name(answer.json()["Room"]["Name"].as_str().unwrap()[1..].parse().unwrap())
        }
        A::JoinMany(_) if answer.status == 201 => Seen::Refused(refused(world, room, &answer.json())),
        A::Members if answer.status == 200 => {
            let list = answer.json()["RoomMemberships"].as_array().unwrap().clone();
            let (hooks, guests): (Vec<&Value>, _) =
                list.iter().partition(|row| row["Member"]["MemberType"] == "Webhook");
            let mut guests: Vec<_> = guests.into_iter().map(|row| room_member(world, room, row)).collect();
            guests.sort_unstable();
            Seen::Members(guests, hooks.len())
        }
        A::Switch(_) | A::Bot if answer.status == 200 => Seen::Bot(answer.json()["Bot"]["Disabled"].as_bool().unwrap()),
        A::Post(_, text) if answer.status == 200 => {
            room.saw(answer.json()["MessageId"].as_str().unwrap(), *text);
            Seen::Status(200)
        }
        A::Messages(..) if answer.status == 200 => room.page(&answer.json()),
        _ => Seen::Status(answer.status),
    }
}

/// Whoever of a batch was refused, in the order of the call, with the status that a call of its own would have.
fn refused(world: &World, room: &Chat, body: &Value) -> Vec<(room::Person, u16)> {
    let status = |error: &Value| match error["ErrorCode"].as_str().unwrap() {
        "Conflict" => 409,
        "BadRequest" => 400,
        _ => panic!("{error}"),
    };
    let errors = body["Errors"].as_array().unwrap();
    errors.iter().map(|error| (person(world, room, error["MemberId"].as_str().unwrap()), status(error))).collect()
}

fn person(world: &World, room: &Chat, id: &str) -> room::Person {
    if id == room.bot {
        return BOT;
    }
    world.persons.iter().position(|person| person == id).unwrap() as room::Person
}

fn room_member(world: &World, room: &Chat, row: &Value) -> (room::Person, bool) {
    (person(world, room, row["Member"]["MemberId"].as_str().unwrap()), row["Role"] == "Administrator")
}

/// The answers a guest gives.
pub(crate) const ANSWERS: [MemberStatus; 3] = [MemberStatus::Pending, MemberStatus::Accepted, MemberStatus::Rejected];
