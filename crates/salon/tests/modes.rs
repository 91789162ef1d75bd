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

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use common::{Salon, Setup, bot};
use tokio_rustls::rustls::{ServerConnection, StreamOwned};

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

/// Stands where Keystone would, over TLS, and counts those who trusted it with a request. It answers nothing of use.
fn keystone_over_tls(address: &str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let trusted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&trusted);
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut stream = StreamOwned::new(ServerConnection::new(bot::tls()).unwrap(), connection.unwrap());
            let count = Arc::clone(&count);
            thread::spawn(move || {
                // Whoever does not trust the certificate ends the handshake.
                if matches!(stream.read(&mut [0; 1024]), Ok(1..)) {
                    count.fetch_add(1, Ordering::AcqRel);
                    let _ = stream.write_all(b"HTTP/1.1 500 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                }
            });
        }
    });
    (address, trusted)
}

/// T-S6: whoever stands in Keystone's place without a certificate that the operator trusts hears neither the password of
/// the service nor a token.
#[test]
fn t_s6_the_certificate_of_keystone_is_verified() {
    // The certificate is for the first of them.
    let (named, other) = (keystone_over_tls("127.0.0.1"), keystone_over_tls("127.0.0.2"));
    let ask = |(address, trusted): &(SocketAddr, Arc<AtomicUsize>), more: &str| {
        let config = format!(
            "[identity]\nmode = \"keystone\"\n[keystone_authtoken]\nauth_url = \"https://{address}\"\n\
             username = \"glance\"\npassword = \"secret\"\nproject_name = \"service\"\nhttp_request_timeout = 5\n\
             http_request_max_retries = 0\n{more}"
        );
        let salon = Setup::without_samples(&config).start();
        let answer = salon.nobody().send("GET", "/v2/images", &[("X-Auth-Token", "gAAAA")], b"");
        assert_eq!(answer.status, 503, "{answer:?}");
        (trusted.swap(0, Ordering::AcqRel), salon)
    };
    let authority = format!("cafile = {:?}\n", bot::CERTIFICATE);
    assert_eq!(ask(&named, "").0, 0, "an unknown authority was trusted");
    assert_eq!(ask(&other, &authority).0, 0, "another name was trusted");
    let (requests, salon) = ask(&named, &authority);
    assert_ne!(requests, 0, "{}", salon.log());
    drop(salon);
    // Only the operator can switch it off, and reads about it at every start.
    let (requests, salon) = ask(&other, "insecure = true\n");
    assert_ne!(requests, 0);
    while !salon.log().contains("the certificate of Keystone is not verified") {
        thread::yield_now();
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("salon.toml");
    std::fs::write(&file, "[keystone_authtoken]\ninsecure = \"nonsense\"\n").unwrap();
    let checked = common::command().args(["config", "check"]).current_dir(directory.path()).output().unwrap();
    assert!(!checked.status.success());
}
