//! T-H1, T-D4, T-D5, T-D7: request lines, headers, paths and queries that are wrong, ambiguous or too much.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
};

use super::{
    common::{
        Salon,
        envelope::{Dialect, flaw},
        http::{Answer, Connection},
    },
    nothing_broke, unthrottled,
};

/// A path of each dialect.
const PLACES: [&str; 7] = [
    "/v2/images",
    "/v1/images",
    "/rackspace/v2/images",
    "/identity/v3/auth/tokens",
    "/identity/v2.0/tokens",
    "/accounts",
    "/incomingwebhooks/x",
];

/// What a proxy in front could understand otherwise: refused, or cut without a word, and nothing that follows is answered.
fn ambiguous(path: &str) -> Vec<(&'static str, Vec<u8>)> {
    const NEXT: &str = "GET /healthcheck HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let put = |headers: &str, body: &str| {
        format!("PUT {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n{body}{NEXT}").into_bytes()
    };
    let get = |line: &str, headers: &str| format!("{line}\r\nHost: localhost\r\n{headers}\r\n{NEXT}").into_bytes();
    let line = format!("GET {path} HTTP/1.1");
    vec![
        ("both lengths", put("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        ("both lengths, the other way", put("Transfer-Encoding: chunked\r\nContent-Length: 4", "0\r\n\r\n")),
        ("a length twice", put("Content-Length: 3\r\nContent-Length: 3", "abc")),
        ("two lengths", put("Content-Length: 3\r\nContent-Length: 44", "abc")),
        ("a list of lengths", put("Content-Length: 3, 3", "abc")),
        ("a signed length", put("Content-Length: +3", "abc")),
        ("a negative length", put("Content-Length: -3", "abc")),
        ("a hexadecimal length", put("Content-Length: 0x3", "abc")),
        ("a length with an exponent", put("Content-Length: 3e0", "abc")),
        ("an empty length", put("Content-Length:", "abc")),
        ("a length beyond 64 bits", put("Content-Length: 99999999999999999999999", "abc")),
        ("a length with a space before the colon", put("Content-Length : 3", "abc")),
        ("a length with a tab inside", put("Content-Length: 3\t3", "abc")),
        ("chunked twice", put("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        ("chunked and identity", put("Transfer-Encoding: chunked, identity", "0\r\n\r\n")),
        ("gzip and chunked", put("Transfer-Encoding: gzip, chunked", "0\r\n\r\n")),
        ("an unknown coding", put("Transfer-Encoding: xchunked", "0\r\n\r\n")),
        ("chunked in quotes", put("Transfer-Encoding: \"chunked\"", "0\r\n\r\n")),
        ("chunked after a vertical tab", put("Transfer-Encoding: \x0bchunked", "0\r\n\r\n")),
        ("a chunk without an end", put("Transfer-Encoding: chunked", "3\r\nabcd\r\n0\r\n\r\n")),
        ("a chunk of negative length", put("Transfer-Encoding: chunked", "-3\r\nabc\r\n0\r\n\r\n")),
        ("a chunk beyond 64 bits", put("Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n")),
        ("a chunk with bare line feeds", put("Transfer-Encoding: chunked", "3\nabc\n0\n\n")),
        (
            "a chunk with a long extension",
            put("Transfer-Encoding: chunked", &format!("3;{}\r\nabc\r\n0\r\n\r\n", "x".repeat(5_000))),
        ),
        ("trailers without end", put("Transfer-Encoding: chunked", &format!("0\r\n{}\r\n", "X: y\r\n".repeat(5_000)))),
        ("bare line feeds", format!("{line}\nHost: localhost\n\n{NEXT}").into_bytes()),
        ("a bare carriage return", get(&line, "X: a\rb\r\n")),
        ("a folded header", get(&line, "X: a\r\n b\r\n")),
        ("a header without a colon", get(&line, "nonsense\r\n")),
        ("a header without a name", get(&line, ": x\r\n")),
        ("a header with a space in its name", get(&line, "X Y: z\r\n")),
        ("a NUL in a header", get(&line, "X: a\0b\r\n")),
        ("a NUL in a header's name", get(&line, "X\0: a\r\n")),
        ("too many headers", get(&line, &"X: y\r\n".repeat(201))),
        ("far too many headers", get(&line, &"X: y\r\n".repeat(10_000))),
        ("a header too long", get(&line, &format!("X: {}\r\n", "y".repeat(70_000)))),
        ("a name too long", get(&line, &format!("{}: x\r\n", "y".repeat(70_000)))),
        ("a path too long", get(&format!("GET {path}/{} HTTP/1.1", "y".repeat(70_000)), "")),
        ("no version", format!("GET {path}\r\n\r\n{NEXT}").into_bytes()),
        ("version 0.9", get(&format!("GET {path} HTTP/0.9"), "")),
        ("version 3", get(&format!("GET {path} HTTP/3.0"), "")),
        ("a version in lower case", get(&format!("GET {path} http/1.1"), "")),
        ("a word too many", get(&format!("GET {path} x HTTP/1.1"), "")),
        ("a tab for a space", get(&format!("GET\t{path} HTTP/1.1"), "")),
        ("no method", get(&format!(" {path} HTTP/1.1"), "")),
        ("a method with a colon", get(&format!("G:T {path} HTTP/1.1"), "")),
        ("bytes in the path", [b"GET ", path.as_bytes(), b"/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n"].concat()),
        ("a NUL in the path", get(&format!("GET {path}/\0 HTTP/1.1"), "")),
        ("many empty lines", format!("\r\n\r\n\r\n\r\n{line}\r\nHost: localhost\r\n\r\n").into_bytes()),
        ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec()),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20)),
        ("a star", b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec()),
        ("a tunnel", b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n".to_vec()),
    ]
}

/// Sends bytes and an end, and reads everything that comes back. Who ends its side may be taken for gone.
fn raw(salon: &Salon, bytes: &[u8]) -> Vec<u8> {
    sent(salon, bytes, true)
}

/// Sends bytes, an end if it is to be said, and reads until the server ends the connection.
fn sent(salon: &Salon, bytes: &[u8], ended: bool) -> Vec<u8> {
    let mut socket = TcpStream::connect(salon.address()).unwrap();
    socket.set_read_timeout(Some(super::common::PATIENCE)).unwrap();
    // The server may have closed before everything was sent; its answer counts.
    let _ = socket.write_all(bytes);
    if ended {
        let _ = socket.shutdown(Shutdown::Write);
    }
    let mut all = Vec::new();
    let _ = socket.read_to_end(&mut all);
    all
}

/// The statuses of the answers in `bytes`.
fn statuses(bytes: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(bytes);
    text.split("HTTP/1.").skip(1).filter_map(|part| part.get(2..5)?.parse().ok()).collect()
}

#[test]
fn t_h1_what_could_be_understood_in_two_ways() {
    let salon = unthrottled();
    let (mut wrong, mut sent, mut silent) = (Vec::new(), 0, 0);
    for path in PLACES {
        for (name, bytes) in ambiguous(path) {
            let answers = statuses(&raw(&salon, &bytes));
            sent += 1;
            silent += usize::from(answers.is_empty());
            if answers.len() > 1 || answers.iter().any(|status| !(400..500).contains(status)) {
                wrong.push(format!("{path} with {name}: {answers:?}"));
            }
        }
    }
    eprintln!(
        "{sent} heads that could be understood in two ways, {silent} cut without an answer, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    nothing_broke(&salon);
}

/// What is unusual and has one meaning.
#[test]
fn t_h1_what_is_only_unusual() {
    let salon = unthrottled();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap();
    let get = |line: &str, headers: &str| {
        let bytes = format!("{line}\r\nHost: localhost\r\nX-Auth-Token: {token}\r\n{headers}Connection: close\r\n\r\n");
        sent(&salon, bytes.as_bytes(), false)
    };
    assert_eq!(statuses(&get("GET http://elsewhere.example/v2/images HTTP/1.1", "")), [200]);
    assert_eq!(statuses(&get("GET /v2/images?limit=1 HTTP/1.1", "Expect: 100-continue\r\n")), [200]);
    assert_eq!(
        statuses(&get("GET /v2/images HTTP/1.1", "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n")),
        [200]
    );
    assert_eq!(statuses(&get("GET /v2/images HTTP/1.1", &"X: y\r\n".repeat(190))), [200]);
    for method in ["FROB", "get", "TRACE", "x".repeat(1000).as_str()] {
        let answers = statuses(&get(&format!("{method} /v2/images HTTP/1.1"), ""));
        assert!(matches!(answers[..], [400..=499]), "{method}: {answers:?}");
    }
    // HTTP/1.0 knows no chunks and no waiting.
    let old = sent(&salon, format!("GET /v2/images HTTP/1.0\r\nX-Auth-Token: {token}\r\n\r\n").as_bytes(), false);
    let old = String::from_utf8(old).unwrap().to_lowercase();
    assert!(old.contains(" 200 ok") && !old.contains("chunked"), "{old}");
    // Many in one piece, answered in their order.
    let mut connection = salon.connect();
    let image = alice.create_image("asked for in a row");
    let row: String = (0..200)
        .map(|at| {
            let path = if at % 2 == 0 { image.as_str() } else { "/v2/images/none" };
            format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {token}\r\n\r\n")
        })
        .collect();
    connection.write(row.as_bytes());
    for at in 0..200 {
        assert_eq!(connection.answer(false).unwrap().status, if at % 2 == 0 { 200 } else { 404 }, "{at}");
    }
    nothing_broke(&salon);
}

fn places() -> [(Dialect, &'static str); 12] {
    [
        (Dialect::Image, "/v2/images"),
        (Dialect::Image, "/v2/images/{}"),
        (Dialect::Image, "/v2/images/{}/members/{}"),
        (Dialect::Image, "/v2/images/{}/tags/{}"),
        (Dialect::Image, "/v1/images/detail"),
        (Dialect::Image, "/v1/images/{}/members"),
        (Dialect::Image, "/v1/shared-images/{}"),
        (Dialect::Rackspace, "/rackspace/v2/images"),
        (Dialect::Rackspace, "/rackspace/v2/images/{}/members/{}"),
        (Dialect::IdentityV3, "/identity/v3/users/{}"),
        (Dialect::IdentityV3, "/identity/v3/users"),
        (Dialect::IdentityV2, "/identity/v2.0/tokens/{}"),
    ]
}

/// Segments, queries and headers that are no text, no numbers, or too much; as somebody and as nobody.
#[test]
fn t_d4_paths_queries_and_headers() {
    let salon = unthrottled();
    let (alice, admin) = (salon.alice(), salon.admin());
    let long = "y".repeat(20_000);
    let segments = [
        "%ff%fe",
        "%00",
        "%",
        "%2",
        "%zz",
        "%c0%af",
        "%ed%a0%80",
        "..%2f..%2fetc",
        "%2e%2e",
        "a%2fb",
        "a;b=c",
        "a%0d%0aX:y",
        "%F0%9F%98%80",
        "'",
        "\"",
        "<script>",
        "{}",
        "%25ff",
        "-1",
        "99999999999999999999",
        &long,
    ];
    let many: String = (0..2_000).map(|number| format!("&k{number}=v")).collect();
    let queries = [
        "limit=-1",
        "limit=0",
        "limit=9223372036854775807",
        "limit=99999999999999999999",
        "limit=1e3",
        "limit=%00",
        "limit=",
        "limit=1&limit=2",
        "marker=%ff",
        "marker=%00",
        "marker=x",
        "name=%ff",
        "name=%00",
        "name=in:",
        "name=in:%ff,%22",
        "name=%22",
        "%ff=x",
        "%00=x",
        "=",
        "&&&&",
        "sort_key=%00",
        "sort_key=x'--",
        "sort_dir=%ff",
        "sort=a:b:c:d,,,",
        "size_min=99999999999999999999",
        "size_max=-1",
        "created_at=gt:%ff",
        "created_at=gt:99999-99-99T99:99:99Z",
        "created_at=x:2020-01-01T00:00:00Z",
        "visibility=%00",
        "member_status=x",
        "tag=%00",
        "os_hidden=%ff",
        "changes-since=x",
        "property-%ff=x",
        "protected=maybe",
        "is_public=%00",
        "min_ram=0x10",
        "min_ram=1e400",
        "max-results=99999999999999999999",
        "next-token=%ff",
        "user_id=%00",
        "scope.project.id=%ff",
        &many[1..],
        &long,
    ];
    let bytes: [(&str, &[u8]); 22] = [
        ("X-Auth-Token", b"\xff\xfe"),
        ("X-Auth-Token", b""),
        ("X-Auth-Token", long.as_bytes()),
        ("X-Subject-Token", b"\xff"),
        ("X-Service-Token", b"\xff"),
        ("Accept", b"\xff"),
        ("Accept", b";;;,,,/q=9"),
        ("Accept", long.as_bytes()),
        ("Content-Type", b"\xff"),
        ("Content-Type", b"application/json; charset=\xff"),
        ("Content-Type", b"x"),
        ("Range", b"bytes=0-99999999999999999999999"),
        ("Range", b"bytes=-0,,,1-0,5-"),
        ("Range", b"\xff"),
        ("Content-Range", b"bytes 5-1/0"),
        ("Host", b"\xff"),
        ("Host", b"a, b"),
        ("X-Forwarded-Host", b"\xff"),
        ("X-OpenStack-Request-ID", b"\xff\x01"),
        ("Authorization", b"AWS4-HMAC-SHA256 Credential=\xff"),
        ("x-image-meta-name", b"\xff"),
        ("x-image-meta-property-\x7e", b"\xc3\x28"),
    ];
    let (mut wrong, mut sent) = (Vec::new(), 0);
    let mut judge = |dialect: Dialect, what: String, answer: Option<Answer>| {
        sent += 1;
        // Bytes that no head may have are refused below the dialects, without words.
        let Some(answer) = answer.filter(|answer| !(answer.body.is_empty() && answer.status == 400)) else { return };
        if answer.status >= 500 {
            wrong.push(format!("{what}: {answer:?}"));
        } else if let Some(flaw) = flaw(dialect, &answer).filter(|_| answer.status >= 400 && answer.status != 431) {
            wrong.push(format!("{what}: {} {flaw}", answer.status));
        }
    };
    for (dialect, place) in places() {
        let who = if dialect == Dialect::Image || dialect == Dialect::Rackspace { &alice } else { &admin };
        for method in ["GET", "PUT", "DELETE"] {
            for segment in segments.iter().filter(|_| place.contains("{}")) {
                let path = place.replace("{}", segment);
                let short: String = path.chars().take(60).collect();
                let answer = ask(&salon, method, &path, &[("X-Auth-Token", who.token.as_deref().unwrap().as_bytes())]);
                judge(dialect, format!("{method} {short}"), answer);
            }
        }
        let place = place.replace("{}", "7a5b1f9e-1c8e-4d53-9d0b-2f6b7c1f0a11");
        for query in queries {
            let path = format!("{place}?{query}");
            let answer = ask(&salon, "GET", &path, &[("X-Auth-Token", who.token.as_deref().unwrap().as_bytes())]);
            judge(dialect, format!("GET {place}?{}", &query[..query.len().min(60)]), answer);
        }
        for (name, value) in bytes {
            for method in ["GET", "POST", "PUT"] {
                let mut headers = vec![(name, value)];
                if name != "X-Auth-Token" {
                    headers.push(("X-Auth-Token", who.token.as_deref().unwrap().as_bytes()));
                }
                judge(dialect, format!("{method} {place} with {name}"), ask(&salon, method, &place, &headers));
            }
        }
    }
    let signed = salon.aws("alice");
    for query in queries {
        let answer = signed.get(&format!("/accounts?{query}"));
        judge(Dialect::Chime, format!("GET /accounts?{}", &query[..query.len().min(60)]), Some(answer));
    }
    for segment in segments {
        let answer = signed.get(&format!("/accounts/{segment}/rooms/{segment}"));
        judge(Dialect::Chime, format!("GET /accounts/{}", &segment[..segment.len().min(60)]), Some(answer));
    }
    eprintln!("{sent} paths, queries and headers, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{:#?}", &wrong[..wrong.len().min(40)]);
    nothing_broke(&salon);
}

/// A request with bytes for header values; `None` when the connection ends without an answer.
fn ask(salon: &Salon, method: &str, path: &str, headers: &[(&str, &[u8])]) -> Option<Answer> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n").into_bytes();
    if headers.iter().any(|(name, _)| matches!(*name, "Accept" | "Host")) {
        head = format!("{method} {path} HTTP/1.1\r\n").into_bytes();
        for name in ["Host", "Accept"].iter().filter(|own| headers.iter().all(|(name, _)| name != *own)) {
            head.extend_from_slice(
                format!("{name}: {}\r\n", if *name == "Host" { "localhost" } else { "application/json" }).as_bytes(),
            );
        }
    }
    for (name, value) in headers {
        head.extend_from_slice(format!("{name}: ").as_bytes());
        head.extend_from_slice(value);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"Connection: close\r\n\r\n");
    let mut connection = Connection::open(salon.address());
    let _ = connection.socket.write_all(&head);
    connection.answer(false)
}

/// T-D5: nothing is kept of what was asked for.
#[test]
fn t_d5_memory_does_not_grow_with_what_is_asked() {
    let salon = unthrottled();
    let count = if super::long() { 200_000 } else { 5_000 };
    let ask = |from: usize, to: usize| {
        let mut connection = salon.connect();
        for number in from..to {
            let path = format!("/v2/images/unknown-{number}?name-{number}=x");
            let token = format!("gAAAA-unknown-{number}");
            let request_id = format!("req-{number}");
            let host = format!("host-{number}.example");
            let headers = [
                ("X-Auth-Token", token.as_str()),
                ("X-OpenStack-Request-ID", &request_id),
                ("X-Forwarded-Host", &host),
                ("User-Agent", &host),
            ];
            connection.head("GET", &path, &headers, None);
            assert!((400..500).contains(&connection.answer(false).unwrap().status));
        }
    };
    ask(0, count);
    let first = salon.held().peak_memory;
    ask(count, 4 * count);
    let last = salon.held().peak_memory;
    eprintln!("{} unknown paths, tokens, ids and hosts: {} KiB, then {} KiB", 4 * count, first >> 10, last >> 10);
    assert!(last < first + (16 << 20), "{first} and then {last} bytes");
    let metrics = salon.nobody().get("/metrics");
    assert!(!metrics.text().contains("unknown-") && metrics.body.len() < 1 << 20);
}
