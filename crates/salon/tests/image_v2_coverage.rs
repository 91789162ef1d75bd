//! Every route of the Image API v2 as everybody, and nothing that tells a hidden image from an absent one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "image_v2/people.rs"]
mod people;

use std::collections::BTreeMap;

use common::{
    Salon, User,
    http::{Answer, Words},
};
use people::People;
use salon_http::image_v2::{Operation, ROUTES};
use serde_json::json;

const EXCEPTIONS: &str = include_str!("image_v2/coverage.txt");

type Case = (String, String, String);

fn exceptions() -> BTreeMap<Case, u16> {
    let mut read = BTreeMap::new();
    for line in EXCEPTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace().map(str::to_owned);
        let mut next = || words.next().unwrap();
        let case = (next(), next(), next());
        let status = next().parse().unwrap();
        assert!(words.next().is_some(), "an exception without a reason: {line}");
        assert_eq!(read.insert(case, status), None, "twice: {line}");
    }
    read
}

/// What the rule says.
fn expected(operation: Operation, caller: &str) -> u16 {
    use Operation::*;
    let (writes, success, of_an_image) = match operation {
        ShowImageSchema | ShowImagesSchema | ShowMemberSchema | ShowMembersSchema | ListImages | ListImportMethods
        | ListStores => (false, 200, false),
        ShowImage | DownloadImage | ListMembers | ShowMember => (false, 200, true),
        CreateImage => (false, 201, false),
        PatchImage | CreateMember | UpdateMember => (true, 200, true),
        DeleteImage | DeactivateImage | ReactivateImage | UploadImage | AddTag | RemoveTag | DeleteMember => {
            (true, 204, true)
        }
    };
    match caller {
        "nobody" => 401,
        "stranger" if of_an_image => 404,
        "owner" | "admin" => success,
        _ if writes => 403,
        _ => success,
    }
}

/// A valid request for the operation.
fn send(caller: &User, operation: Operation, method: &str, path: &str) -> Answer {
    let json = |body: serde_json::Value| caller.send(method, path, &[], body.to_string().as_bytes());
    match operation {
        Operation::CreateImage => json(json!({"name": "covered"})),
        Operation::CreateMember => json(json!({"member": format!("invited by {}", caller.name)})),
        Operation::UpdateMember => json(json!({"status": "accepted"})),
        Operation::PatchImage => {
            let media = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
            caller.send(method, path, &media, br#"[{"op": "add", "path": "/note", "value": "x"}]"#)
        }
        Operation::UploadImage => caller.upload(path, b"bytes"),
        _ => caller.send(method, path, &[], b""),
    }
}

/// A fresh image in the state that the operation takes to succeed.
fn image_for(people: &People, operation: Operation) -> String {
    let image = match operation {
        Operation::UploadImage => people.owner.create_image("covered"),
        _ => people.owner.image_with("covered", b"0123456789"),
    };
    assert_eq!(people.owner.send("PUT", &format!("{image}/tags/tagged"), &[], b"").status, 204);
    people.share(&image);
    image
}

fn path_of(template: &str, image: &str, member: &str) -> String {
    template.replace("/v2/images/{image_id}", image).replace("{tag}", "tagged").replace("{member_id}", member)
}

#[test]
fn every_route_as_everybody() {
    let salon = Salon::new();
    let people = People::of(&salon);
    let mut exceptions = exceptions();
    let mut wrong = Vec::new();
    for route in ROUTES {
        for (method, operation) in route.methods {
            for (name, caller) in people.all() {
                let image = image_for(&people, *operation);
                // A member asks for its own record, everybody else for that of one.
                let member = match name {
                    "pending" | "rejected" => &caller.project_id,
                    _ => &people.accepted.project_id,
                };
                let answer = send(caller, *operation, method.as_str(), &path_of(route.template, &image, member));
                let case = (method.to_string(), route.template.to_owned(), name.to_owned());
                let rule = expected(*operation, name);
                let wanted = exceptions.remove(&case).unwrap_or(rule);
                if answer.status != wanted {
                    wrong.push(format!("{case:?}: {} in place of {wanted}", answer.status));
                }
                assert!(answer.header("x-openstack-request-id").is_some(), "{case:?}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(exceptions.is_empty(), "exceptions for nothing: {exceptions:#?}");
}

/// Everything an answer says of the image with this path.
fn told(answer: &Answer, image: &str) -> Words {
    answer.words(&[image.trim_start_matches("/v2/images/")])
}

#[test]
fn t_a4_invisible_is_absent() {
    const ABSENT: &str = "/v2/images/7a5b1f9e-1c8e-4d53-9d0b-2f6b7c1f0a11";
    let salon = Salon::new();
    let people = People::of(&salon);
    let owner = &people.owner;
    let shared = owner.image_with("shared with others", b"0123456789");
    people.share(&shared);
    let private = owner.image_with("private", b"0123456789");
    let to_private = br#"[{"op": "replace", "path": "/visibility", "value": "private"}]"#;
    let media = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
    assert_eq!(owner.send("PATCH", &private, &media, to_private).status, 200);
    let queued = owner.create_image("without data");
    let deactivated = owner.image_with("deactivated", b"0123456789");
    assert_eq!(owner.send("POST", &format!("{deactivated}/actions/deactivate"), &[], b"").status, 204);
    let protected = owner.create_image("protected");
    let protect = br#"[{"op": "replace", "path": "/protected", "value": true}]"#;
    assert_eq!(owner.send("PATCH", &protected, &media, protect).status, 200);

    let member = people.accepted.project_id.clone();
    for route in ROUTES.iter().filter(|route| route.template.contains("{image_id}")) {
        for (method, operation) in route.methods {
            let method = method.as_str();
            let tell = |image: &str| {
                let path = path_of(route.template, image, &member);
                told(&send(&people.stranger, *operation, method, &path), image)
            };
            let absent = tell(ABSENT);
            assert_eq!(absent.0, 404, "{method} {}", route.template);
            for image in [&shared, &private, &queued, &deactivated, &protected] {
                assert_eq!(tell(image), absent, "{method} {}", route.template);
            }
            // Requests that are wrong in themselves tell nothing either.
            for (headers, body) in
                [(&[][..], &b"{\"wrong\": 1}"[..]), (&[("Content-Type", "text/plain")], b"x"), (&[("Range", "x")], b"")]
            {
                let tell = |image: &str| {
                    let path = path_of(route.template, image, "nobody");
                    told(&people.stranger.send(method, &path, headers, body), image)
                };
                assert_eq!(tell(&private), tell(ABSENT), "{method} {} {body:?}", route.template);
            }
        }
    }
    // Nor does the marker of a list, nor a filter by id.
    let marker = |image: &str| {
        let id = image.trim_start_matches("/v2/images/");
        told(&people.stranger.get(&format!("/v2/images?marker={id}")), image)
    };
    assert_eq!(marker(&private), marker(ABSENT));
    let by_id = |image: &str| {
        let id = image.trim_start_matches("/v2/images/");
        told(&people.stranger.get(&format!("/v2/images?id={id}&visibility=all")), image)
    };
    assert_eq!(by_id(&private), by_id(ABSENT));
    assert_eq!(owner.delete(&protected).status, 403);
}

#[test]
fn t_a4_a_deleted_image_is_absent_for_everybody() {
    let salon = Salon::new();
    let people = People::of(&salon);
    let image = image_for(&people, Operation::DeleteImage);
    assert_eq!(people.owner.delete(&image).status, 204);
    for (name, caller) in people.all().into_iter().filter(|(name, _)| *name != "nobody") {
        for route in ROUTES.iter().filter(|route| route.template.contains("{image_id}")) {
            for (method, operation) in route.methods {
                let path = path_of(route.template, &image, &people.accepted.project_id);
                let answer = send(caller, *operation, method.as_str(), &path);
                assert_eq!(answer.status, 404, "{method} {path} as {name}: {answer:?}");
            }
        }
    }
}
