//! The requests for image members as the Cloud Images guide prints them, sent with curl to the Cloud Images dialect.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod common;

use std::process::Command;

use common::{Salon, User};
use serde_json::{Value, json};

const IMAGE: &str = "a96be11e-8536-4910-92cb-de50aa19dfe6";

/// Runs a command line of the guide, with its two variables set, and reads status and body.
fn printed(endpoint: &str, user: &User, line: &str) -> (u16, Value) {
    let output = Command::new("sh")
        .args(["-c", &format!("{line} -w '\\n%{{http_code}}'")])
        .env("API_ENDPOINT", endpoint)
        .env("AUTH_TOKEN", user.token.as_deref().unwrap_or_default())
        .env("no_proxy", "*")
        .output()
        .expect("curl does not run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').unwrap_or_default();
    (status.parse().unwrap_or_default(), serde_json::from_str(body).unwrap_or_default())
}

fn names(value: &Value) -> Vec<String> {
    value.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect()
}

/// The endpoints that the guide's variable holds: the API itself, and what the catalog names, with version and tenant.
fn endpoints(salon: &Salon, tenant: &str) -> [String; 3] {
    let base = format!("http://{}/rackspace", salon.address());
    [base.clone(), format!("{base}/v2"), format!("{base}/v2/{tenant}")]
}

#[test]
fn the_guides_requests_work_as_printed() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    let made = alice.post("/v2/images", &json!({"id": IMAGE, "name": "from the guide", "visibility": "private"}));
    assert_eq!(made.status, 201);
    for endpoint in endpoints(&salon, &alice.project_id) {
        let create = format!(
            r#"curl -s $API_ENDPOINT/v2/images/{IMAGE}/members -X POST -d '{{"member": "554433"}}' -H "Content-Type: application/json" -H "X-Auth-Token: $AUTH_TOKEN""#
        );
        let (status, member) = printed(&endpoint, &alice, &create);
        assert_eq!(status, 200, "{member}");
        assert_eq!(member["member_id"], "554433");
        assert_eq!(member["image_id"], IMAGE);
        assert_eq!(member["status"], "pending");
        assert_eq!(member["schema"], "/v2/schemas/member");
        assert_eq!(names(&member), ["created_at", "image_id", "member_id", "schema", "status", "updated_at"]);
        for instant in ["created_at", "updated_at"] {
            let text = member[instant].as_str().unwrap_or_default();
            assert!(text.len() == "2013-09-20T19:22:19Z".len() && text.ends_with('Z'), "{text}");
        }
        assert_eq!(printed(&endpoint, &alice, &create).0, 409);

        let delete = format!(
            r#"curl -s $API_ENDPOINT/v2/images/{IMAGE}/members/554433 -X DELETE -H "X-Auth-Token: $AUTH_TOKEN""#
        );
        // "This call … can only be made by the image owner."
        let untenanted = format!("http://{}/rackspace", salon.address());
        assert_eq!(printed(&untenanted, &bob, &delete).0, 404);
        assert_eq!(printed(&endpoint, &alice, &delete), (204, Value::Null));
        // "If the {member_id} is not a member of the specified image, the response is HTTP 404"
        assert_eq!(printed(&endpoint, &alice, &delete).0, 404);
        // "If the user making the call is not the image owner, the response is HTTP 404."
        assert_eq!(printed(&untenanted, &bob, &create).0, 404);
    }

    // The consumer 123456 has no user here: the operator answers for it.
    let base = format!("http://{}/rackspace", salon.address());
    let members = format!("/rackspace/v2/images/{IMAGE}/members");
    assert_eq!(alice.post(&members, &json!({"member": "123456"})).status, 200);
    let update = concat!(
        "curl -s $API_ENDPOINT/v2/images/a96be11e-8536-4910-92cb-de50aa19dfe6/members/123456 \\\n",
        r#"   -X PUT -d '{"status":"accepted"}' -H "Content-Type: application/json" -H "X-Auth-Token: $AUTH_TOKEN""#
    );
    assert_eq!(printed(&base, &alice, update).0, 403);
    assert_eq!(printed(&base, &bob, update).0, 404);
    let (status, member) = printed(&base, &admin, update);
    assert_eq!((status, &member["status"], &member["member_id"]), (200, &json!("accepted"), &json!("123456")));
}

#[test]
fn a_member_accepts_with_the_guides_request() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    assert_eq!(alice.post("/v2/images", &json!({"id": IMAGE, "visibility": "private"})).status, 201);
    let members = format!("/rackspace/v2/images/{IMAGE}/members");
    assert_eq!(alice.post(&members, &json!({"member": bob.project_id})).status, 200);
    assert_eq!(bob.get("/rackspace/v2/images").json()["images"], json!([]));
    for endpoint in endpoints(&salon, &bob.project_id) {
        let accept = format!(
            r#"curl -s $API_ENDPOINT/v2/images/{IMAGE}/members/{} -X PUT -d '{{"status":"accepted"}}' -H "Content-Type: application/json" -H "X-Auth-Token: $AUTH_TOKEN"|python3 -m json.tool; echo"#,
            bob.project_id
        );
        // Through the guide's pipe the status is not seen; the printed answer is.
        let output = Command::new("sh")
            .args(["-c", &accept])
            .env("API_ENDPOINT", &endpoint)
            .env("AUTH_TOKEN", bob.token.as_deref().unwrap_or_default())
            .env("no_proxy", "*")
            .output()
            .expect("curl does not run");
        let member: Value = serde_json::from_slice(&output.stdout).expect("an answer");
        assert_eq!(member["status"], "accepted");
    }
    assert_eq!(bob.get("/rackspace/v2/images").json()["images"][0]["id"], IMAGE);
}
