//! The people of the matrix and the images they ask about.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use crate::{
    cells::{Ask, Relation, Role, State, Thing, Visibility, Who},
    common::{
        Salon, Setup, User,
        http::{Answer, KeepAlive},
        keystone_settings,
    },
    directory::Directory,
    laws::{DEFAULT, Law},
};

/// Where the gateway is that the server believes; everybody else is somewhere else.
const GATEWAY: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// Whom no policy here keeps from preparing an image of its own project, and from looking at it afterwards.
const ADMIN: Who = Who::In(Relation::Owner, Role::Admin);

/// A caller.
struct Person {
    who: Who,
    /// How it says who it is.
    headers: Vec<(&'static str, String)>,
    project: String,
    /// Whether it is a peer of its own, and not where the world's callers come from.
    is_elsewhere: bool,
}

/// Everybody, and the server that they ask.
pub(crate) struct World {
    pub(crate) salon: Salon,
    /// Under which policy.
    pub(crate) law: &'static Law,
    /// Where its callers got their tokens, if that is another one.
    _keystone: Option<Salon>,
    people: Vec<Person>,
    projects: BTreeMap<&'static str, String>,
    /// Where its callers come from, if that matters.
    gateway: Option<IpAddr>,
    images: AtomicUsize,
}

impl World {
    /// Callers with tokens of the server's own. Those of other projects than the owner's also say, with each request, what a
    /// gateway would say of an administrator of the owner's.
    pub(crate) fn of(salon: Salon) -> Self {
        let (people, projects) =
            with_tokens(&salon, |who| matches!(who, Who::In(relation, _) if relation != Relation::Owner));
        Self::with(salon, &DEFAULT, people, projects)
    }

    /// Callers with tokens of a Keystone, which is another server. All of them, and whoever has none, say that.
    pub(crate) fn with_keystone(keystone: Salon, settings: &str) -> Self {
        let (people, projects) = with_tokens(&keystone, |_| true);
        let config = format!("{}{settings}", keystone_settings(&keystone, keystone.address()));
        let salon = Setup::without_samples(&config).start();
        Self { _keystone: Some(keystone), ..Self::with(salon, &DEFAULT, people, projects) }
    }

    /// Callers of whom a gateway tells, under a policy. Who forges what it would say is a peer that is not listed.
    pub(crate) fn behind_gateway(law: &'static Law, settings: &str) -> Self {
        let config = format!("[identity]\nmode = \"proxy\"\ntrusted_peers = [\"{GATEWAY}/32\"]\n{settings}");
        let projects: BTreeMap<_, _> =
            Relation::ALL.map(Relation::project).map(|name| (name, format!("project-{name}"))).into();
        let own = &projects[Relation::Owner.project()];
        let admin = Role::Admin.told();
        let person = |who| {
            let (headers, project, is_elsewhere) = match who {
                Who::Nobody => (told("Invalid", own, &admin), "", false),
                Who::Forged => (told("Confirmed", own, &admin), "", true),
                Who::Unscoped => (told("Confirmed", "", &admin), "", false),
                Who::In(relation, role) => {
                    let project = projects[relation.project()].as_str();
                    (told("Confirmed", project, &role.told()), project, false)
                }
            };
            Person { who, headers, project: project.to_owned(), is_elsewhere }
        };
        let people = Who::all(law.roles).into_iter().map(person).collect();
        let mut setup = Setup::without_samples(&config);
        setup.policy = law.file.to_owned();
        Self { gateway: Some(GATEWAY), ..Self::with(setup.start(), law, people, projects) }
    }

    fn with(salon: Salon, law: &'static Law, people: Vec<Person>, projects: BTreeMap<&'static str, String>) -> Self {
        Self { salon, law, _keystone: None, people, projects, gateway: None, images: AtomicUsize::new(0) }
    }

    fn person(&self, who: Who) -> &Person {
        self.people.iter().find(|person| person.who == who).unwrap()
    }

    /// A name for an image that no other has.
    pub(crate) fn name(&self) -> String {
        format!("image-{}", self.images.fetch_add(1, Ordering::Relaxed))
    }
}

/// Everybody with a token of this server's, and the projects they are in; some forge the words of a gateway, too.
fn with_tokens(salon: &Salon, forges: fn(Who) -> bool) -> (Vec<Person>, BTreeMap<&'static str, String>) {
    let names = Relation::ALL.map(Relation::project);
    let directory = Directory::of(salon, &names);
    let projects: BTreeMap<_, _> = names.map(|name| (name, directory.project(name).to_owned())).into();
    let forged = told("Confirmed", &projects[Relation::Owner.project()], &Role::Admin.told());
    let person = |who: Who| {
        let user = match who {
            Who::Nobody => salon.nobody(),
            Who::Forged => bearing(salon, "gAAAAABforged"),
            Who::Unscoped => unscoped(salon, &directory.user("una")),
            Who::In(relation, role) => {
                let user = directory.user(&who.name());
                directory.send("PUT", &directory.grant(&user, relation.project(), role.name()), &Value::Null);
                salon.log_in(&who.name(), "p", relation.project())
            }
        };
        let mut headers: Vec<_> = user.token.into_iter().map(|token| ("X-Auth-Token", token)).collect();
        headers.extend(forged.iter().filter(|_| forges(who)).cloned());
        Person { who, headers, project: user.project_id, is_elsewhere: false }
    };
    (Who::all(DEFAULT.roles).into_iter().map(person).collect(), projects)
}

/// What a gateway says of a caller; without a project, of one whose token is for none.
fn told(status: &str, project: &str, roles: &str) -> Vec<(&'static str, String)> {
    let all = [("X-Identity-Status", status), ("X-User-Id", "somebody"), ("X-Project-Id", project), ("X-Roles", roles)];
    all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.to_owned())).collect()
}

/// Somebody with this token.
pub(crate) fn bearing(salon: &Salon, token: &str) -> User {
    let mut user = salon.nobody();
    user.token = Some(token.to_owned());
    user
}

/// A user with a token for no project.
pub(crate) fn unscoped(salon: &Salon, id: &str) -> User {
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {"id": id, "password": "p"}}},
        "scope": "unscoped",
    }});
    let answer = salon.nobody().post("/identity/v3/auth/tokens", &body);
    assert_eq!(answer.status, 201, "{answer:?}");
    bearing(salon, answer.header("x-subject-token").unwrap())
}

/// An image, or an id without one.
#[derive(Clone)]
pub(crate) struct Fixture {
    pub(crate) id: String,
    pub(crate) name: String,
    thing: Thing,
}

/// One of the clients that work side by side, on a connection that it keeps.
pub(crate) struct Client<'a> {
    world: &'a World,
    client: KeepAlive,
    pub(crate) requests: usize,
}

impl<'a> Client<'a> {
    pub(crate) fn of(world: &'a World) -> Self {
        let address = world.salon.address();
        let client = match world.gateway {
            Some(gateway) => KeepAlive::between(gateway, address),
            None => KeepAlive::to(address),
        };
        Self { world, client, requests: 0 }
    }

    fn exchange(&mut self, who: Who, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.requests += 1;
        let person = self.world.person(who);
        let mut all = headers.to_vec();
        all.extend(person.headers.iter().map(|(name, value)| (*name, value.as_str())));
        let answer = if person.is_elsewhere {
            // Kept, it would be idle for longer than the server keeps it.
            KeepAlive::to(self.world.salon.address()).exchange(method, path, &all, body)
        } else {
            self.client.exchange(method, path, &all, body)
        };
        answer.unwrap_or_else(|| panic!("no whole answer to {method} {path}"))
    }

    /// Asks what a cell asks.
    pub(crate) fn ask(&mut self, ask: &Ask, who: Who, fixture: &Fixture) -> Answer {
        let relation = who.relation();
        let own = self.world.person(who).project.as_str();
        let another = if relation == Relation::Pending { Relation::Accepted } else { Relation::Pending };
        let answer = match relation {
            Relation::Accepted => "accepted",
            Relation::Rejected => "rejected",
            Relation::Owner | Relation::Pending | Relation::Sharer | Relation::Stranger => "pending",
        };
        let fill = |text: &str| {
            text.replace("{image_id}", &fixture.id)
                .replace("{id}", &fixture.id)
                .replace("{name}", &fixture.name)
                .replace("{own}", if own.is_empty() { "none" } else { own })
                .replace("{another}", &self.world.projects[another.project()])
                .replace("{answer}", answer)
                .replace("{alpha}", &self.world.projects["alpha"])
        };
        let (path, body) = (fill(&ask.path), fill(ask.body));
        self.exchange(who, &ask.method, &path, ask.headers, body.as_bytes())
    }

    fn done(&mut self, who: Who, method: &str, path: &str, body: &Value) {
        let media = if method == "PATCH" { "application/openstack-images-v2.1-json-patch" } else { "application/json" };
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let headers: &[(&str, &str)] = if body.is_null() { &[] } else { &[("Content-Type", media)] };
        let answer = self.exchange(who, method, path, headers, text.as_bytes());
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
    }

    /// An image of project alpha with the four guests, in the state wanted.
    pub(crate) fn fixture(&mut self, thing: Thing) -> Fixture {
        let name = self.world.name();
        let Thing::Image(visibility, state) = thing else {
            return Fixture { id: "7a5b1f9e-1c8e-4d53-9d0b-2f6b7c1f0a11".to_owned(), name, thing };
        };
        let body = json!({"name": name, "disk_format": "raw", "container_format": "bare", "tags": ["old"]});
        let headers = [("Content-Type", "application/json")];
        let made = self.exchange(ADMIN, "POST", "/v2/images", &headers, body.to_string().as_bytes());
        assert_eq!(made.status, 201, "{made:?}");
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let (v1, v2) = (format!("/v1/images/{id}"), format!("/v2/images/{id}"));
        let guests: Vec<Value> = Relation::ALL
            .into_iter()
            .filter(|relation| relation.is_guest())
            .map(|relation| {
                let id = &self.world.projects[relation.project()];
                json!({"member_id": id, "can_share": relation == Relation::Sharer})
            })
            .collect();
        self.done(ADMIN, "PUT", &format!("{v1}/members"), &json!({"memberships": guests}));
        for (relation, status) in [(Relation::Accepted, "accepted"), (Relation::Rejected, "rejected")] {
            let own = format!("{v2}/members/{}", self.world.projects[relation.project()]);
            self.done(Who::In(relation, Role::Admin), "PUT", &own, &json!({"status": status}));
        }
        if state != State::Queued {
            let data = [("Content-Type", "application/octet-stream")];
            let answer = self.exchange(ADMIN, "PUT", &format!("{v2}/file"), &data, b"data");
            assert_eq!(answer.status, 204, "{answer:?}");
        }
        let mut patch = Vec::new();
        if visibility != Visibility::Shared {
            patch.push(json!({"op": "replace", "path": "/visibility", "value": visibility.name()}));
        }
        if state == State::Protected {
            patch.push(json!({"op": "replace", "path": "/protected", "value": true}));
        }
        if !patch.is_empty() {
            self.done(ADMIN, "PATCH", &v2, &json!(patch));
        }
        match state {
            State::Deactivated => self.done(ADMIN, "POST", &format!("{v2}/actions/deactivate"), &Value::Null),
            State::Deleted => self.done(ADMIN, "DELETE", &v2, &Value::Null),
            State::Queued | State::Active | State::Protected => {}
        }
        Fixture { id, name, thing }
    }

    /// Everything that a refused request must not have changed.
    pub(crate) fn look(&mut self, fixture: &Fixture) -> Option<(String, String)> {
        if !fixture.thing.is_there() {
            return None;
        }
        let image = self.exchange(ADMIN, "GET", &format!("/v2/images/{}", fixture.id), &[], b"");
        let guests = self.exchange(ADMIN, "GET", &format!("/v1/images/{}/members", fixture.id), &[], b"");
        assert_eq!((image.status, guests.status), (200, 200), "{image:?} {guests:?}");
        Some((image.text().to_owned(), guests.text().to_owned()))
    }

    /// Takes an image away that is no longer wanted; it may be gone already.
    pub(crate) fn discard(&mut self, fixture: &Fixture) {
        if !fixture.thing.is_there() {
            return;
        }
        let path = format!("/v2/images/{}", fixture.id);
        if fixture.thing.stands(State::Protected) {
            let patch = br#"[{"op": "replace", "path": "/protected", "value": false}]"#;
            let headers = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
            self.exchange(ADMIN, "PATCH", &path, &headers, patch);
        }
        let answer = self.exchange(ADMIN, "DELETE", &path, &[], b"");
        assert!(matches!(answer.status, 204 | 404), "{answer:?}");
    }
}
