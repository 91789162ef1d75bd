//! The listener of the real binary: health, metrics, bounds, slow clients.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use common::{Salon, Setup, http::Connection};

#[test]
fn health_says_ok_and_disabled_by_file() {
    let directory = tempfile_in_target();
    let file = directory.path().join("disable");
    let salon = Setup::config(&format!("[healthcheck]\ndetailed = true\ndisable_by_file_path = {file:?}\n")).start();
    let nobody = salon.nobody();
    let healthy = nobody.get("/healthcheck");
    assert_eq!((healthy.status, healthy.text()), (200, "OK"));
    assert_eq!(nobody.send("HEAD", "/healthcheck", &[], b"").status, 204);
    let json = nobody.send("GET", "/healthcheck", &[("Accept", "application/json")], b"").json();
    let classes: Vec<&str> =
        json["reasons"].as_array().into_iter().flatten().filter_map(|reason| reason["class"].as_str()).collect();
    assert_eq!(classes, ["DisableByFile", "Database", "Store", "Images"]);
    assert!(std::fs::write(&file, "").is_ok());
    let disabled = nobody.get("/healthcheck");
    assert_eq!((disabled.status, disabled.text()), (503, "DISABLED BY FILE"));
    assert_eq!(nobody.send("HEAD", "/healthcheck", &[], b"").status, 503);
}

fn tempfile_in_target() -> tempfile::TempDir {
    match tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")) {
        Ok(directory) => directory,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn metrics_name_routes_and_nothing_of_requests() {
    let salon = Salon::new();
    let alice = salon.alice();
    let image = alice.create_image("counted");
    assert_eq!(alice.get(&image).status, 200);
    let metrics = salon.nobody().get("/metrics");
    assert_eq!(metrics.status, 200);
    let text = metrics.text();
    assert!(text.contains("route=\"/v2/images/{image_id}\",method=\"GET\",status=\"200\"} 1"), "{text}");
    assert!(!text.contains(image.trim_start_matches("/v2/images/")));
    // Not for those who come through a proxy.
    let proxied = salon.nobody().send("GET", "/metrics", &[("X-Forwarded-For", "192.0.2.1")], b"");
    assert_ne!(proxied.status, 200);
}

/// A connection too many is refused in the words of the dialect that its request is for.
#[test]
fn too_many_connections_are_refused_in_the_clients_words() {
    let salon = Setup::config("[server]\nmax_connections = 2\n").start();
    let nobody = salon.nobody();
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut connection = salon.connect();
        assert_eq!(connection.exchange("GET", "/v2/images", &[], b"").status, 401);
        held.push(connection);
    }
    let refused = nobody.get("/accounts/a/rooms?max-results=5");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("2")), "{refused:?}");
    assert_eq!(refused.header("x-amzn-errortype"), Some("ServiceUnavailableException"));
    assert_eq!(refused.json()["Code"], "ServiceUnavailable");
    assert!(refused.header("x-amzn-requestid").is_some());
    let refused = nobody.get("/v2/images");
    assert_eq!((refused.status, refused.header("retry-after")), (503, Some("2")), "{refused:?}");
    assert!(refused.header("x-amzn-errortype").is_none() && refused.text().contains("too many connections"));
    assert_eq!(nobody.get("/healthcheck").status, 200);
    drop(held);
    while nobody.get("/accounts").status == 503 {
        std::thread::yield_now();
    }
}

#[test]
fn heads_and_bodies_are_bounded() {
    let salon = Salon::new();
    let mut connection = salon.connect();
    connection.write(format!("GET /v2/images HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(70_000)).as_bytes());
    assert_eq!(connection.answer(false).map(|answer| answer.status), Some(431));
    let alice = salon.alice();
    let body = format!("{{\"name\": \"{}\"}}", "y".repeat(2_000_000));
    let answer = alice.send("POST", "/v2/images", &[("Content-Type", "application/json")], body.as_bytes());
    assert_eq!(answer.status, 413);
    let long = "x".repeat(65);
    assert_eq!(alice.send("GET", "/v2/images", &[("X-OpenStack-Request-ID", &long)], b"").status, 431);
}

/// A refusal is often made before the body is looked at; the connection goes on all the same, or says that it does not.
#[test]
fn a_connection_outlives_a_refusal_or_says_that_it_ends() {
    let salon = Salon::new();
    let late = |connection: &mut Connection, body: &[u8]| {
        std::thread::sleep(Duration::from_millis(30));
        connection.write(body);
    };
    let mut connection = salon.connect();
    for (method, path, status) in [
        ("POST", "/v2/images", 401),
        ("POST", "/v1/images", 401),
        ("POST", "/accounts", 403),
        ("PUT", "/v2/nothing", 401),
        ("POST", "/nowhere", 300),
        ("POST", "/healthcheck", 405),
        ("PUT", "/identity/v3/users", 405),
    ] {
        for body in [&b"{}"[..], &[b' '; 60_000]] {
            connection.head(method, path, &[("Content-Type", "application/json")], Some(body.len() as u64));
            late(&mut connection, body);
            let refused = connection.answer(false).unwrap();
            assert_eq!((refused.status, refused.header("connection")), (status, None), "{method} {path}");
            assert_eq!(connection.exchange("GET", "/healthcheck", &[], b"").status, 200, "{method} {path}");
        }
        connection.head(method, path, &[("Transfer-Encoding", "chunked")], None);
        late(&mut connection, b"2\r\n{}\r\n0\r\n\r\n");
        assert_eq!(connection.answer(false).unwrap().status, status, "{method} {path} in chunks");
        assert_eq!(connection.exchange("GET", "/healthcheck", &[], b"").status, 200, "{method} {path} in chunks");
    }
    // What is more, what does not come, and what is not asked for.
    let endless = (Some(u64::from(u32::MAX)), &[][..]);
    let missing = (Some(10), &[][..]);
    let unasked = (Some(2), &[("Expect", "100-continue")][..]);
    for (length, headers) in [endless, missing, unasked] {
        let mut connection = salon.connect();
        connection.head("PUT", "/v2/images/a/file", headers, length);
        let mut first = [0; 12];
        connection.socket.peek(&mut first).unwrap();
        assert_eq!(first, *b"HTTP/1.1 401", "{length:?} {headers:?}");
        let refused = connection.answer(false).unwrap();
        assert_eq!(refused.header("connection"), Some("close"), "{length:?} {headers:?}");
        connection.finish();
        assert!(connection.is_closed());
    }
}

/// T-D9: what a client sends, however long, takes a line of bounded length in the log, and bodies take none.
#[test]
fn t_d9_no_request_floods_the_log() {
    let mut salon = Salon::new();
    // A megabyte of user agent does not pass.
    let agent = "a".repeat(1 << 20);
    let mut connection = salon.connect();
    let _ = std::io::Write::write_all(
        &mut connection.socket,
        format!("GET /v2/images HTTP/1.1\r\nUser-Agent: {agent}\r\n\r\n").as_bytes(),
    );
    assert!(matches!(connection.answer(false).map(|answer| answer.status), Some(431) | None));
    let alice = salon.alice();
    let image = alice.create_image("short");
    let before = salon.log().len();
    // Of what passes, no part is in the log at its length: paths known and unknown, queries, headers, names, bodies.
    let long = "flood".repeat(4_000);
    let mut requests = 0;
    for path in [
        format!("/v2/images/{long}"),
        format!("{image}/tags/{long}"),
        format!("{image}/members/{long}"),
        format!("/v2/images?name={long}&marker={long}"),
        format!("/{long}"),
        format!("/rackspace/v2/images/{long}"),
        format!("/v1/images/{long}"),
        format!("/identity/v3/users/{long}"),
        format!("/accounts/{long}"),
    ] {
        for method in ["GET", "PUT", "POST", "DELETE", "BREW"] {
            let headers = [("User-Agent", long.as_str()), ("Content-Type", "application/json"), ("X-Long", &long)];
            let status = alice.send(method, &path, &headers, format!("{{\"name\": \"{long}\"}}").as_bytes()).status;
            assert!(status < 500 || status == 501, "{method} {}: {status}", &path[..20]);
            requests += 1;
        }
    }
    salon.signal(rustix::process::Signal::TERM);
    assert!(salon.wait().success());
    let log = salon.log();
    let longest = log.lines().map(str::len).max();
    assert!(longest < Some(1_000), "a line of {longest:?} bytes");
    assert!(log.len() - before < requests * 1_000, "{} bytes for {requests} requests", log.len() - before);
    assert!(!log.contains(&"flood".repeat(60)));
}

#[test]
fn t_d1_slow_clients_do_not_hold_up_the_others() {
    let salon = Salon::new();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap_or_default();
    let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
    let images: Vec<String> = (0..40).map(|at| alice.create_image(&format!("slow {at}"))).collect();
    let mut slow = Vec::new();
    for image in &images {
        let mut connection = salon.connect();
        connection.head("PUT", &format!("{image}/file"), &headers, Some(1_000));
        connection.write(b"x");
        slow.push(connection);
    }
    for _ in 0..200 {
        let mut connection = salon.connect();
        connection.write(b"GET /v2/im");
        slow.push(connection);
    }
    salon.wait_metric("salon_http_connections", 241);
    assert_eq!(salon.nobody().get("/healthcheck").status, 200);
    assert_eq!(alice.get(&images[0]).status, 200);
    // A reader that takes nothing holds only itself up, too.
    let bytes = common::noise(8 << 20);
    let image = alice.image_with("big", &bytes);
    let mut reader = salon.connect();
    reader.head("GET", &format!("{image}/file"), &headers, None);
    assert!(alice.get(&format!("{image}/file")).body == bytes);
    drop(slow);
    drop(reader);
    for image in &images {
        while alice.status_of(image) != "queued" {
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_stalled_upload_is_cut_and_taken_back() {
    let salon = Setup::config("[server]\nbody_timeout = 1\n").start();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap_or_default();
    let image = alice.create_image("stalled");
    let mut connection = salon.connect();
    let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
    connection.head("PUT", &format!("{image}/file"), &headers, Some(1_000_000));
    connection.write(b"x");
    // The server ends it by itself; what it says before is not the point.
    let _ = connection.answer(false);
    while alice.status_of(&image) != "queued" {
        std::thread::yield_now();
    }
}
