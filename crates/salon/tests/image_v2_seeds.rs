//! The requests for image members as the Cloud Images guide prints them, sent with curl.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::process::Command;

use common::Salon;
use serde_json::{Value, json};

const IMAGE: &str = "a96be11e-8536-4910-92cb-de50aa19dfe6";

/// Runs a command line of the guide, with its two variables set, and reads status and body.
fn printed(salon: &Salon, token: &str, line: &str) -> (u16, Value) {
    let output = Command::new("sh")
        .args(["-c", &format!("{line} -w '\\n%{{http_code}}'")])
        .env("API_ENDPOINT", format!("http://{}", salon.address()))
        .env("AUTH_TOKEN", token)
        .env("no_proxy", "*")
        .output()
        .expect("curl does not run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').unwrap_or_default();
    (status.parse().unwrap_or_default(), serde_json::from_str(body).unwrap_or_default())
}

fn shape(member: &Value) -> Vec<(String, bool)> {
    let members = member.as_object().cloned().unwrap_or_default();
    members.into_iter().map(|(name, value)| (name, value.is_string())).collect()
}

#[test]
fn the_guides_requests_work_as_printed() {
    let salon = Salon::new();
    let alice = salon.alice();
    let admin = salon.admin();
    let owner = alice.token.as_deref().unwrap_or_default();
    assert_eq!(alice.post("/v2/images", &json!({"id": IMAGE, "name": "from the guide"})).status, 201);

    let create = format!(
        r#"curl -s $API_ENDPOINT/v2/images/{IMAGE}/members -X POST -d '{{"member": "554433"}}' -H "Content-Type: application/json" -H "X-Auth-Token: $AUTH_TOKEN""#
    );
    let (status, member) = printed(&salon, owner, &create);
    assert_eq!(status, 200);
    assert_eq!(member["member_id"], "554433");
    assert_eq!(member["image_id"], IMAGE);
    assert_eq!(member["status"], "pending");
    assert_eq!(member["schema"], "/v2/schemas/member");
    let names = ["created_at", "image_id", "member_id", "schema", "status", "updated_at"];
    assert_eq!(shape(&member), names.map(|name| (name.to_owned(), true)));
    assert_eq!(printed(&salon, owner, &create).0, 409);
    // "If the user making the call is not the image owner, the response is HTTP 404."
    let bob = salon.bob();
    assert_eq!(printed(&salon, bob.token.as_deref().unwrap_or_default(), &create).0, 404);

    // The member's own answer; the administrator gives it for a project that has no user here.
    let invite = create.replace("554433", "123456");
    assert_eq!(printed(&salon, owner, &invite).0, 200);
    let update = concat!(
        "curl -s $API_ENDPOINT/v2/images/a96be11e-8536-4910-92cb-de50aa19dfe6/members/123456 \\\n",
        r#"   -X PUT -d '{"status":"accepted"}' -H "Content-Type: application/json" -H "X-Auth-Token: $AUTH_TOKEN""#
    );
    assert_eq!(printed(&salon, owner, update).0, 403);
    let (status, member) = printed(&salon, admin.token.as_deref().unwrap_or_default(), update);
    assert_eq!((status, &member["status"], &member["member_id"]), (200, &json!("accepted"), &json!("123456")));
    assert_eq!(shape(&member), names.map(|name| (name.to_owned(), true)));

    let delete = |member: &str| {
        format!(r#"curl -s $API_ENDPOINT/v2/images/{IMAGE}/members/{member} -X DELETE -H "X-Auth-Token: $AUTH_TOKEN""#)
    };
    assert_eq!(printed(&salon, owner, &delete("554433")), (204, Value::Null));
    // "If the {member_id} is not a member of the specified image, the response is HTTP 404"
    assert_eq!(printed(&salon, owner, &delete("554433")).0, 404);
    let left = alice.get(&format!("/v2/images/{IMAGE}/members")).json();
    assert_eq!(left["members"].as_array().map(Vec::len), Some(1));
    assert_eq!(left["members"][0]["member_id"], "123456");
}

#[test]
fn a_member_accepts_with_the_guides_request() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    assert_eq!(alice.post("/v2/images", &json!({"id": IMAGE})).status, 201);
    let members = format!("/v2/images/{IMAGE}/members");
    assert_eq!(alice.post(&members, &json!({"member": bob.project_id})).status, 200);
    assert_eq!(bob.get("/v2/images").json()["images"], json!([]));
    let accept = format!(
        r#"curl -s $API_ENDPOINT/v2/images/{IMAGE}/members/{} -X PUT -d '{{"status":"accepted"}}' -H "Content-Type: application/json" -H "X-Auth-Token: $AUTH_TOKEN""#,
        bob.project_id
    );
    let (status, member) = printed(&salon, bob.token.as_deref().unwrap_or_default(), &accept);
    assert_eq!((status, &member["status"]), (200, &json!("accepted")));
    assert_eq!(bob.get("/v2/images").json()["images"][0]["id"], IMAGE);
}
