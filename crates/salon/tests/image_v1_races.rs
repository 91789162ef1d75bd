//! Guest lists written through v1 and v2 at the same time, on every database.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use common::{Setup, User};
use serde_json::{Value, json};

const ROUNDS: usize = 12;

fn names(user: &User, id: &str) -> Vec<String> {
    let found = user.get(&format!("/v2/images/{id}/members")).json();
    found["members"].as_array().unwrap().iter().map(|member| member["member_id"].as_str().unwrap().to_owned()).collect()
}

on_every_database! {
    /// v1 puts one of two whole lists while v2 adds and removes a third member. Each answer is one whole step: what is
    /// there in the end is a list that some order of the acknowledged steps gives, with no name twice.
    fn replacing_against_adding_and_removing(database) {
        let salon = Setup::on(database).start();
        let alice = salon.alice();
        for _ in 0..ROUNDS {
            let id = alice.create_image("raced").rsplit('/').next().unwrap().to_owned();
            let put = |names: &[&str]| {
                let list: Vec<Value> = names.iter().map(|name| json!({"member_id": name})).collect();
                let answer = alice.put(&format!("/v1/images/{id}/members"), &json!({"memberships": list}));
                assert_eq!(answer.status, 204, "{answer:?}");
            };
            let members = format!("/v2/images/{id}/members");
            let answers: BTreeMap<&str, u16> = thread::scope(|scope| {
                let first = scope.spawn(|| put(&["a", "b"]));
                let second = scope.spawn(|| put(&["c", "d"]));
                let added = scope.spawn(|| alice.post(&members, &json!({"member": "z"})).status);
                let removed = scope.spawn(|| alice.delete(&format!("{members}/z")).status);
                first.join().unwrap();
                second.join().unwrap();
                [("added", added.join().unwrap()), ("removed", removed.join().unwrap())].into()
            });
            assert_eq!(answers["added"], 200);
            assert!(matches!(answers["removed"], 204 | 404), "{answers:?}");
            let found = names(&alice, &id);
            let set: BTreeSet<&str> = found.iter().map(String::as_str).collect();
            assert_eq!(set.len(), found.len(), "{found:?}");
            let base: BTreeSet<&str> = set.iter().copied().filter(|name| *name != "z").collect();
            assert!(base == BTreeSet::from(["a", "b"]) || base == BTreeSet::from(["c", "d"]), "{found:?}");
            assert!(answers["removed"] == 404 || !set.contains("z"), "removed and still there: {found:?}");
        }
    }

    /// The same member added through both dialects at once: one row, and one of v2's adds at most says it made it.
    fn adding_through_both(database) {
        let salon = Setup::on(database).start();
        let alice = salon.alice();
        for _ in 0..ROUNDS {
            let id = alice.create_image("raced").rsplit('/').next().unwrap().to_owned();
            let statuses: Vec<u16> = thread::scope(|scope| {
                let tasks: Vec<_> = (0..6)
                    .map(|at| {
                        let (alice, id) = (&alice, &id);
                        scope.spawn(move || match at % 2 {
                            0 => alice.send("PUT", &format!("/v1/images/{id}/members/m"), &[], b"").status,
                            _ => alice.post(&format!("/v2/images/{id}/members"), &json!({"member": "m"})).status,
                        })
                    })
                    .collect();
                tasks.into_iter().map(|task| task.join().unwrap()).collect()
            });
            assert!(statuses.iter().step_by(2).all(|status| *status == 204), "{statuses:?}");
            assert!(statuses.iter().filter(|status| **status == 200).count() <= 1, "{statuses:?}");
            assert_eq!(names(&alice, &id), ["m"]);
        }
    }

    /// A sharer that is revoked while it shares: after the revoke is acknowledged, nothing it does counts any more.
    fn sharing_against_revoking(database) {
        let salon = Setup::on(database).start();
        let (alice, bob) = (salon.alice(), salon.bob());
        for _ in 0..ROUNDS {
            let id = alice.create_image("raced").rsplit('/').next().unwrap().to_owned();
            let own = format!("/v1/images/{id}/members/{}", bob.project_id);
            assert_eq!(alice.put(&own, &json!({"member": {"can_share": true}})).status, 204);
            let share = |name: &str| bob.send("PUT", &format!("/v1/images/{id}/members/{name}"), &[], b"").status;
            let (during, revoked) = thread::scope(|scope| {
                let sharing = scope.spawn(|| (0..4).map(|at| share(&format!("m{at}"))).collect::<Vec<_>>());
                let revoking = scope.spawn(|| alice.delete(&own).status);
                (sharing.join().unwrap(), revoking.join().unwrap())
            });
            assert_eq!(revoked, 204);
            assert_eq!(share("late"), 404);
            // Shared up to some point and refused from there on; the list is exactly what was acknowledged.
            let shared = during.iter().take_while(|status| **status == 204).count();
            assert!(during[shared..].iter().all(|status| *status == 404), "{during:?}");
            let expected: Vec<String> = (0..shared).map(|at| format!("m{at}")).collect();
            assert_eq!(names(&alice, &id), expected);
        }
    }
}
