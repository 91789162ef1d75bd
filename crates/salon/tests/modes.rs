//! Who says who is calling, in the modes beside the default one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Salon, Setup};

const CONFIRMED: [(&str, &str); 4] =
    [("X-Identity-Status", "Confirmed"), ("X-User-Id", "u1"), ("X-Project-Id", "p1"), ("X-Roles", "member,reader")];

#[test]
fn t_h4_identity_headers_from_outside_are_nothing() {
    let salon = Salon::new();
    assert_eq!(salon.nobody().send("GET", "/v2/images", &CONFIRMED, b"").status, 401);
    // Beside a token they change nothing either.
    let alice = salon.alice();
    let forged = [("X-Roles", "admin"), ("X_Roles", "admin"), ("X-Project-Id", "p1"), ("X-Is-Admin-Project", "True")];
    let image = alice.create_image("own");
    let shown = alice.send("GET", &image, &forged, b"").json();
    assert_eq!(shown["owner"].as_str(), Some(alice.project_id.as_str()));
    let public = alice.send(
        "PATCH",
        &image,
        &[&forged[..], &[("Content-Type", "application/openstack-images-v2.1-json-patch")]].concat(),
        br#"[{"op": "replace", "path": "/visibility", "value": "public"}]"#,
    );
    assert_eq!(public.status, 403);
}

#[test]
fn a_listed_gateway_is_believed_and_no_other_peer() {
    let mode = |peers: &str| {
        let config = format!(
            "[identity]\nmode = \"proxy\"\ntrusted_peers = [\"{peers}\"]\nwww_authenticate_uri = \"http://keystone.example\"\n"
        );
        Setup::without_samples(&config).start()
    };
    let salon = mode("127.0.0.0/8");
    let created = salon.nobody().send("POST", "/v2/images", &CONFIRMED, br#"{"name": "by the gateway"}"#);
    assert_eq!(created.status, 201);
    assert_eq!(created.json()["owner"].as_str(), Some("p1"));
    // The built-in identity is not served in this mode.
    assert_ne!(salon.nobody().get("/identity/v3").status, 200);

    let stranger = mode("192.0.2.0/24");
    let refused = stranger.nobody().send("GET", "/v2/images", &CONFIRMED, b"");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("www-authenticate"), Some("Keystone uri=\"http://keystone.example\""));
}

#[test]
fn the_proxy_mode_needs_its_peers() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("salon.toml"), "[identity]\nmode = \"proxy\"\n").unwrap();
    let checked = common::command().args(["config", "check"]).current_dir(directory.path()).output().unwrap();
    assert!(!checked.status.success());
    assert!(String::from_utf8(checked.stderr).unwrap().contains("trusted_peers"));
}

#[test]
fn keystone_that_cannot_be_asked_is_no_answer_about_the_token() {
    // A port that was free a moment ago: nobody answers there.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = format!(
        "[identity]\nmode = \"keystone\"\n[keystone_authtoken]\nauth_url = \"http://{closed}\"\nusername = \"glance\"\n\
         password = \"secret\"\nproject_name = \"service\"\nhttp_request_timeout = 1\nhttp_request_max_retries = 0\n"
    );
    let salon = Setup::without_samples(&config).start();
    assert_eq!(salon.nobody().get("/v2/images").status, 401);
    let undecided = salon.nobody().send("GET", "/v2/images", &[("X-Auth-Token", "gAAAA")], b"");
    assert_eq!(undecided.status, 503);
    assert!(undecided.header("retry-after").is_some());
}
