//! Every route of the Image API v1 as everybody, and nothing that tells a hidden image from an absent one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "image_v2/people.rs"]
mod people;

use std::collections::BTreeSet;

use common::{Salon, User, http::Answer};
use people::People;
use salon_http::image_v1::{Operation, ROUTES};
use serde_json::json;

/// What v1 answers. Whoever sees an image but may not change it reads that it is absent (it is not public here); roles
/// are the policy's, so a reader of the owner's project reads that it is forbidden.
fn expected(operation: Operation, caller: &str) -> u16 {
    use Operation::*;
    let (writes, success, of_an_image) = match operation {
        ListImages | ListImagesDetail | ListMemberships => (false, 200, false),
        CreateImage => (true, 201, false),
        ShowImage | DownloadImage | ListMembers => (false, 200, true),
        UpdateImage | DeleteImage => (true, 200, true),
        ReplaceMembers | PutMember | DeleteMember => (true, 204, true),
        ShowMember => match caller {
            // Somebody else's row.
            "accepted" | "rejected" => return 404,
            _ => (false, 200, true),
        },
    };
    match caller {
        "nobody" => 401,
        "owner" | "admin" => success,
        "stranger" if of_an_image => 404,
        // Data is for members of the project (download_image), and so is everything that is written.
        "reader" if writes || matches!(operation, DownloadImage) => 403,
        "pending" | "accepted" | "rejected" if writes && of_an_image => 404,
        _ => success,
    }
}

fn send(caller: &User, operation: Operation, method: &str, path: &str) -> Answer {
    let json = |body: serde_json::Value| caller.send(method, path, &[], body.to_string().as_bytes());
    match operation {
        Operation::ReplaceMembers => json(json!({"memberships": [{"member_id": "x"}]})),
        Operation::PutMember => json(json!({"member": {"can_share": true}})),
        Operation::CreateImage | Operation::UpdateImage => {
            caller.send(method, path, &[("x-image-meta-name", "covered")], b"")
        }
        _ => caller.send(method, path, &[], b""),
    }
}

fn path_of(template: &str, image: &str, member: &str) -> String {
    template.replace("/v1/images/{image_id}", image).replace("{member}", member)
}

#[test]
fn every_route_as_everybody() {
    let salon = Salon::new();
    let people = People::of(&salon);
    let mut tried = BTreeSet::new();
    for route in ROUTES {
        for (method, operation) in route.methods {
            for (name, caller) in people.all() {
                let v2 = people.owner.image_with("covered", b"0123456789");
                people.share(&v2);
                let path = path_of(route.template, &v2.replace("/v2/", "/v1/"), &people.pending.project_id);
                let answer = send(caller, *operation, method.as_str(), &path);
                assert_eq!(answer.status, expected(*operation, name), "{} as {name}: {answer:?}", operation.name());
                tried.insert(operation.name());
                if answer.status >= 400 {
                    // Whatever was refused changed nothing.
                    let image = people.owner.get(&v2).json();
                    assert_eq!((&image["name"], &image["status"]), (&json!("covered"), &json!("active")));
                    let members = people.owner.get(&format!("{v2}/members")).json();
                    assert_eq!(members["members"].as_array().unwrap().len(), 3, "{} as {name}", operation.name());
                }
                let _ = people.admin.delete(&v2);
            }
        }
    }
    assert_eq!(tried.len(), 13);
}

#[test]
fn t_a4_hidden_and_absent_are_alike() {
    let salon = Salon::new();
    let people = People::of(&salon);
    let hidden = people.owner.image_with("hidden", b"x").replace("/v2/", "/v1/");
    let absent = "/v1/images/00000000-0000-4000-8000-000000000000";
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    for route in ROUTES.iter().filter(|route| route.template.contains("{image_id}")) {
        for (method, operation) in route.methods {
            let [one, other] = [hidden.as_str(), absent].map(|image| {
                let path = path_of(route.template, image, "x");
                let answer = send(&people.stranger, *operation, method.as_str(), &path);
                answer.words(&[&id(image)])
            });
            if one != other {
                panic!("{}: {one:?} is not {other:?}", operation.name());
            }
            assert_eq!(one.0, 404);
        }
    }
}
