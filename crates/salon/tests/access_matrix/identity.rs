//! Users, projects, roles, keys and tokens, and everybody who asks about them.

use std::{collections::BTreeMap, time::Instant};

use serde_json::{Value, json};

use crate::{
    common::{
        Setup,
        http::{Answer, KeepAlive},
    },
    counts::{Choice, unique},
    people::{People, Who, new_key},
    rules_identity,
    stage::{Ask, Filled, NEVER, Stage, run},
};

/// Runs the matrix, `sample` of a thousand cells in the short form: what came out in one line, and what is wrong.
pub(crate) fn matrix(name: &str, setup: Setup, sample: u64) -> (String, Vec<String>) {
    let began = Instant::now();
    let people = People::of(setup.start());
    let entries = rules_identity::entries();
    let choice = Choice::of(sample);
    let mut stage = Identity::of(&people);
    let counts = run(&mut stage, &entries, &rules_identity::expected, &|_, _| false, &choice);
    let what = format!("{name}, {} requests, {} callers", entries.len(), Who::all().len());
    (counts.line(&what, &choice, began), counts.wrong)
}

/// Somebody with a role on a project, both of whom nobody else is.
struct Victim {
    user: String,
    project: String,
    token: String,
    key: String,
}

struct Identity<'a> {
    people: &'a People,
    client: KeepAlive,
    victim: Victim,
    /// A role that nobody has.
    role: String,
    domain: String,
    ended: String,
    /// Further tokens and keys of the callers, which they may end.
    spares: BTreeMap<String, (String, String)>,
    number: usize,
}

impl<'a> Identity<'a> {
    fn of(people: &'a People) -> Self {
        let victim = Victim::new(people, 0);
        let ended = Victim::new(people, 1);
        people.directory.send("DELETE", &format!("users/{}", ended.user), &Value::Null);
        let mut new = Self {
            people,
            client: KeepAlive::to(people.salon.address()),
            victim,
            role: people.directory.make("roles", "role", &json!({"name": "spare"})),
            domain: people.directory.make("domains", "domain", &json!({"name": "elsewhere"})),
            ended: ended.token,
            spares: BTreeMap::new(),
            number: 2,
        };
        Who::all().into_iter().for_each(|who| new.renew_spares(who));
        new
    }

    fn renew_spares(&mut self, who: Who) {
        let (directory, person) = (&self.people.directory, self.people.person(who));
        let key = match who {
            Who::In(..) => Some(new_key(directory, &person.id, directory.project(who.project()))),
            _ => person.key.clone(),
        };
        let token = self.people.token(who).unwrap_or_else(|| "none".to_owned());
        self.spares.insert(who.name(), (token, key.map_or_else(|| "none".to_owned(), |key| key.id)));
    }

    fn seen(&self, path: &str, headers: &[(&str, &str)]) -> String {
        let answer = self.people.directory.admin().send("GET", &format!("/identity/v3/{path}"), headers, b"");
        format!("{path}: {} {}", answer.status, answer.text())
    }
}

impl Victim {
    fn new(people: &People, number: usize) -> Self {
        let name = format!("victim-{number}");
        let directory = &people.directory;
        let user = directory.user(&name);
        let project = directory.make("projects", "project", &json!({"name": name}));
        let grant = format!("projects/{project}/users/{user}/roles/{}", directory.role("reader"));
        directory.send("PUT", &grant, &Value::Null);
        let token = people.salon.log_in(&name, "p", &name).token.unwrap();
        let key = new_key(directory, &user, &project).id;
        Self { user, project, token, key }
    }
}

impl Stage for Identity<'_> {
    fn name(&self) -> String {
        "identity".to_owned()
    }

    fn slots(&self) -> &'static [&'static str] {
        &[
            "domain_id",
            "project_id",
            "user_id",
            "role_id",
            "key_id",
            "token_id",
            "subject",
            "self",
            "self_name",
            "password",
            "token",
            "fresh",
        ]
    }

    fn id(&self, who: Who, slot: &str, key: &str) -> Option<String> {
        let (directory, person) = (&self.people.directory, self.people.person(who));
        let at = self.slots().iter().position(|own| *own == slot).unwrap();
        // Whoever never was, each by an id of its own.
        let nobody = |kind: u8| format!("7a5b1f9e1c8e4d539d0b000000{kind}{at:02}00{}", u8::from(who == Who::Nobody));
        let (spare_token, spare_key) = &self.spares[&who.name()];
        let is_somebody = !person.id.is_empty();
        Some(match key {
            NEVER => nobody(0),
            "self" if is_somebody => person.id.clone(),
            "self_name" if is_somebody => who.name(),
            "self" | "self_name" => nobody(1),
            "own project" => directory.project(who.project()).to_owned(),
            "their project" => directory.project(if who.is_other() { "alpha" } else { "gamma" }).to_owned(),
            "own domain" => "default".to_owned(),
            "reader" | "admin" => directory.role(key).to_owned(),
            "password" => if who == Who::Wrong { "wrong" } else { "p" }.to_owned(),
            "token" => person.token.clone().unwrap_or_else(|| "none".to_owned()),
            "spare token" => spare_token.clone(),
            "spare key" => spare_key.clone(),
            "ended token" => self.ended.clone(),
            "token_id" | "their token" => self.victim.token.clone(),
            "domain_id" => self.domain.clone(),
            "project_id" => self.victim.project.clone(),
            "user_id" => self.victim.user.clone(),
            "role_id" => self.role.clone(),
            "key_id" => self.victim.key.clone(),
            "fresh" => unique("fresh"),
            _ => return None,
        })
    }

    fn send(&mut self, who: Who, ask: &Ask, filled: &Filled) -> Answer {
        let spare = ask.with.contains(&("auth", "spare token"));
        let spare = spare.then(|| self.spares[&who.name()].0.clone()).filter(|_| who != Who::Nobody);
        let token = spare.or_else(|| self.people.person(who).token.clone());
        let mut headers: Vec<(&str, &str)> =
            filled.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        headers.extend(token.as_deref().map(|token| ("X-Auth-Token", token)));
        let answer = self.client.exchange(&ask.method, &filled.target, &headers, filled.body.as_bytes());
        answer.unwrap_or_else(|| panic!("no whole answer to {} {}", ask.method, filled.target))
    }

    fn look(&mut self) -> Vec<String> {
        let Victim { user, token, .. } = &self.victim;
        let mut found: Vec<String> =
            ["users", "projects", "roles", "domains", "role_assignments"].map(|list| self.seen(list, &[])).into();
        found.push(self.seen(&format!("users/{user}/credentials/OS-EC2"), &[]));
        found.push(self.seen("auth/tokens", &[("X-Subject-Token", token)]));
        found
    }

    fn renew(&mut self, who: Who, ask: &Ask) {
        if ask.with.iter().any(|(_, key)| matches!(*key, "spare token" | "spare key")) {
            self.renew_spares(who);
        } else if ask.operation == "DeleteRole" {
            let name = format!("spare-{}", self.number);
            self.role = self.people.directory.make("roles", "role", &json!({"name": name}));
        } else {
            self.victim = Victim::new(self.people, self.number);
        }
        self.number += 1;
    }
}
