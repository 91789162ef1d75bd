//! The Image API v1, guest lists: as the reference has them, as the published page has them, and beside v2.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[allow(dead_code, reason = "this file uses a part of it")]
#[path = "image_v2/people.rs"]
mod people;

use common::{Salon, Setup, User};
use people::People;
use serde_json::{Value, json};

/// Creates an image in v2 with a visibility and answers its id.
fn image(owner: &User, visibility: &str) -> String {
    let made = owner.post("/v2/images", &json!({"name": "shared", "visibility": visibility}));
    assert_eq!(made.status, 201, "{made:?}");
    made.json()["id"].as_str().unwrap().to_owned()
}

fn members(id: &str) -> String {
    format!("/v1/images/{id}/members")
}

fn member(id: &str, member: &str) -> String {
    format!("/v1/images/{id}/members/{member}")
}

/// The guest list as v1 shows it: `name` or `name+` for one that may share.
fn list(user: &User, id: &str) -> Vec<String> {
    let answer = user.get(&members(id));
    assert_eq!(answer.status, 200, "{answer:?}");
    let shown = |member: &Value| {
        let more = if member["can_share"] == true { "+" } else { "" };
        format!("{}{more}", member["member_id"].as_str().unwrap())
    };
    answer.json()["members"].as_array().unwrap().iter().map(shown).collect()
}

/// The guest list as v2 shows it: `name:status`.
fn list_v2(user: &User, id: &str) -> Vec<String> {
    let answer = user.get(&format!("/v2/images/{id}/members"));
    assert_eq!(answer.status, 200, "{answer:?}");
    let shown =
        |member: &Value| format!("{}:{}", member["member_id"].as_str().unwrap(), member["status"].as_str().unwrap());
    answer.json()["members"].as_array().unwrap().iter().map(shown).collect()
}

fn add(user: &User, id: &str, who: &str, can_share: Option<bool>) -> u16 {
    let body = match can_share {
        Some(can_share) => json!({"member": {"can_share": can_share}}).to_string(),
        None => String::new(),
    };
    user.send("PUT", &member(id, who), &[], body.as_bytes()).status
}

/// openstack-v1-remove-member.rst, literally.
#[test]
fn the_published_page_of_remove_member() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = image(&alice, "shared");
    assert_eq!(add(&alice, &id, "5dbbc8ed", None), 204);
    // DELETE /v1/images/{image_id}/members/{owner_id}
    let answer = alice.delete(&format!("/v1/images/{id}/members/5dbbc8ed"));
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(list(&alice, &id), Vec::<String>::new());
    // The page lists member_id as a parameter of the body: no body is read.
    assert_eq!(add(&alice, &id, "5dbbc8ed", None), 204);
    let body = json!({"member_id": "another"}).to_string();
    assert_eq!(alice.send("DELETE", &member(&id, "5dbbc8ed"), &[], body.as_bytes()).status, 204);
    assert_eq!(alice.delete(&member(&id, "5dbbc8ed")).status, 404);
    // Whoever was removed is out.
    let bob = salon.bob();
    assert_eq!(add(&alice, &id, &bob.project_id, None), 204);
    assert_eq!(bob.send("HEAD", &format!("/v1/images/{id}"), &[], b"").status, 200);
    assert_eq!(alice.delete(&member(&id, &bob.project_id)).status, 204);
    assert_eq!(bob.send("HEAD", &format!("/v1/images/{id}"), &[], b"").status, 404);
}

/// glance/registry/api/v1/members.py `update`; §9.2.
#[test]
fn add_or_change_one() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = image(&alice, "shared");
    assert_eq!(add(&alice, &id, "t", None), 204);
    assert_eq!(list(&alice, &id), ["t"]);
    assert_eq!(add(&alice, &id, "t", Some(true)), 204);
    assert_eq!(list(&alice, &id), ["t+"]);
    assert_eq!(add(&alice, &id, "t", None), 204);
    assert_eq!(list(&alice, &id), ["t+"]);
    assert_eq!(add(&alice, &id, "t", Some(false)), 204);
    assert_eq!(list(&alice, &id), ["t"]);
    // A member that was removed comes back, as a new one.
    assert_eq!(alice.delete(&member(&id, "t")).status, 204);
    assert_eq!(add(&alice, &id, "t", None), 204);
    assert_eq!(list_v2(&alice, &id), ["t:pending"]);
    let one = alice.get(&member(&id, "t"));
    assert_eq!((one.status, one.json()), (200, json!({"member": {"member_id": "t", "can_share": false}})));
    assert_eq!(alice.get(&member(&id, "u")).status, 404);
    for (body, status) in [
        ("{", 400),
        ("[]", 400),
        ("{}", 204),
        ("{\"member\": []}", 400),
        ("{\"member\": {\"can_share\": \"false\"}}", 204),
        ("{\"member\": {\"can_share\": \"maybe\"}}", 400),
    ] {
        assert_eq!(alice.send("PUT", &member(&id, "t"), &[], body.as_bytes()).status, status, "{body}");
        assert_eq!(list(&alice, &id), ["t"], "{body}");
    }
    let long = "x".repeat(256);
    assert_eq!(add(&alice, &id, &long, None), 404);
    assert_eq!(add(&alice, &id, &long[1..], None), 204);
    assert_eq!(add(&alice, "00000000-0000-4000-8000-000000000000", "t", None), 404);
}

/// glance/registry/api/v1/members.py `update_all`; §9.3.
#[test]
fn replace_all() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = image(&alice, "shared");
    let replace = |body: &str| alice.send("PUT", &members(&id), &[], body.as_bytes()).status;
    assert_eq!(replace(r#"{"memberships": [{"member_id": "a", "can_share": true}, {"member_id": "b"}]}"#), 204);
    assert_eq!(list(&alice, &id), ["a+", "b"]);
    // Left out: a known one keeps what it may, a new one may not share.
    assert_eq!(replace(r#"{"memberships": [{"member_id": "a"}, {"member_id": "c"}]}"#), 204);
    assert_eq!(list(&alice, &id), ["a+", "c"]);
    assert_eq!(replace(r#"{"memberships": [{"member_id": "a", "can_share": false}]}"#), 204);
    assert_eq!(list(&alice, &id), ["a"]);
    for refused in ["", "{", "{}", "null", r#"{"memberships": [{}]}"#, r#"{"memberships": {}}"#, r#"["a"]"#] {
        assert_eq!(replace(refused), 400, "{refused}");
        assert_eq!(list(&alice, &id), ["a"], "{refused}");
    }
    // The key of the published sample, a bare list, and one membership without a list.
    assert_eq!(replace(r#"{"members": [{"member_id": "d"}]}"#), 204);
    assert_eq!(list(&alice, &id), ["d"]);
    assert_eq!(replace(r#"[{"member_id": "e"}]"#), 204);
    assert_eq!(list(&alice, &id), ["e"]);
    assert_eq!(replace(r#"{"member_id": "f"}"#), 204);
    assert_eq!(list(&alice, &id), ["f"]);
    assert_eq!(replace(r#"{"memberships": []}"#), 204);
    assert_eq!(list(&alice, &id), Vec::<String>::new());
}

/// A quota counts the rows there will be, for everybody.
#[test]
fn quota() {
    let salon = Setup::config("[image]\nimage_member_quota = 2\n").start();
    let (alice, bob) = (salon.alice(), salon.bob());
    let id = image(&alice, "shared");
    assert_eq!(add(&alice, &id, &bob.project_id, Some(true)), 204);
    assert_eq!(add(&bob, &id, "t", None), 204);
    // At the limit: no more rows, by whoever; but those that are there can be changed.
    assert_eq!(add(&alice, &id, "u", None), 413);
    assert_eq!(add(&bob, &id, "u", None), 413);
    assert_eq!(add(&alice, &id, "t", Some(true)), 204);
    let three = json!({"memberships": [{"member_id": "a"}, {"member_id": "b"}, {"member_id": "c"}]});
    assert_eq!(alice.put(&members(&id), &three).status, 413);
    assert_eq!(
        bob.put(&members(&id), &json!({"memberships": [{"member_id": bob.project_id}, {"member_id": "c"}]})).status,
        413
    );
    let mut now = list(&alice, &id);
    now.sort();
    let mut expected = vec![format!("{}+", bob.project_id), "t+".to_owned()];
    expected.sort();
    assert_eq!(now, expected);
}

/// glance/api/authorization.py and glance/registry; §8, every cell.
#[test]
fn who_may_share() {
    let salon = Salon::new();
    let People { stranger, accepted: plain, pending: sharer, owner, admin, reader, .. } = People::of(&salon);
    let id = image(&owner, "shared");
    let public = image(&admin, "private");
    assert_eq!(
        admin.send("PUT", &format!("/v1/images/{public}"), &[("x-image-meta-is_public", "True")], b"").status,
        200
    );
    let everybody = [format!("{}+", sharer.project_id), plain.project_id.clone(), "z".to_owned()];
    let reset = || {
        let all = json!({"memberships": [
            {"member_id": sharer.project_id, "can_share": true}, {"member_id": plain.project_id, "can_share": false}, {"member_id": "z", "can_share": false}
        ]});
        assert_eq!(owner.put(&members(&id), &all).status, 204);
    };
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let all = || sorted(list(&owner, &id));
    let everybody = sorted(everybody.to_vec());
    reset();
    assert_eq!(all(), everybody);
    assert_eq!(sorted(list(&admin, &id)), everybody);

    // GET members: all rows, or the own row, or none.
    assert_eq!(list(&sharer, &id), [format!("{}+", sharer.project_id)]);
    assert_eq!(list(&plain, &id), std::slice::from_ref(&plain.project_id));
    assert_eq!(list(&stranger, &public), Vec::<String>::new());
    assert_eq!(stranger.get(&members(&id)).status, 404);
    assert_eq!(sharer.get(&member(&id, "z")).status, 404);
    assert_eq!(sharer.get(&member(&id, &sharer.project_id)).status, 200);

    // PUT one: owner, administrators and sharers; for everybody else the image is not there.
    for (user, image, status) in [
        (&owner, &id, 204),
        (&admin, &id, 204),
        (&sharer, &id, 204),
        (&plain, &id, 404),
        (&stranger, &id, 404),
        (&stranger, &public, 404),
    ] {
        assert_eq!(add(user, image, "new", Some(true)), status, "{}", user.name);
        assert_eq!(all().contains(&"new+".to_owned()), status == 204, "{}", user.name);
        reset();
    }
    // An existing other one: never a second row; a sharer widens what a row says and does not narrow it.
    assert_eq!(add(&sharer, &id, &plain.project_id, Some(true)), 204);
    assert!(all().contains(&format!("{}+", plain.project_id)));
    assert_eq!(add(&sharer, &id, &plain.project_id, Some(false)), 204);
    assert!(all().contains(&format!("{}+", plain.project_id)));
    assert_eq!(all().len(), 3);
    // The right is recursive.
    assert_eq!(add(&plain, &id, "by-plain", None), 204);
    reset();

    // DELETE: another one only by owner and administrators; a sharer can leave, a plain member cannot.
    assert_eq!(sharer.delete(&member(&id, "z")).status, 404);
    assert_eq!(plain.delete(&member(&id, "z")).status, 404);
    assert_eq!(stranger.delete(&member(&id, "z")).status, 404);
    assert_eq!(plain.delete(&member(&id, &plain.project_id)).status, 404);
    assert_eq!(all(), everybody);
    assert_eq!(sharer.delete(&member(&id, &sharer.project_id)).status, 204);
    assert_eq!(sharer.get(&members(&id)).status, 404);
    assert_eq!(add(&sharer, &id, "w", None), 404);
    assert_eq!(admin.delete(&member(&id, "z")).status, 204);
    assert_eq!(all(), std::slice::from_ref(&plain.project_id));
    reset();

    // PUT list: a sharer replaces what it sees, which is its own row, and adds who is named.
    let named = json!({"memberships": [{"member_id": "x"}, {"member_id": sharer.project_id}]});
    assert_eq!(plain.put(&members(&id), &named).status, 404);
    assert_eq!(stranger.put(&members(&id), &named).status, 404);
    assert_eq!(stranger.put(&members(&public), &named).status, 404);
    assert_eq!(sharer.put(&members(&id), &named).status, 204);
    assert_eq!(all(), sorted([everybody.clone(), vec!["x".to_owned()]].concat()));
    assert_eq!(sharer.put(&members(&id), &json!({"memberships": []})).status, 204);
    assert_eq!(all(), sorted(vec![plain.project_id.clone(), "z".to_owned(), "x".to_owned()]));
    // The right went with the row.
    assert_eq!(sharer.put(&members(&id), &named).status, 404);
    // Roles are the policy's: a reader of the owner's project looks but does not share.
    assert_eq!(reader.get(&members(&id)).status, 200);
    assert_eq!(add(&reader, &id, "r", None), 403);
    assert_eq!(reader.delete(&member(&id, "x")).status, 403);
    assert_eq!(reader.put(&members(&id), &named).status, 403);
}

/// glance/registry/api/v1/members.py `index_shared_images`; §9.5.
#[test]
fn shared_images() {
    let salon = Salon::new();
    let People { stranger, owner, admin, pending: bob, .. } = People::of(&salon);
    let shared = image(&owner, "shared");
    let others = image(&stranger, "shared");
    let dormant = image(&owner, "private");
    for (user, id) in [(&owner, &shared), (&stranger, &others), (&owner, &dormant)] {
        assert_eq!(add(user, id, &bob.project_id, Some(id == &shared)), 204);
    }
    let of = |user: &User, tenant: &str| {
        let answer = user.get(&format!("/v1/shared-images/{tenant}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let images = answer.json()["shared_images"].as_array().unwrap().clone();
        let mut ids: Vec<String> = images
            .iter()
            .map(|image| {
                assert_eq!(image["can_share"], image["image_id"] == *shared);
                image["image_id"].as_str().unwrap().to_owned()
            })
            .collect();
        ids.sort();
        ids
    };
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(of(&bob, &bob.project_id), sorted(&[&shared, &others]));
    assert_eq!(of(&owner, &bob.project_id), sorted(&[&shared, &dormant]));
    assert_eq!(of(&stranger, &bob.project_id), sorted(&[&others]));
    assert_eq!(of(&admin, &bob.project_id), sorted(&[&shared, &others, &dormant]));
    assert_eq!(of(&bob, &owner.project_id), Vec::<String>::new());
    assert_eq!(of(&bob, "nobody-knows"), Vec::<String>::new());
    assert_eq!(owner.delete(&member(&shared, &bob.project_id)).status, 204);
    assert_eq!(of(&bob, &bob.project_id), sorted(&[&others]));
}

/// §11: every operation on guest lists through v1 and through v2, seen through both.
#[test]
fn one_list_through_both_dialects() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    let id = image(&alice, "shared");
    let b = bob.project_id.clone();
    let v2 = format!("/v2/images/{id}/members");
    let respond = |status: &str| bob.put(&format!("{v2}/{b}"), &json!({"status": status})).status;
    // What the member finds by id, in v1's list, and in v2's default list.
    let finds = || {
        let by_id = [format!("/v2/images/{id}")].iter().all(|path| bob.get(path).status == 200)
            && bob.send("HEAD", &format!("/v1/images/{id}"), &[], b"").status == 200;
        let listed = |path: &str| bob.get(path).text().contains(&id);
        (by_id, listed("/v1/images"), listed("/v2/images"))
    };
    type Step<'a> = (&'a str, Box<dyn Fn() -> u16 + 'a>, u16, String, String, (bool, bool, bool));
    let out = (false, false, false);
    let (dormant, in_v1, in_both) = ((false, false, false), (true, true, false), (true, true, true));
    let none = String::new;
    let v1_row = |plus: &str| format!("{b}{plus}");
    let v2_row = |status: &str| format!("{b}:{status}");
    let steps: Vec<Step<'_>> = vec![
        ("v1 add", Box::new(|| add(&alice, &id, &b, None)), 204, v1_row(""), v2_row("pending"), in_v1),
        ("v1 add again", Box::new(|| add(&alice, &id, &b, None)), 204, v1_row(""), v2_row("pending"), in_v1),
        (
            "v2 add again",
            Box::new(|| alice.post(&v2, &json!({"member": b})).status),
            409,
            v1_row(""),
            v2_row("pending"),
            in_v1,
        ),
        ("v2 accept", Box::new(|| respond("accepted")), 200, v1_row(""), v2_row("accepted"), in_both),
        ("v1 can_share", Box::new(|| add(&alice, &id, &b, Some(true))), 204, v1_row("+"), v2_row("accepted"), in_both),
        ("v2 reject", Box::new(|| respond("rejected")), 200, v1_row("+"), v2_row("rejected"), in_v1),
        (
            "v1 replace keeps the answer",
            Box::new(|| alice.put(&members(&id), &json!({"memberships": [{"member_id": b}]})).status),
            204,
            v1_row("+"),
            v2_row("rejected"),
            in_v1,
        ),
        ("v1 delete", Box::new(|| alice.delete(&member(&id, &b)).status), 204, none(), none(), out),
        ("v2 delete of none", Box::new(|| alice.delete(&format!("{v2}/{b}")).status), 404, none(), none(), out),
        (
            "v2 add",
            Box::new(|| alice.post(&v2, &json!({"member": b})).status),
            200,
            v1_row(""),
            v2_row("pending"),
            in_v1,
        ),
        (
            "v1 can_share on it",
            Box::new(|| add(&alice, &id, &b, Some(true))),
            204,
            v1_row("+"),
            v2_row("pending"),
            in_v1,
        ),
        ("v2 delete", Box::new(|| alice.delete(&format!("{v2}/{b}")).status), 204, none(), none(), out),
        ("v1 delete of none", Box::new(|| alice.delete(&member(&id, &b)).status), 404, none(), none(), out),
        (
            "v1 replace adds",
            Box::new(|| {
                alice.put(&members(&id), &json!({"memberships": [{"member_id": b, "can_share": true}]})).status
            }),
            204,
            v1_row("+"),
            v2_row("pending"),
            in_v1,
        ),
        (
            "v1 replace removes",
            Box::new(|| alice.put(&members(&id), &json!({"memberships": []})).status),
            204,
            none(),
            none(),
            dormant,
        ),
    ];
    for (step, run, status, v1_list, v2_list, found) in steps {
        assert_eq!(run(), status, "{step}");
        assert_eq!(list(&alice, &id).join(" "), v1_list, "{step}");
        assert_eq!(list_v2(&alice, &id).join(" "), v2_list, "{step}");
        assert_eq!(finds(), found, "{step}");
    }
}

/// §11: members of images that are not shared lie dormant, and v2 goes on refusing them.
#[test]
fn members_of_images_that_are_not_shared() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    for visibility in ["private", "community"] {
        let id = image(&alice, visibility);
        assert_eq!(add(&alice, &id, &bob.project_id, Some(true)), 204);
        assert_eq!(list(&alice, &id), [format!("{}+", bob.project_id)]);
        assert_eq!(alice.get(&format!("/v2/images/{id}/members")).status, 403);
        let seen = bob.send("HEAD", &format!("/v1/images/{id}"), &[], b"").status;
        assert_eq!(seen, if visibility == "private" { 404 } else { 200 });
        assert_eq!(add(&bob, &id, "x", None), if visibility == "private" { 404 } else { 204 });
        let media = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
        let patch = br#"[{"op": "replace", "path": "/visibility", "value": "shared"}]"#;
        assert_eq!(alice.send("PATCH", &format!("/v2/images/{id}"), &media, patch).status, 200);
        assert_eq!(bob.send("HEAD", &format!("/v1/images/{id}"), &[], b"").status, 200);
    }
}
