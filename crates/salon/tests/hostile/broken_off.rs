//! F-19: clients that break off, at many places and in several ways, and what they leave behind: nothing.

use std::{
    io::Read,
    net::{Shutdown, TcpStream},
};

use super::{
    common::{Salon, User, http::Connection, noise},
    nothing_broke, unthrottled,
};

/// How a client ends its side.
#[derive(Clone, Copy, Debug)]
enum End {
    /// It sends no more, and listens.
    HalfClose,
    /// It is gone.
    Close,
    /// It is gone, and says so at once.
    Reset,
}

fn end(connection: Connection, how: End) -> Option<u16> {
    match how {
        End::HalfClose => {
            let mut connection = connection;
            // It may be closed already.
            let _ = connection.socket.shutdown(Shutdown::Write);
            connection.answer(false).map(|answer| answer.status)
        }
        End::Close => None,
        End::Reset => {
            reset(connection.socket);
            None
        }
    }
}

#[expect(deprecated, reason = "waiting at the end for no time at all is what makes a reset, and blocks nobody")]
fn reset(socket: TcpStream) {
    socket.set_nonblocking(true).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let socket = tokio::net::TcpStream::from_std(socket).unwrap();
        socket.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    });
}

#[test]
fn t_h2_uploads_that_break_off() {
    let salon = unthrottled();
    let alice = salon.alice();
    let image = alice.create_image("broken off");
    let file = format!("{image}/file");
    let bytes = noise(70_000);
    let token = alice.token.clone().unwrap();
    let sized = format!(
        "PUT {file} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {token}\r\nContent-Type: application/octet-stream\r\n\
         Content-Length: {}\r\n\r\n",
        bytes.len()
    );
    let mut whole = sized.into_bytes();
    whole.extend_from_slice(&bytes);
    let mut chunked = format!(
        "PUT {file} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {token}\r\nContent-Type: application/octet-stream\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for chunk in bytes.chunks(10_000) {
        chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let mut cuts = 0;
    for message in [&whole, &chunked] {
        let step = if super::long() { 97 } else { 2_503 };
        // Each of the last bytes, too: there the message looks complete.
        for at in (1..message.len() - 8).step_by(step).chain(message.len() - 8..message.len()) {
            for how in [End::HalfClose, End::Close, End::Reset] {
                let mut connection = salon.connect();
                connection.write(&message[..at]);
                let status = end(connection, how);
                assert!(status.is_none_or(|status| (400..500).contains(&status)), "{how:?} after {at}: {status:?}");
                cuts += 1;
            }
        }
    }
    while alice.status_of(&image) != "queued" {
        std::thread::yield_now();
    }
    loop {
        // The last of the uploads may still be being taken back.
        match alice.upload(&file, &bytes).status {
            204 => break,
            409 => std::thread::yield_now(),
            other => panic!("{other}"),
        }
    }
    assert!(alice.get(&file).body == bytes);
    eprintln!("{cuts} uploads broken off");
    nothing_broke(&salon);
}

/// Heads and small bodies of every dialect, broken off after each byte.
#[test]
fn requests_that_break_off() {
    let salon = unthrottled();
    let (alice, before) = (salon.alice(), salon.held());
    let token = alice.token.clone().unwrap();
    let body = r#"{"name": "never", "Name": "never", "auth": {}}"#;
    let mut cuts = 0;
    for path in ["/v2/images", "/rackspace/v2/tasks", "/identity/v3/auth/tokens", "/identity/v2.0/tokens", "/accounts"]
    {
        let message = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        for at in (1..message.len()).step_by(if super::long() { 1 } else { 7 }) {
            for how in [End::HalfClose, End::Close, End::Reset] {
                let mut connection = salon.connect();
                connection.write(&message.as_bytes()[..at]);
                let status = end(connection, how);
                assert!(status.is_none_or(|status| (400..500).contains(&status)), "{how:?} after {at}: {status:?}");
                cuts += 1;
            }
        }
    }
    let listed = alice.get("/v2/images").json();
    assert!(listed["images"].as_array().unwrap().iter().all(|image| image["name"] != "never"), "{listed}");
    eprintln!("{cuts} requests broken off");
    while salon.metric("salon_http_connections") > 1 {
        std::thread::yield_now();
    }
    salon.wait_held(before.threads, before.descriptors + 2 * 16);
    nothing_broke(&salon);
}

/// T-D6: downloads given up leave neither descriptors nor threads.
#[test]
fn t_d6_downloads_that_break_off() {
    let salon = unthrottled();
    let alice = salon.alice();
    let bytes = noise(8 << 20);
    let image = alice.image_with("given up", &bytes);
    let before = salon.held();
    let count = if super::long() { 20_000 } else { 300 };
    for number in 0..count {
        let how = [End::Close, End::Reset][number % 2];
        let mut connection = begun(&salon, &alice, &format!("{image}/file"));
        let mut part = vec![0; 1 + number * 977 % 100_000];
        connection.socket.read_exact(&mut part).unwrap();
        end(connection, how);
    }
    assert!(alice.get(&format!("{image}/file")).body == bytes);
    eprintln!("{count} downloads broken off");
    while salon.metric("salon_http_connections") > 1 {
        std::thread::yield_now();
    }
    salon.wait_held(before.threads, before.descriptors + 2 * 16);
    // Whoever leaves is not a damaged file.
    assert_eq!(salon.metric("salon_http_blobs_cut_total"), 0);
    nothing_broke(&salon);
}

fn begun(salon: &Salon, who: &User, path: &str) -> Connection {
    let mut connection = salon.connect();
    connection.head("GET", path, &[("X-Auth-Token", who.token.as_deref().unwrap())], None);
    connection
}

/// 100-continue: told before the body when it will be read, and not when the request is refused.
#[test]
fn expecting_to_go_on() {
    let salon = unthrottled();
    let alice = salon.alice();
    let image = alice.create_image("asked before");
    let file = format!("{image}/file");
    let token = alice.token.clone().unwrap();
    let headers =
        [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream"), ("Expect", "100-continue")];
    let mut asked = salon.connect();
    asked.head("PUT", &file, &headers, Some(5));
    let mut told = [0; 25];
    asked.socket.read_exact(&mut told).unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    asked.write(b"01234");
    assert_eq!(asked.answer(false).unwrap().status, 204);
    // It never comes although it was asked for.
    let other = alice.create_image("never comes");
    let mut never = salon.connect();
    never.head("PUT", &format!("{other}/file"), &headers, Some(5));
    never.socket.read_exact(&mut told).unwrap();
    drop(never);
    while alice.status_of(&other) != "queued" {
        std::thread::yield_now();
    }
    // Refused by its head.
    let mut refused = salon.connect();
    refused.head("PUT", &file, &[("Content-Type", "application/octet-stream"), ("Expect", "100-continue")], Some(5));
    let mut start = [0; 12];
    refused.socket.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 401");
    nothing_broke(&salon);
}
