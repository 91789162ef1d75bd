//! Memberships of one room written by several callers at the same time, on every database.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use common::{Salon, Setup, aws::Caller, database::Database};
use serde_json::{Value, json};

const ROUNDS: usize = 10;
const PEOPLE: usize = 30;

/// An account with people in it.
struct Scene {
    alice: Caller,
    account: String,
    people: Vec<String>,
}

impl Scene {
    fn of(salon: &Salon) -> Self {
        let account = format!("/accounts/{}", salon.enterprise("Raced", "alpha"));
        let alice = salon.aws("alice");
        let people = (0..PEOPLE)
            .map(|number| {
                let body = json!({"Email": format!("p{number}@example.com"), "Username": "P"});
                alice.made(&format!("{account}/users?operation=create"), &body, "/User/UserId")
            })
            .collect();
        Self { alice, account, people }
    }

    fn room(&self) -> String {
        let rooms = format!("{}/rooms", self.account);
        let id = self.alice.made(&rooms, &json!({"Name": "raced"}), "/Room/RoomId");
        format!("{rooms}/{id}")
    }

    /// Who is in the room, with their roles; every page.
    fn members(&self, room: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut target = format!("{room}/memberships?max-results=7");
        loop {
            let page = self.alice.get(&target);
            assert_eq!(page.status, 200, "{page:?}");
            let page = page.json();
            for member in page["RoomMemberships"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let before = found.insert(text(&member["Member"]["MemberId"]), text(&member["Role"]));
                assert_eq!(before, None, "twice in the list");
            }
            match page["NextToken"].as_str() {
                Some(token) => target = format!("{room}/memberships?max-results=7&next-token={}", encoded(token)),
                None => return found,
            }
        }
    }
}

/// Nobody is too fast for these tests.
fn start(database: Database) -> Salon {
    Setup { database, ..Setup::config("[chime]\nrequests_per_second = 0\n") }.start()
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

on_every_database! {
    /// One membership made, changed and removed by many at once: makings and removals that were acknowledged alternate,
    /// and the list shows what is left of them.
    fn one_membership(database) {
        let salon = start(database);
        let scene = Scene::of(&salon);
        let person = &scene.people[0];
        for _ in 0..ROUNDS {
            let room = scene.room();
            let (list, one) = (format!("{room}/memberships"), format!("{room}/memberships/{person}"));
            let statuses: Vec<(usize, u16)> = thread::scope(|scope| {
                let tasks: Vec<_> = (0..9)
                    .map(|number| {
                        let (alice, list, one) = (&scene.alice, &list, &one);
                        scope.spawn(move || {
                            let answer = match number % 3 {
                                0 => alice.post(list, &json!({"MemberId": person})),
                                1 => alice.post(one, &json!({"Role": "Administrator"})),
                                _ => alice.delete(one),
                            };
                            (number % 3, answer.status)
                        })
                    })
                    .collect();
                tasks.into_iter().map(|task| task.join().unwrap()).collect()
            });
            let count = |kind: usize, status: u16| statuses.iter().filter(|told| **told == (kind, status)).count();
            assert_eq!(count(0, 201) + count(0, 409), 3, "{statuses:?}");
            assert_eq!(count(1, 200) + count(1, 404), 3, "{statuses:?}");
            assert_eq!(count(2, 204) + count(2, 404), 3, "{statuses:?}");
            let left = count(0, 201).checked_sub(count(2, 204)).unwrap();
            assert!(left <= 1, "{statuses:?}");
            assert_eq!(scene.members(&room).len(), left, "{statuses:?}");
            assert!(count(0, 201) > 0 || count(1, 200) == 0, "{statuses:?}");
        }
    }

    /// Batches of overlapping people at once: everybody is made once, and told of as a conflict by all others.
    fn overlapping_batches(database) {
        let salon = start(database);
        let scene = Scene::of(&salon);
        for _ in 0..ROUNDS {
            let room = scene.room();
            let batch = |part: &[String]| {
                let items: Vec<Value> = part.iter().rev().map(|person| json!({"MemberId": person})).collect();
                let answer = scene.alice.post(&format!("{room}/memberships?operation=batch-create"), &json!({"MembershipItemList": items}));
                assert_eq!(answer.status, 201, "{answer:?}");
                let errors = answer.json()["Errors"].as_array().unwrap().clone();
                assert!(errors.iter().all(|error| error["ErrorCode"] == "Conflict"), "{errors:?}");
                part.len() - errors.len()
            };
            let made: usize = thread::scope(|scope| {
                let tasks: Vec<_> = [(0, 20), (10, 30), (5, 25)]
                    .map(|(from, to)| { let (batch, people) = (&batch, &scene.people); scope.spawn(move || batch(&people[from..to])) })
                    .into_iter()
                    .collect();
                tasks.into_iter().map(|task| task.join().unwrap()).sum()
            });
            assert_eq!(made, PEOPLE);
            let found: BTreeSet<String> = scene.members(&room).into_keys().collect();
            assert_eq!(found, scene.people.iter().cloned().collect());
        }
    }

    /// A room deleted while people are added to it: afterwards there is neither a room nor a membership of it, and a
    /// member's list of rooms does not name it.
    fn deleting_the_room_against_a_batch(database) {
        let salon = start(database);
        let scene = Scene::of(&salon);
        for round in 0..ROUNDS {
            let room = scene.room();
            let items: Vec<Value> = scene.people.iter().map(|person| json!({"MemberId": person})).collect();
            let (batch, deleted, second) = thread::scope(|scope| {
                let body = json!({"MembershipItemList": items});
                let target = format!("{room}/memberships?operation=batch-create");
                let (alice, room) = (&scene.alice, &room);
                let adding = scope.spawn(move || alice.post(&target, &body));
                // Some rounds give the batch a start.
                if round % 2 == 1 {
                    thread::yield_now();
                    assert!(matches!(alice.get(room).status, 200 | 404));
                }
                let deleting = scope.spawn(move || alice.delete(room).status);
                let deleting_too = scope.spawn(move || alice.delete(room).status);
                (adding.join().unwrap(), deleting.join().unwrap(), deleting_too.join().unwrap())
            });
            let mut ends = [deleted, second];
            ends.sort_unstable();
            assert_eq!(ends, [204, 404]);
            // Before the room was gone, after it, or between two of its items: those say that the room is not there.
            match batch.status {
                201 => {
                    let errors = batch.json()["Errors"].as_array().unwrap().clone();
                    assert!(errors.iter().all(|error| error["ErrorCode"] == "NotFound"), "{batch:?}");
                }
                status => assert_eq!(status, 404, "{batch:?}"),
            }
            assert_eq!(scene.alice.get(&room).status, 404);
            assert_eq!(scene.alice.get(&format!("{room}/memberships")).status, 404);
            for person in &scene.people[..3] {
                let rooms = scene.alice.get(&format!("{}/rooms?member-id={person}", scene.account));
                assert_eq!(rooms.json()["Rooms"], json!([]), "{rooms:?}");
            }
        }
    }

    /// The same token sent at once by the same caller makes one room.
    fn one_token_one_room(database) {
        let salon = start(database);
        let scene = Scene::of(&salon);
        for round in 0..ROUNDS {
            let body = json!({"Name": "once", "ClientRequestToken": format!("token-{round}")});
            let rooms = format!("{}/rooms", scene.account);
            let made: BTreeSet<String> = thread::scope(|scope| {
                let tasks: Vec<_> = (0..6)
                    .map(|_| {
                        let (alice, rooms, body) = (&scene.alice, &rooms, &body);
                        scope.spawn(move || alice.made(rooms, body, "/Room/RoomId"))
                    })
                    .collect();
                tasks.into_iter().map(|task| task.join().unwrap()).collect()
            });
            assert_eq!(made.len(), 1, "{made:?}");
        }
        let rooms = scene.alice.get(&format!("{}/rooms", scene.account)).json();
        assert_eq!(rooms["Rooms"].as_array().unwrap().len(), ROUNDS);
    }

    /// A room taken away between two pages of its members: the next page says that it is not there.
    fn a_room_deleted_between_pages(database) {
        let salon = start(database);
        let scene = Scene::of(&salon);
        let room = scene.room();
        for person in &scene.people[..3] {
            scene.alice.made(&format!("{room}/memberships"), &json!({"MemberId": person}), "/RoomMembership/Role");
        }
        let first = scene.alice.get(&format!("{room}/memberships?max-results=1")).json();
        let token = encoded(first["NextToken"].as_str().unwrap());
        assert_eq!(scene.alice.delete(&room).status, 204);
        let next = scene.alice.get(&format!("{room}/memberships?max-results=1&next-token={token}"));
        assert_eq!((next.status, next.header("x-amzn-errortype")), (404, Some("NotFoundException")), "{next:?}");
    }
}
