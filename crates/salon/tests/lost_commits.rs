//! The connection to the database breaks in a commit (F-15): before the database has it, after it has answered, and while it
//! is still on its way. The server finds out what happened: the client is told what is true, and everything happens once.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "the counts of a proof")]

mod common;
#[path = "lost_commits/proxy.rs"]
mod proxy;

use std::time::{Duration, Instant};

use common::{Salon, Setup, User, database::Database, http::Answer};
use proxy::{Cut, Proxy};
use serde_json::{Value, json};

/// Rounds of every cut of every operation.
fn rounds() -> usize {
    if common::long() { 100 } else { 1 }
}

struct Scene {
    salon: Salon,
    alice: User,
    /// Dropped after the server: it takes the database along.
    proxy: Proxy,
}

impl Scene {
    fn on(database: Database) -> Self {
        let proxy = Proxy::before(database);
        let config = format!("[database]\nconnection = {:?}\n[chime]\nrequests_per_second = 0\n", proxy.url());
        let salon = Setup::config(&config).start();
        let alice = salon.alice();
        Self { proxy, salon, alice }
    }

    /// Runs `request` with the commit of the transaction that names `needle` cut.
    fn cut(&self, cut: Cut, needle: &str, request: impl FnOnce() -> Answer) -> Answer {
        let before = self.proxy.cuts();
        self.proxy.cut(cut, needle);
        let answer = request();
        assert_eq!(self.proxy.cuts(), before + 1, "{cut:?} at {needle}: nothing was cut, {answer:?}");
        answer
    }
}

/// The names in a list of images.
fn count(user: &User, name: &str) -> usize {
    user.get(&format!("/v2/images?name={name}")).json()["images"].as_array().unwrap().len()
}

fn members(user: &User, image: &str) -> Vec<String> {
    let list = user.get(&format!("{image}/members")).json();
    list["members"].as_array().unwrap().iter().map(|one| one["member_id"].as_str().unwrap().to_owned()).collect()
}

fn media(user: &User, image: &str, body: &Value) -> Answer {
    let media = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
    user.send("PATCH", image, &media, body.to_string().as_bytes())
}

/// Everything about images.
fn images(scene: &Scene, cut: Cut, round: usize) {
    let alice = &scene.alice;
    let name = format!("image-{cut:?}-{round}");
    let body = json!({"name": name, "disk_format": "raw", "container_format": "bare"});
    let made = scene.cut(cut, &name, || alice.post("/v2/images", &body));
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(count(alice, &name), 1);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let image = format!("/v2/images/{id}");

    let change = json!([{"op": "add", "path": "/flavour", "value": "plum"}]);
    let changed = scene.cut(cut, &id, || media(alice, &image, &change));
    assert_eq!((changed.status, &changed.json()["flavour"]), (200, &json!("plum")), "{changed:?}");
    let tagged = scene.cut(cut, &id, || alice.send("PUT", &format!("{image}/tags/blue"), &[], b""));
    assert_eq!(tagged.status, 204, "{tagged:?}");
    assert_eq!(alice.get(&image).json()["tags"], json!(["blue"]));
    let untagged = scene.cut(cut, &id, || alice.delete(&format!("{image}/tags/blue")));
    assert_eq!(untagged.status, 204, "{untagged:?}");

    // Both commits of an upload: the claim of the image, and its publication.
    let uploaded = scene.cut(cut, &id, || alice.upload(&format!("{image}/file"), b"0123456789"));
    assert_eq!(uploaded.status, 204, "{uploaded:?}");
    assert_eq!(alice.get(&format!("{image}/file")).body, b"0123456789");

    // A member that a commit made is not told of as a duplicate by a second attempt.
    let bob = scene.salon.bob();
    let own = format!("{image}/members/{}", bob.project_id);
    let member = json!({"member": bob.project_id});
    let invited = scene.cut(cut, &bob.project_id, || alice.post(&format!("{image}/members"), &member));
    assert_eq!((invited.status, &invited.json()["status"]), (200, &json!("pending")), "{invited:?}");
    let accepted = scene.cut(cut, &bob.project_id, || bob.put(&own, &json!({"status": "accepted"})));
    assert_eq!((accepted.status, &accepted.json()["status"]), (200, &json!("accepted")), "{accepted:?}");
    let list = json!({"memberships": [{"member_id": bob.project_id, "can_share": true}, {"member_id": "other"}]});
    let replaced = scene.cut(cut, &id, || alice.put(&format!("/v1/images/{id}/members"), &list));
    assert_eq!(replaced.status, 204, "{replaced:?}");
    let mut wanted = vec![bob.project_id.clone(), "other".to_owned()];
    wanted.sort();
    assert_eq!(members(alice, &image), wanted);
    // P4: revoked from the answer on, and not told that there was nobody to revoke.
    let revoked = scene.cut(cut, &bob.project_id, || alice.delete(&own));
    assert_eq!(revoked.status, 204, "{revoked:?}");
    assert_eq!(bob.get(&image).status, 404);

    let stopped = scene.cut(cut, &id, || alice.send("POST", &format!("{image}/actions/deactivate"), &[], b""));
    assert_eq!(stopped.status, 204, "{stopped:?}");
    assert_eq!(alice.status_of(&image), "deactivated");
    let deleted = scene.cut(cut, &id, || alice.delete(&image));
    assert_eq!(deleted.status, 204, "{deleted:?}");
    assert_eq!(alice.get(&image).status, 404);
}

/// Rooms.
fn rooms(scene: &Scene, account: &str, cut: Cut, round: usize) {
    let alice = scene.salon.aws("alice");
    let name = format!("room-{cut:?}-{round}");
    let email = format!("{name}@example.com");
    let body = json!({"Email": email, "Username": "P"});
    let person = scene.cut(cut, &email, || alice.post(&format!("{account}/users?operation=create"), &body));
    assert_eq!(person.status, 201, "{person:?}");
    let person = person.json()["User"]["UserId"].as_str().unwrap().to_owned();
    let rooms = format!("{account}/rooms");
    let made = scene.cut(cut, &name, || alice.post(&rooms, &json!({"Name": name})));
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["Room"]["RoomId"].as_str().unwrap().to_owned();
    let room = format!("{rooms}/{id}");
    let joined = scene.cut(cut, &person, || alice.post(&format!("{room}/memberships"), &json!({"MemberId": person})));
    assert_eq!(joined.status, 201, "{joined:?}");
    let own = format!("{room}/memberships/{person}");
    let changed = scene.cut(cut, &person, || alice.post(&own, &json!({"Role": "Administrator"})));
    assert_eq!(changed.status, 200, "{changed:?}");
    let left = scene.cut(cut, &person, || alice.delete(&own));
    assert_eq!(left.status, 204, "{left:?}");
    let deleted = scene.cut(cut, &id, || alice.delete(&room));
    assert_eq!(deleted.status, 204, "{deleted:?}");
    assert_eq!(alice.get(&room).status, 404);
}

/// A transaction that nobody is told of, and that has no name of its own.
fn tokens(scene: &Scene, user_id: &str, cut: Cut) {
    let body =
        json!({"auth": {"identity": {"methods": ["token"], "token": {"id": scene.alice.token.clone().unwrap()}}}});
    let made = scene.cut(cut, user_id, || scene.salon.nobody().post("/identity/v3/auth/tokens", &body));
    assert_eq!(made.status, 201, "{made:?}");
    let token = made.header("x-subject-token").unwrap().to_owned();
    let mut somebody = scene.alice.clone();
    somebody.token = Some(token);
    assert_eq!(somebody.get("/v2/images").status, 200);
}

fn every_cut(database: Database) {
    let scene = Scene::on(database);
    let account = format!("/accounts/{}", scene.salon.enterprise("Cut", "alpha"));
    let token = scene.alice.token.clone().unwrap();
    let who = scene.alice.send("GET", "/identity/v3/auth/tokens", &[("X-Subject-Token", &token)], b"").json();
    let user_id = who["token"]["user"]["id"].as_str().unwrap().to_owned();
    for round in 0..rounds() {
        for cut in Cut::ALL {
            images(&scene, cut, round);
            rooms(&scene, &account, cut, round);
            tokens(&scene, &user_id, cut);
        }
    }
    eprintln!("lost commits on {database:?}: {} cuts, each answered with what is true", scene.proxy.cuts());
}

/// Nobody can be asked: 503 within a bounded time, and afterwards the server works and shows what was committed.
fn unreachable(database: Database) {
    let scene = Scene::on(database);
    let image = scene.alice.create_image("asked");
    let id = image.rsplit('/').next().unwrap();
    scene.proxy.shut_with_cut();
    let began = Instant::now();
    let answer = scene.cut(Cut::After, id, || scene.alice.send("PUT", &format!("{image}/tags/blue"), &[], b""));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    scene.proxy.open();
    // Connections that were cut are found out one by one.
    let shown = scene.alice.get(&image);
    assert_eq!((shown.status, &shown.json()["tags"]), (200, &json!(["blue"])), "{shown:?}");
    assert_eq!(scene.alice.send("PUT", &format!("{image}/tags/blue"), &[], b"").status, 204);
}

#[test]
fn f15_postgres_every_cut() {
    every_cut(Database::Postgres);
}

#[test]
fn f15_mariadb_every_cut() {
    every_cut(Database::MariaDb);
}

#[test]
fn f15_postgres_unreachable() {
    unreachable(Database::Postgres);
}

#[test]
fn f15_mariadb_unreachable() {
    unreachable(Database::MariaDb);
}
