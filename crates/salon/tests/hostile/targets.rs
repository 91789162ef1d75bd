//! Every route that there is, with somebody who may use it and something that it can be used on.

use salon_http::{identity, identity_v2, image_v1, image_v2, rackspace, webhook};
use serde_json::json;

use super::{
    common::{Salon, User, aws::Caller, envelope::Dialect, http::Answer},
    world::{OPERATIONS, World},
};

/// Who sends a request.
pub(crate) enum Who {
    Token(User),
    Signed(Caller),
}

/// A method and a path.
pub(crate) struct Target {
    pub(crate) dialect: Dialect,
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) who: Who,
    /// Whether it reads a JSON body, so that one that is no JSON must be refused.
    pub(crate) reads_json: bool,
}

impl Target {
    pub(crate) fn send(&self, body: &[u8]) -> Answer {
        match &self.who {
            Who::Token(user) => {
                let media = match self.name.contains("PATCH") && self.dialect != Dialect::IdentityV3 {
                    true => "application/openstack-images-v2.1-json-patch",
                    false => "application/json",
                };
                user.send(&self.method, &self.path, &[("Accept", "application/json"), ("Content-Type", media)], body)
            }
            Who::Signed(caller) => caller.send_bytes(&self.method, &self.path, body),
        }
    }
}

const ABSENT: &str = "00000000-0000-4000-8000-000000000000";

/// All of them. What a hostile body might destroy is absent from the start.
pub(crate) fn all(salon: &Salon) -> Vec<Target> {
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    let image = alice.create_image("target");
    let id = image.trim_start_matches("/v2/images/").to_owned();
    assert_eq!(alice.post(&format!("{image}/members"), &json!({"member": bob.project_id})).status, 200);
    let mut targets = Vec::new();
    let mut add = |dialect: Dialect, prefix: &str, template: &str, method: &str, who: &User, json: bool| {
        let absent = method == "DELETE";
        let path = template
            .replace("{image_id}", if absent { ABSENT } else { &id })
            .replace("{member_id}", &bob.project_id)
            .replace("{member}", "somebody")
            .replace("{tag}", "tag")
            .replace("{container}", "c")
            .replace("{task_id}", ABSENT);
        let who = Who::Token(who.clone());
        let (name, path) = (format!("{method} {prefix}{template}"), format!("{prefix}{path}"));
        targets.push(Target { dialect, name, method: method.to_string(), path, who, reads_json: json });
    };
    for route in image_v2::ROUTES {
        use image_v2::Operation::{CreateImage, CreateMember, PatchImage, UpdateMember, UploadImage};
        for (method, operation) in route.methods {
            let who = if *operation == UpdateMember { &bob } else { &alice };
            let reads = matches!(operation, CreateImage | PatchImage | CreateMember | UpdateMember);
            // Data may be anything.
            if *operation != UploadImage {
                add(Dialect::Image, "", route.template, method.as_str(), who, reads);
            }
        }
    }
    for route in image_v1::ROUTES {
        use image_v1::Operation::{CreateImage, PutMember, ReplaceMembers, UpdateImage};
        for (method, operation) in route.methods {
            // The body of these is data.
            if !matches!(operation, CreateImage | UpdateImage) && method.as_str() != "HEAD" {
                let reads = matches!(operation, PutMember | ReplaceMembers);
                add(Dialect::Image, "", route.template, method.as_str(), &alice, reads);
            }
        }
    }
    for route in rackspace::ROUTES {
        for (method, operation) in route.methods.iter().filter(|(method, _)| method.as_str() != "HEAD") {
            add(Dialect::Rackspace, "/rackspace", route.template, method.as_str(), &alice, operation.takes_body());
        }
    }
    identities(salon, &admin, &mut targets);
    let member = salon.aws("alice");
    let world = World::of(salon);
    for operation in OPERATIONS {
        let mut ids = world.fresh(operation);
        if operation.method == "DELETE" {
            ids.values_mut().for_each(|id| ABSENT.clone_into(id));
        }
        let path =
            ids.iter().fold(operation.target.to_owned(), |path, (name, id)| path.replace(&format!("<{name}>"), id));
        targets.push(Target {
            dialect: Dialect::Chime,
            name: operation.name.to_owned(),
            method: operation.method.to_owned(),
            path,
            who: Who::Signed(member.clone()),
            reads_json: operation.body.is_some(),
        });
    }
    for route in webhook::ROUTES {
        let path = format!("{}{}?token=none", webhook::PREFIX, route.template.replace("{id}", ABSENT));
        targets.push(Target {
            dialect: Dialect::Webhook,
            name: "webhook".to_owned(),
            method: "POST".to_owned(),
            path,
            who: Who::Token(salon.nobody()),
            reads_json: true,
        });
    }
    targets
}

fn identities(salon: &Salon, admin: &User, targets: &mut Vec<Target>) {
    let victim = json!({"user": {"name": "victim", "password": "a password", "domain_id": "default"}});
    let made = admin.post("/identity/v3/users", &victim);
    assert_eq!(made.status, 201, "{made:?}");
    let user = made.json()["user"]["id"].as_str().unwrap().to_owned();
    let project = admin.post("/identity/v3/projects", &json!({"project": {"name": "target", "domain_id": "default"}}));
    assert_eq!(project.status, 201, "{project:?}");
    let project = project.json()["project"]["id"].as_str().unwrap().to_owned();
    for route in identity::ROUTES {
        for (method, _) in route.methods.iter().filter(|(method, _)| method.as_str() != "HEAD") {
            let absent = method.as_str() == "DELETE";
            let path = route
                .template
                .replace("{user_id}", if absent { ABSENT } else { &user })
                .replace("{project_id}", if absent { ABSENT } else { &project })
                .replace("{role_id}", ABSENT)
                .replace("{domain_id}", "default")
                .replace("{key_id}", ABSENT);
            // Without X-Subject-Token it is about nothing.
            targets.push(Target {
                dialect: Dialect::IdentityV3,
                name: format!("{method} {}", route.template),
                method: method.to_string(),
                path: format!("/identity{path}"),
                who: Who::Token(admin.clone()),
                reads_json: matches!(method.as_str(), "POST" | "PATCH"),
            });
        }
    }
    for route in identity_v2::ROUTES {
        for (method, _) in route.methods.iter().filter(|(method, _)| matches!(method.as_str(), "GET" | "POST")) {
            targets.push(Target {
                dialect: Dialect::IdentityV2,
                name: format!("{method} v2.0 {}", route.template),
                method: method.to_string(),
                path: format!("/identity/v2.0{}", route.template.replace("{token_id}", ABSENT)),
                who: Who::Token(if method.as_str() == "POST" { salon.nobody() } else { admin.clone() }),
                reads_json: method.as_str() == "POST",
            });
        }
    }
}
