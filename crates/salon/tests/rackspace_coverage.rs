//! Every route of Cloud Images as everybody, and nothing that tells a hidden image from an absent one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "image_v2/people.rs"]
mod people;

use std::collections::BTreeSet;

use common::{Salon, User, http::Answer};
use people::People;
use salon_http::rackspace::{Operation, ROUTES};
use serde_json::json;

/// Whoever does not own an image writes nothing to its guest list and cannot tell that it has one; roles are the
/// policy's, so a reader of the owner's project reads that it is forbidden.
fn expected(operation: Operation, caller: &str) -> u16 {
    use Operation::*;
    if caller == "nobody" {
        return 401;
    }
    let guest = matches!(caller, "pending" | "accepted" | "rejected");
    match operation {
        ListImages | ShowImageSchema | ShowImagesSchema | ShowMemberSchema | ShowMembersSchema | ShowTaskSchema
        | ShowTasksSchema | ShowLimits | ListTasks => 200,
        CreateTask if caller == "reader" => 403,
        CreateTask => 201,
        // Of nobody's project.
        ShowTask => 404,
        ShowContainer => 404,
        ShowImage | ListMembers if caller == "stranger" => 404,
        ShowImage | ListMembers => 200,
        PatchImage | DeleteImage | AddTag | RemoveTag => match caller {
            "owner" | "admin" if operation == PatchImage => 200,
            "owner" | "admin" => 204,
            "stranger" => 404,
            // They see it.
            _ => 403,
        },
        CreateMember | DeleteMember => match caller {
            "owner" | "admin" if operation == CreateMember => 200,
            "owner" | "admin" => 204,
            "reader" => 403,
            _ => 404,
        },
        // Of the row of the pending member.
        ShowMember if guest && caller != "pending" => 404,
        UpdateMember if guest && caller != "pending" => 404,
        ShowMember | UpdateMember if caller == "stranger" => 404,
        ShowMember => 200,
        UpdateMember if matches!(caller, "owner" | "reader") => 403,
        UpdateMember => 200,
    }
}

fn send(caller: &User, operation: Operation, method: &str, path: &str) -> Answer {
    let json = |body: serde_json::Value| {
        caller.send(method, path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    };
    match operation {
        Operation::CreateMember => json(json!({"member": "invited"})),
        Operation::UpdateMember => json(json!({"status": "pending"})),
        Operation::CreateTask => json(json!({"type": "import", "input": {"import_from": "c/o"}})),
        Operation::PatchImage => {
            let media = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
            caller.send(method, path, &media, br#"[{"op": "add", "path": "/note", "value": "x"}]"#)
        }
        _ => caller.send(method, path, &[], b""),
    }
}

fn path_of(template: &str, image: &str, member: &str, caller: &User) -> String {
    let account = format!("/v1/MossoCloudFS_{}", caller.project_id);
    let path = template
        .replace("/v1/containers", &account)
        .replace("{container}", "c")
        .replace("{task_id}", "00000000-0000-4000-8000-000000000000")
        .replace("{image_id}", image)
        .replace("{tag}", "tagged")
        .replace("{member_id}", member);
    format!("/rackspace{path}")
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[test]
fn every_route_as_everybody() {
    let salon = Salon::new();
    let people = People::of(&salon);
    let mut tried = BTreeSet::new();
    let mut wrong = Vec::new();
    for route in ROUTES {
        for (method, operation) in route.methods {
            for (name, caller) in people.all() {
                let image = people.owner.image_with("covered", b"0123456789");
                assert_eq!(people.owner.send("PUT", &format!("{image}/tags/tagged"), &[], b"").status, 204);
                people.share(&image);
                let path = path_of(route.template, id(&image), &people.pending.project_id, caller);
                let answer = send(caller, *operation, method.as_str(), &path);
                let wanted = expected(*operation, name);
                if answer.status != wanted {
                    wrong.push(format!("{} as {name}: {answer:?} in place of {wanted}", operation.name()));
                }
                assert!(answer.header("x-openstack-request-id").is_some());
                tried.insert(operation.name());
                if answer.status >= 400 {
                    // Whatever was refused changed nothing.
                    let shown = people.owner.get(&image).json();
                    assert_eq!((&shown["name"], &shown["tags"]), (&json!("covered"), &json!(["tagged"])));
                    assert_eq!(shown.get("note"), None);
                    let members = people.owner.get(&format!("{image}/members")).json();
                    let statuses: BTreeSet<&str> = members["members"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .filter_map(|row| row["status"].as_str())
                        .collect();
                    assert_eq!(statuses.into_iter().collect::<Vec<_>>(), ["accepted", "pending", "rejected"]);
                }
                let _ = people.admin.delete(&image);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(tried.len(), Operation::ALL.len());
}

#[test]
fn t_a4_hidden_and_absent_are_alike() {
    let salon = Salon::new();
    let people = People::of(&salon);
    let private = people.owner.image_with("private", b"x");
    let shared = people.owner.image_with("shared with others", b"x");
    people.share(&shared);
    let community = people.owner.post("/v2/images", &json!({"name": "c", "visibility": "community"})).json();
    let community = community["self"].as_str().unwrap().to_owned();
    let absent = "/v2/images/00000000-0000-4000-8000-000000000000";
    let told = |answer: Answer, image: &str| answer.words(&[id(image)]);
    for route in ROUTES.iter().filter(|route| route.template.contains("{image_id}")) {
        for (method, operation) in route.methods {
            let tell = |image: &str| {
                let path = path_of(route.template, id(image), &people.accepted.project_id, &people.stranger);
                told(send(&people.stranger, *operation, method.as_str(), &path), image)
            };
            let wanted = tell(absent);
            assert_eq!(wanted.0, 404);
            for image in [&private, &shared, &community] {
                assert_eq!(tell(image), wanted, "{}", operation.name());
            }
            // Requests that are wrong in themselves tell nothing either.
            for body in [&b"{\"wrong\": 1}"[..], b"x"] {
                let tell = |image: &str| {
                    let path = path_of(route.template, id(image), "nobody", &people.stranger);
                    let json = [("Content-Type", "application/json")];
                    told(people.stranger.send(method.as_str(), &path, &json, body), image)
                };
                assert_eq!(tell(&private), tell(absent), "{}", operation.name());
            }
        }
    }
    // Nor does the marker of a list, nor a filter by id.
    for question in ["marker", "id"] {
        let tell = |image: &str| {
            let path = format!("/rackspace/v2/images?{question}={}", id(image));
            told(people.stranger.get(&path), image)
        };
        assert_eq!(tell(&private), tell(absent));
    }
}
