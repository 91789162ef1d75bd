//! Guest lists through Cloud Images: who may do what, what three dialects see of one list, and all of them at once.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::{collections::BTreeSet, thread};

use common::{
    Salon, Setup, User,
    database::Database,
    http::Answer,
    outage::{Line, Outage},
};
use serde_json::{Value, json};

const API: &str = "/rackspace/v2";
const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

fn make(user: &User, visibility: &str) -> String {
    let body = json!({"name": "i", "visibility": visibility, "disk_format": "raw", "container_format": "bare"});
    let answer = user.post("/v2/images", &body);
    assert_eq!(answer.status, 201, "{answer:?}");
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(user.upload(&format!("/v2/images/{id}/file"), b"0123456789").status, 204);
    id
}

fn set_visibility(user: &User, id: &str, visibility: &str) -> u16 {
    let media = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
    let body = json!([{"op": "replace", "path": "/visibility", "value": visibility}]);
    user.send("PATCH", &format!("/v2/images/{id}"), &media, body.to_string().as_bytes()).status
}

fn member_ids(list: &Value) -> Vec<String> {
    let members = list["members"].as_array().unwrap();
    members.iter().map(|member| member["member_id"].as_str().unwrap().to_owned()).collect()
}

fn fault(answer: &Answer, status: u16, key: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.json()[key]["code"], status, "{answer:?}");
}

/// Somebody of another project with a role.
fn somebody(salon: &Salon, name: &str, project: &str, role: &str) -> User {
    let admin = salon.admin();
    // Both may be there already.
    admin.post("/identity/v3/projects", &json!({"project": {"name": project, "domain_id": "default"}}));
    admin.post("/identity/v3/roles", &json!({"role": {"name": role}}));
    let password = format!("password of {name}");
    let mut command =
        salon.command(&["user", "create", name, "--project", project, "--role", role, "--password-stdin"]);
    let mut child = command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), format!("{password}\n").as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    salon.log_in(name, &password, project)
}

/// Cloud Images, image sharing, "Who may do what".
#[test]
fn producer_consumer_and_somebody_else() {
    let salon = Salon::new();
    let (producer, consumer) = (salon.alice(), salon.bob());
    let else_ = somebody(&salon, "carol", "gamma", "member");
    let id = make(&producer, "private");
    let members = format!("{API}/images/{id}/members");
    let member = |user: &User| format!("{members}/{}", user.project_id);
    let invite = |user: &User, whom: &str| user.post(&members, &json!({"member": whom}));
    let answer = |user: &User, whom: &User, status: &str| user.put(&member(whom), &json!({"status": status}));

    // Before: the image is not there for anybody else, so neither is its list.
    for user in [&consumer, &else_] {
        fault(&user.get(&members), 404, "itemNotFound");
        fault(&invite(user, "x"), 404, "itemNotFound");
        fault(&answer(user, user, "accepted"), 404, "itemNotFound");
        fault(&user.delete(&member(user)), 404, "itemNotFound");
    }
    assert_eq!(producer.get(&members).json(), json!({"members": [], "schema": "/v2/schemas/members"}));
    // Add.
    let added = invite(&producer, &consumer.project_id);
    assert_eq!(added.status, 200);
    let row = added.json();
    assert_eq!(
        (&row["status"], &row["member_id"], &row["image_id"]),
        (&json!("pending"), &json!(consumer.project_id), &json!(id))
    );
    fault(&invite(&producer, &consumer.project_id), 409, "conflict");
    assert_eq!(invite(&producer, "554433").status, 200);
    for user in [&consumer, &else_] {
        fault(&invite(user, "x"), 404, "itemNotFound");
        fault(&invite(user, &user.project_id), 404, "itemNotFound");
    }
    // List and show.
    let mut all = vec![consumer.project_id.clone(), "554433".to_owned()];
    all.sort();
    assert_eq!(member_ids(&producer.get(&members).json()), all);
    // Unknown parameters, paging ones among them, are ignored.
    assert_eq!(member_ids(&producer.get(&format!("{members}?limit=1&marker=x")).json()), all);
    assert_eq!(member_ids(&consumer.get(&members).json()), [consumer.project_id.as_str()]);
    fault(&else_.get(&members), 404, "itemNotFound");
    assert_eq!(producer.get(&member(&consumer)).json(), row);
    assert_eq!(consumer.get(&member(&consumer)).json(), row);
    fault(&consumer.get(&format!("{members}/554433")), 404, "itemNotFound");
    fault(&else_.get(&member(&consumer)), 404, "itemNotFound");
    fault(&producer.get(&member(&else_)), 404, "itemNotFound");
    // Set status: any change at any time, by the consumer only.
    for status in ["accepted", "rejected", "pending", "rejected", "accepted"] {
        let changed = answer(&consumer, &consumer, status);
        assert_eq!((changed.status, &changed.json()["status"]), (200, &json!(status)));
        // Whatever it says, it reaches the image, and counts as a member.
        assert_eq!(consumer.get(&format!("{API}/images/{id}")).status, 200);
        assert_eq!(producer.get(&member(&consumer)).json()["status"], status);
    }
    fault(&answer(&producer, &consumer, "accepted"), 403, "forbidden");
    fault(&answer(&producer, &producer, "accepted"), 403, "forbidden");
    let other = consumer.put(&format!("{members}/554433"), &json!({"status": "accepted"}));
    fault(&other, 404, "itemNotFound");
    fault(&answer(&else_, &consumer, "rejected"), 404, "itemNotFound");
    fault(&answer(&else_, &else_, "accepted"), 404, "itemNotFound");
    for bad in [json!({"status": "Accepted"}), json!({"status": "x"}), json!({}), json!([])] {
        fault(&consumer.put(&member(&consumer), &bad), 400, "badRequest");
    }
    // Remove: the consumer loses it at once, and cannot remove itself.
    fault(&consumer.delete(&member(&consumer)), 404, "itemNotFound");
    fault(&else_.delete(&member(&consumer)), 404, "itemNotFound");
    assert_eq!(producer.delete(&member(&consumer)).status, 204);
    fault(&producer.delete(&member(&consumer)), 404, "itemNotFound");
    for path in [format!("{API}/images/{id}"), members.clone(), format!("/v2/images/{id}"), format!("/v1/images/{id}")]
    {
        assert_eq!(consumer.get(&path).status, 404, "{path}");
    }
    // The image is private still, though one member is left; without any, too.
    assert_eq!(producer.get(&format!("{API}/images/{id}")).json()["visibility"], "private");
    assert_eq!(producer.delete(&format!("{members}/554433")).status, 204);
    assert_eq!(member_ids(&producer.get(&members).json()), Vec::<String>::new());
    assert_eq!(invite(&producer, &consumer.project_id).status, 200);
}

#[test]
fn images_that_are_there_for_everybody() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    let public = make(&admin, "public");
    let community = make(&alice, "community");
    for (owner, id) in [(&admin, &public), (&alice, &community)] {
        let members = format!("{API}/images/{id}/members");
        fault(&owner.post(&members, &json!({"member": bob.project_id})), 403, "forbidden");
        assert_eq!(member_ids(&owner.get(&members).json()), Vec::<String>::new());
        fault(&bob.post(&members, &json!({"member": "x"})), 404, "itemNotFound");
        fault(&bob.get(&members), 404, "itemNotFound");
    }
    // It is seen by everybody, and changed by nobody but its owner.
    assert_eq!(bob.get(&format!("{API}/images/{public}")).json()["visibility"], "public");
    fault(&bob.delete(&format!("{API}/images/{public}")), 403, "forbidden");
    fault(&bob.send("PUT", &format!("{API}/images/{public}/tags/x"), &[], b""), 403, "forbidden");
}

#[test]
fn there_is_no_quota_of_members() {
    let salon = Setup::config("[image]\nimage_member_quota = 3\n").start();
    let alice = salon.alice();
    let id = make(&alice, "private");
    let members = format!("{API}/images/{id}/members");
    for at in 0..300 {
        assert_eq!(alice.post(&members, &json!({"member": format!("{at:06}")})).status, 200);
    }
    let all = member_ids(&alice.get(&members).json());
    assert_eq!(all, (0..300).map(|at| format!("{at:06}")).collect::<Vec<_>>());
    // The Image API has its own.
    assert_eq!(alice.post(&format!("/v2/images/{id}/members"), &json!({"member": "x"})).status, 413);
}

/// Cloud Images, role-based access control.
#[test]
fn product_roles() {
    let salon = Salon::new();
    let admin = salon.admin();
    let people: Vec<(&str, User)> =
        ["cloudImages:observer", "cloudImages:creator", "cloudImages:admin", "observer", "identity:user-admin"]
            .into_iter()
            .map(|role| (role, somebody(&salon, &role.replace(':', "-"), "gamma", role)))
            .collect();
    let owner = somebody(&salon, "owner", "gamma", "member");
    let stranger = somebody(&salon, "stranger", "gamma", "unrelated");
    assert_eq!(stranger.get(&format!("{API}/images")).status, 403);
    let level = |role: &str| match role {
        "cloudImages:observer" | "observer" => 0,
        "cloudImages:creator" => 1,
        _ => 2,
    };
    for (role, user) in &people {
        let id = make(&owner, "private");
        let image = format!("{API}/images/{id}");
        let foreign = make(&salon.alice(), "private");
        let received = format!("{API}/images/{foreign}/members");
        assert_eq!(salon.alice().post(&received, &json!({"member": user.project_id})).status, 200);
        let media = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
        let patch = br#"[{"op": "add", "path": "/x", "value": "y"}]"#;
        let task = json!({"type": "import", "input": {"import_from": "c/o"}});
        let member = json!({"member": "554433"});
        for (least, success, answer) in [
            (0, 200, user.get(&format!("{API}/images"))),
            (0, 200, user.get(&image)),
            (0, 200, user.get(&format!("{image}/members"))),
            (0, 200, user.get(&format!("{API}/tasks"))),
            (0, 200, user.get(&format!("{API}/schemas/image"))),
            (0, 204, user.send("PUT", &format!("{image}/tags/t"), &[], b"")),
            (0, 204, user.send("DELETE", &format!("{image}/tags/t"), &[], b"")),
            (1, 200, user.post(&format!("{image}/members"), &member)),
            (2, 200, user.put(&format!("{received}/{}", user.project_id), &json!({"status": "accepted"}))),
            (2, 200, user.send("PATCH", &image, &media, patch)),
            (2, 201, user.post(&format!("{API}/tasks"), &task)),
        ] {
            let expected = if level(role) >= least { success } else { 403 };
            assert_eq!(answer.status, expected, "{role}: {answer:?}");
        }
        // There is something to remove, whoever put it there.
        owner.post(&format!("{image}/members"), &member);
        for (path, success) in [(format!("{image}/members/554433"), 204), (image, 204)] {
            assert_eq!(user.delete(&path).status, if level(role) == 2 { success } else { 403 }, "{role}");
        }
        // Roles of this product are nothing elsewhere.
        assert_eq!(user.get("/v2/images").status, 403, "{role}");
    }
    assert_eq!(admin.get(&format!("{API}/images")).status, 200);
}

/// What the three dialects say about one image and one member.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    /// The guest list for the owner: v1, v2 (empty where it has none to show), Cloud Images.
    lists: [Vec<String>; 3],
    /// Whether the member reaches the image: v1, v2, Cloud Images.
    reached: [bool; 3],
    /// The visibility: v1 `is_public`, v2, Cloud Images.
    visibility: [String; 3],
}

fn seen(owner: &User, member: &User, id: &str) -> Seen {
    let name = |whom: String| if whom == member.project_id { "bob".to_owned() } else { whom };
    let paths = [format!("/v1/images/{id}"), format!("/v2/images/{id}"), format!("{API}/images/{id}")];
    let lists = paths.clone().map(|path| {
        let answer = owner.get(&format!("{path}/members"));
        if answer.status == 403 {
            assert!(path.starts_with("/v2/"), "{path}: {answer:?}");
            return Vec::new();
        }
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let mut names: Vec<String> = member_ids(&answer.json()).into_iter().map(name).collect();
        names.sort();
        names
    });
    let reached = paths.clone().map(|path| match member.get(&path).status {
        200 => true,
        status => {
            assert_eq!(status, 404, "{path}");
            false
        }
    });
    let v1 = owner.send("HEAD", &paths[0], &[], b"");
    let shown = |path: &str| owner.get(path).json()["visibility"].as_str().unwrap().to_owned();
    let visibility = [v1.header("x-image-meta-is_public").unwrap().to_owned(), shown(&paths[1]), shown(&paths[2])];
    Seen { lists, reached, visibility }
}

/// Adds, or says why not.
fn add(owner: &User, dialect: &str, id: &str, member: &str) -> u16 {
    match dialect {
        "v1" => {
            owner.put(&format!("/v1/images/{id}/members/{member}"), &json!({"member": {"can_share": false}})).status
        }
        "v2" => owner.post(&format!("/v2/images/{id}/members"), &json!({"member": member})).status,
        _ => owner.post(&format!("{API}/images/{id}/members"), &json!({"member": member})).status,
    }
}

fn remove(owner: &User, dialect: &str, id: &str, member: &str) -> u16 {
    let api = match dialect {
        "v1" => "/v1",
        "v2" => "/v2",
        _ => API,
    };
    owner.delete(&format!("{api}/images/{id}/members/{member}")).status
}

const DIALECTS: [&str; 3] = ["v1", "v2", "rackspace"];

/// Every operation on a guest list through every dialect that has it, seen through all three.
#[test]
fn one_list_in_three_dialects() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    let guest = bob.project_id.as_str();
    let text = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let everywhere = |names: &[&str], visibility: &str| Seen {
        lists: [text(names), text(names), text(names)],
        reached: [names.contains(&"bob"); 3],
        visibility: ["False".to_owned(), visibility.to_owned(), "private".to_owned()],
    };
    // Nobody reaches a private image; v2 shows no list for it, the others show what waits there.
    let dormant = |names: &[&str]| Seen {
        lists: [text(names), Vec::new(), text(names)],
        reached: [false; 3],
        visibility: ["False".to_owned(), "private".to_owned(), "private".to_owned()],
    };
    for adder in DIALECTS {
        for remover in DIALECTS {
            // On a shared image all dialects do the same.
            let id = make(&alice, "shared");
            assert_eq!(seen(&alice, &bob, &id), everywhere(&[], "shared"));
            let added = add(&alice, adder, &id, guest);
            assert_eq!(added, if adder == "v1" { 204 } else { 200 });
            assert_eq!(seen(&alice, &bob, &id), everywhere(&["bob"], "shared"), "added by {adder}");
            for (again, status) in [("v1", 204), ("v2", 409), ("rackspace", 409)] {
                assert_eq!(add(&alice, again, &id, guest), status, "{adder}, then {again}");
            }
            for answerer in ["/v2", API] {
                for status in ["accepted", "rejected"] {
                    let own = format!("/images/{id}/members/{guest}");
                    assert_eq!(bob.put(&format!("{answerer}{own}"), &json!({"status": status})).status, 200);
                    for looker in ["/v2", API] {
                        assert_eq!(alice.get(&format!("{looker}{own}")).json()["status"], status);
                        assert_eq!(bob.get(&format!("{looker}{own}")).json()["status"], status);
                    }
                    assert_eq!(alice.get(&format!("/v1{own}")).status, 200);
                    assert_eq!(seen(&alice, &bob, &id), everywhere(&["bob"], "shared"));
                }
            }
            assert_eq!(remove(&alice, remover, &id, guest), 204);
            assert_eq!(seen(&alice, &bob, &id), everywhere(&[], "shared"), "{adder}, removed by {remover}");
            for again in DIALECTS {
                assert_eq!(remove(&alice, again, &id, guest), 404, "{again}");
            }
        }
    }
    // On a private image, v1 writes down what waits, v2 refuses, Cloud Images shares.
    for (adder, status) in [("v1", 204), ("v2", 403), ("rackspace", 200)] {
        let id = make(&alice, "private");
        assert_eq!(add(&alice, adder, &id, guest), status);
        let expected = match adder {
            "v1" => dormant(&["bob"]),
            "v2" => dormant(&[]),
            _ => everywhere(&["bob"], "shared"),
        };
        assert_eq!(seen(&alice, &bob, &id), expected, "{adder}");
    }
    // What waits is woken by sharing, with the same member or with another one.
    for (next, names) in [(guest, &["bob"][..]), ("554433", &["554433", "bob"])] {
        let id = make(&alice, "private");
        assert_eq!(add(&alice, "v1", &id, guest), 204);
        assert_eq!(add(&alice, "rackspace", &id, next), 200);
        assert_eq!(seen(&alice, &bob, &id), everywhere(names, "shared"));
    }
    // What waits can be removed before, and replaced by v1 at any time.
    let id = make(&alice, "private");
    assert_eq!(add(&alice, "v1", &id, guest), 204);
    assert_eq!(remove(&alice, "rackspace", &id, guest), 204);
    assert_eq!(seen(&alice, &bob, &id), dormant(&[]));
    let replace = |names: &[&str]| {
        let list: Vec<Value> = names.iter().map(|name| json!({"member_id": name})).collect();
        assert_eq!(alice.put(&format!("/v1/images/{id}/members"), &json!({"memberships": list})).status, 204);
    };
    replace(&[guest, "554433"]);
    assert_eq!(seen(&alice, &bob, &id), dormant(&["554433", "bob"]));
    assert_eq!(add(&alice, "rackspace", &id, "123456"), 200);
    assert_eq!(seen(&alice, &bob, &id), everywhere(&["123456", "554433", "bob"], "shared"));
    replace(&[]);
    assert_eq!(seen(&alice, &bob, &id), everywhere(&[], "shared"));
    // The owner takes it back with v2, and shares it anew with Cloud Images.
    assert_eq!(add(&alice, "rackspace", &id, guest), 200);
    assert_eq!(set_visibility(&alice, &id, "private"), 200);
    assert_eq!(seen(&alice, &bob, &id), dormant(&["bob"]));
    fault(&bob.put(&format!("{API}/images/{id}/members/{guest}"), &json!({"status": "accepted"})), 404, "itemNotFound");
    assert_eq!(add(&alice, "rackspace", &id, guest), 200);
    assert_eq!(seen(&alice, &bob, &id), everywhere(&["bob"], "shared"));
    // Deleting the image is the end of it for all.
    assert_eq!(alice.delete(&format!("{API}/images/{id}")).status, 204);
    for user in [&alice, &bob] {
        for api in ["/v1", "/v2", API] {
            assert_eq!(user.get(&format!("{api}/images/{id}/members")).status, 404);
        }
    }
    assert_eq!(add(&alice, "rackspace", NOWHERE, guest), 404);
}

#[test]
fn v1_members_that_share_are_nothing_special() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    let id = make(&alice, "shared");
    let own = format!("/v1/images/{id}/members/{}", bob.project_id);
    assert_eq!(alice.put(&own, &json!({"member": {"can_share": true}})).status, 204);
    // In v1 it may share further; here it is a consumer.
    fault(&bob.post(&format!("{API}/images/{id}/members"), &json!({"member": "x"})), 404, "itemNotFound");
    assert_eq!(bob.put(&format!("/v1/images/{id}/members/x"), &json!({"member": {}})).status, 204);
    assert_eq!(member_ids(&bob.get(&format!("{API}/images/{id}/members")).json()), [bob.project_id.as_str()]);
}

const ROUNDS: usize = 10;

fn names(user: &User, id: &str) -> BTreeSet<String> {
    let found = member_ids(&user.get(&format!("{API}/images/{id}/members")).json());
    let names: BTreeSet<String> = found.iter().cloned().collect();
    assert_eq!(names.len(), found.len(), "a name twice: {found:?}");
    names
}

on_every_database! {
    /// v1 puts whole lists while v2 and Cloud Images add and remove others. What is there in the end is a list that some
    /// order of the acknowledged steps gives.
    fn whole_lists_against_single_steps(database) {
        let salon = Setup::on(database).start();
        let alice = salon.alice();
        for _ in 0..ROUNDS {
            let id = make(&alice, "shared");
            let put = |names: &[&str]| {
                let list: Vec<Value> = names.iter().map(|name| json!({"member_id": name})).collect();
                let answer = alice.put(&format!("/v1/images/{id}/members"), &json!({"memberships": list}));
                assert_eq!(answer.status, 204, "{answer:?}");
            };
            let (y, z, gone) = thread::scope(|scope| {
                let first = scope.spawn(|| put(&["a", "b"]));
                let second = scope.spawn(|| put(&["c", "d"]));
                let y = scope.spawn(|| add(&alice, "v2", &id, "y"));
                let z = scope.spawn(|| add(&alice, "rackspace", &id, "z"));
                let gone = scope.spawn(|| remove(&alice, "rackspace", &id, "y"));
                first.join().unwrap();
                second.join().unwrap();
                (y.join().unwrap(), z.join().unwrap(), gone.join().unwrap())
            });
            assert_eq!((y, z), (200, 200));
            assert!(matches!(gone, 204 | 404), "{gone}");
            let mut left = names(&alice, &id);
            left.remove("z");
            // A removal that was acknowledged is no more there, unless y was never removed because it came later.
            assert!(!(left.remove("y") && gone == 204), "y is back");
            let whole = [BTreeSet::from(["a", "b"].map(str::to_owned)), BTreeSet::from(["c", "d"].map(str::to_owned))];
            assert!(whole.contains(&left), "{left:?}");
            assert_eq!(names(&alice, &id), member_ids(&alice.get(&format!("/v2/images/{id}/members")).json()).into_iter().collect());
        }
    }

    /// The first members of a private image, all at once: each is there once, and the image is shared.
    fn first_members(database) {
        let salon = Setup::on(database).start();
        let alice = salon.alice();
        for _ in 0..ROUNDS {
            let id = make(&alice, "private");
            let statuses: Vec<u16> = thread::scope(|scope| {
                let tasks: Vec<_> = (0..8)
                    .map(|at| {
                        let (alice, id) = (&alice, &id);
                        scope.spawn(move || add(alice, "rackspace", id, if at % 2 == 0 { "same" } else { "x" }))
                    })
                    .collect();
                tasks.into_iter().map(|task| task.join().unwrap()).collect()
            });
            for first in [0, 1] {
                let own: Vec<u16> = statuses.iter().skip(first).step_by(2).copied().collect();
                assert_eq!(own.iter().filter(|status| **status == 200).count(), 1, "{own:?}");
                assert!(own.iter().all(|status| matches!(status, 200 | 409)), "{own:?}");
            }
            assert_eq!(names(&alice, &id), BTreeSet::from(["same", "x"].map(str::to_owned)));
            assert_eq!(alice.get(&format!("/v2/images/{id}")).json()["visibility"], "shared");
        }
    }

    /// Sharing and taking back at the same time: whatever the order, the member reaches the image exactly when it is
    /// shared; and what is removed is removed for all.
    fn sharing_against_taking_back(database) {
        let salon = Setup::on(database).start();
        let (alice, bob) = (salon.alice(), salon.bob());
        for round in 0..ROUNDS {
            let id = make(&alice, "private");
            let statuses = thread::scope(|scope| {
                let shared = scope.spawn(|| add(&alice, "rackspace", &id, &bob.project_id));
                let taken = scope.spawn(|| set_visibility(&alice, &id, "private"));
                let noted = scope.spawn(|| add(&alice, "v1", &id, "v1-member"));
                [shared.join().unwrap(), taken.join().unwrap(), noted.join().unwrap()]
            });
            assert_eq!(statuses, [200, 200, 204], "round {round}");
            let found = seen(&alice, &bob, &id);
            let shared = found.visibility[1] == "shared";
            assert_eq!(found.reached, [shared; 3], "{found:?}");
            assert_eq!(found.lists[2], ["bob", "v1-member"]);
            let gone = thread::scope(|scope| {
                let removals: Vec<_> =
                    ["v1", "rackspace"].map(|dialect| {
                        let (alice, bob, id) = (&alice, &bob, &id);
                        scope.spawn(move || remove(alice, dialect, id, &bob.project_id))
                    }).into_iter().collect();
                let mut gone: Vec<u16> = removals.into_iter().map(|removal| removal.join().unwrap()).collect();
                gone.sort_unstable();
                gone
            });
            assert_eq!(gone, [204, 404]);
            assert_eq!(seen(&alice, &bob, &id).reached, [false; 3]);
        }
    }
}

/// While the database is away every request is answered 503 under the name of the fault, and served again afterwards.
#[test]
fn without_the_database() {
    let outage = Outage::before(Database::Postgres);
    let salon = Setup::config(&format!("[database]\nconnection = {:?}\npool_timeout = 2\n", outage.url())).start();
    let alice = salon.alice();
    let id = make(&alice, "private");
    let image = format!("{API}/images/{id}");
    outage.set(Line::Cut);
    for answer in [
        alice.get(&format!("{API}/images")),
        alice.get(&image),
        alice.get(&format!("{image}/members")),
        alice.post(&format!("{image}/members"), &json!({"member": "x"})),
        alice.delete(&image),
        alice.get(&format!("{API}/tasks")),
    ] {
        fault(&answer, 503, "serviceUnavailable");
        assert!(answer.header("retry-after").is_some());
        assert!(!answer.text().contains("postgres"), "{answer:?}");
    }
    // The other dialects of images say so in their own words.
    for path in ["/v1/images/detail", "/v2/images", &format!("/v1/images/{id}/members"), &format!("/v2/images/{id}")] {
        let answer = alice.get(path);
        assert_eq!(answer.status, 503, "{path}: {answer:?}");
        assert!(answer.header("retry-after").is_some());
        assert!(!answer.text().contains("postgres"), "{answer:?}");
    }
    outage.set(Line::Open);
    let begun = std::time::Instant::now();
    while alice.get(&image).status == 503 {
        assert!(begun.elapsed() < common::PATIENCE);
        thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(member_ids(&alice.get(&format!("{image}/members")).json()), Vec::<String>::new());
}
