//! How the Image API v2 takes requests and words its answers, over the wire of the real binary.

mod common;

use common::{Salon, Setup, User, http::Answer};
use salon_http::image_v2::ROUTES;
use serde_json::{Value, json};

const OCTETS: (&str, &str) = ("Content-Type", "application/octet-stream");

fn concrete(template: &str) -> String {
    template
        .replace("{image_id}", "7a5b1f9e-1c8e-4d53-9d0b-2f6b7c1f0a11")
        .replace("{tag}", "t")
        .replace("{member_id}", "m")
}

#[test]
fn t_a6_every_route_refuses_other_methods_and_says_which_do() {
    let salon = Salon::new();
    let alice = salon.alice();
    for route in ROUTES {
        let allowed: Vec<String> = route.methods.iter().map(|(method, _)| method.to_string()).collect();
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"] {
            if allowed.iter().any(|allowed| allowed == method) {
                continue;
            }
            let answer = alice.send(method, &concrete(route.template), &[], b"");
            assert_eq!(answer.status, 405, "{method} {}", route.template);
            assert_eq!(answer.header("allow"), Some(allowed.join(", ").as_str()), "{method} {}", route.template);
            let stranger = salon.nobody().send(method, &concrete(route.template), &[], b"");
            assert_eq!(stranger.status, 401, "{method} {}", route.template);
        }
    }
    assert_eq!(alice.send("PROPFIND", "/v2/nothing", &[], b"").status, 501);
    assert_eq!(alice.send("GET", "/v2/images/", &[], b"").status, 404);
    assert_eq!(salon.nobody().send("GET", "/v2/nothing", &[], b"").status, 401);
    let preflight = salon.nobody().send("OPTIONS", "/v2/images", &[("Origin", "https://console.example")], b"");
    assert_eq!((preflight.status, preflight.text()), (200, ""));
    assert_eq!(preflight.header("access-control-allow-origin"), None);
}

#[test]
fn the_api_describes_itself_to_everybody() {
    let salon = Salon::new();
    let nobody = salon.nobody();
    let described = nobody.send("GET", "/salon/openapi.json", &[], b"");
    assert_eq!((described.status, described.header("content-type")), (200, Some("application/json")));
    let document: Value = serde_json::from_str(described.text()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    // The schemas in it are those that the API itself shows.
    let schema = salon.alice().send("GET", "/v2/schemas/image", &[], b"");
    let schema: Value = serde_json::from_str(schema.text()).unwrap();
    assert_eq!(document["components"]["schemas"]["Image"], schema);
    for (method, path, status) in [("HEAD", "", 200), ("POST", "", 405), ("GET", "/", 200), ("GET", "/more", 404)] {
        let answer = nobody.send(method, &format!("/salon/openapi.json{path}"), &[], b"");
        assert_eq!(answer.status, status, "{method} {path}");
    }
}

#[test]
fn routes_without_a_body_refuse_one() {
    let salon = Salon::new();
    let alice = salon.alice();
    for route in ROUTES {
        for (method, operation) in route.methods.iter().filter(|(_, operation)| operation.refuses_body()) {
            let plain = alice.send(method.as_str(), &concrete(route.template), &[], b"{}");
            assert_eq!(plain.status, 400, "{operation:?}");
            assert!(plain.text().contains("A body is not expected with this request."), "{operation:?}");
            let chunked =
                [("Transfer-Encoding", "chunked"), ("X-Auth-Token", alice.token.as_deref().unwrap_or_default())];
            let mut connection = salon.connect();
            connection.head(method.as_str(), &concrete(route.template), &chunked, None);
            connection.write(b"0\r\n\r\n");
            assert_eq!(connection.answer(false).map(|answer| answer.status), Some(400), "{operation:?}");
        }
    }
}

#[test]
fn errors_come_as_the_client_wants_them() {
    let salon = Salon::new();
    let alice = salon.alice();
    let path = "/v2/images/a%3Cscript%3E%26'%22%C3%A9";
    let ask = |accept: Option<&str>| {
        let headers: Vec<(&str, &str)> = accept.map(|accept| ("Accept", accept)).into_iter().collect();
        let answer = alice.send("GET", path, &headers, b"");
        assert_eq!(answer.status, 404);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        (answer.header("content-type").map(str::to_owned).unwrap_or_default(), answer.text().to_owned())
    };
    for text in [None, Some(""), Some("text/plain")] {
        let (kind, body) = ask(text);
        assert_eq!(kind, "text/plain; charset=UTF-8", "{text:?}");
        assert_eq!(body, "404 Not Found\n\nNo image found with ID a&'\"é\n\n   ", "{text:?}");
    }
    let (kind, body) = ask(Some("application/json"));
    assert_eq!(kind, "application/json");
    assert_eq!(
        body,
        "{\"message\": \"No image found with ID a<script>&'\\\"\\u00e9<br /><br />\\n\\n\\n\", \
         \"code\": \"404 Not Found\", \"title\": \"Not Found\"}"
    );
    for html in [Some("*/*"), Some("text/html, application/json")] {
        let (kind, body) = ask(html);
        assert_eq!(kind, "text/html; charset=UTF-8");
        assert!(body.contains("No image found with ID a&lt;script&gt;&amp;&#x27;&quot;&#233;<br /><br />"), "{body}");
    }
}

#[test]
fn t_h6_markup_in_every_echo_is_escaped() {
    const MARKUP: &str = "<script>alert(1)</script>";
    let salon = Salon::new();
    let alice = salon.alice();
    let image = alice.create_image(MARKUP);
    let encoded = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let open = "%3Cscript%3Ealert(1)";
    let html = [("Accept", "text/html")];
    let patch = [("Accept", "text/html"), ("Content-Type", "application/openstack-images-v2.1-json-patch")];
    let body = |value: Value| value.to_string().into_bytes();
    let op = |path: &str, value: Value| body(json!([{"op": "replace", "path": path, "value": value}]));
    let answers: Vec<Answer> = vec![
        alice.send("GET", &format!("/v2/images/{open}"), &html, b""),
        alice.send("GET", &format!("{image}/members/{open}"), &html, b""),
        alice.send("DELETE", &format!("{image}/tags/{open}"), &html, b""),
        alice.send("GET", &format!("/v2/images?sort={encoded}"), &html, b""),
        alice.send("GET", &format!("/v2/images?sort_key={encoded}"), &html, b""),
        alice.send("GET", &format!("/v2/images?sort_dir={encoded}"), &html, b""),
        alice.send("GET", &format!("/v2/images?visibility={encoded}"), &html, b""),
        alice.send("GET", &format!("/v2/images?member_status={encoded}"), &html, b""),
        alice.send("GET", &format!("/v2/images?marker={encoded}"), &html, b""),
        alice.send("GET", &format!("/v2/images?limit={encoded}"), &html, b""),
        alice.send("GET", &format!("/v2/images?name={encoded}:x"), &html, b""),
        alice.send("GET", &format!("/v2/images?created_at={encoded}"), &html, b""),
        alice.send("POST", "/v2/images", &html, &body(json!({"visibility": MARKUP}))),
        alice.send("POST", "/v2/images", &html, &body(json!({"disk_format": MARKUP}))),
        alice.send("POST", "/v2/images", &html, &body(json!({"owner": MARKUP}))),
        alice.send("POST", "/v2/images", &html, &body(json!({"id": MARKUP}))),
        alice.send("POST", "/v2/images", &html, &body(json!({MARKUP: 1}))),
        alice.send("PATCH", &image, &patch, &op(&format!("/{}", MARKUP.replace('/', "~1")), json!("x"))),
        alice.send("PATCH", &image, &patch, &op("/visibility", json!(MARKUP))),
        alice.send("PATCH", &image, &[("Accept", "text/html"), ("Content-Type", MARKUP)], b"[]"),
        alice.send("PUT", &format!("{image}/file"), &[("Accept", "text/html"), ("Content-Type", MARKUP)], b"x"),
        alice.send("PUT", &format!("{image}/members/x"), &html, &body(json!({"status": MARKUP}))),
    ];
    for (at, answer) in answers.iter().enumerate() {
        // A value with an operator in front is a name like any other when it has none; everything else is an error.
        if answer.status != 200 {
            assert_eq!(answer.header("content-type"), Some("text/html; charset=UTF-8"), "{at}: {answer:?}");
            assert!(!answer.text().contains("<script"), "{at}: {answer:?}");
        }
        assert!(answer.status < 500, "{at}: {answer:?}");
    }
    assert!(answers.iter().filter(|answer| answer.status >= 400).count() > 18);
}

#[test]
fn t_h7_request_ids_are_taken_over_or_replaced() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = |given: &str| {
        let answer = alice.send("GET", "/v2/schemas/image", &[("X-OpenStack-Request-ID", given)], b"");
        (answer.status, answer.header("x-openstack-request-id").map(str::to_owned).unwrap_or_default())
    };
    assert_eq!(id("req-of-mine"), (200, "req-of-mine".to_owned()));
    assert_eq!(id("mine"), (200, "req-mine".to_owned()));
    assert_eq!(id(&"a".repeat(64)), (200, format!("req-{}", "a".repeat(64))));
    assert_eq!(id(&"a".repeat(65)).0, 431);
    let (status, replaced) = id("a b<script>");
    assert_eq!((status, replaced.len()), (200, 40));
    assert_ne!(id("x y").1, replaced);
}

#[test]
fn t_d2_json_bodies_are_bounded_and_clean() {
    let salon = Salon::new();
    let alice = salon.alice();
    let post = |body: &[u8]| alice.send("POST", "/v2/images", &[], body);
    let large = format!("{{\"note\": \"{}\"}}", "x".repeat(1 << 20));
    for (body, status, words) in [
        (&b""[..], 400, "Body expected in request."),
        (b"{", 400, "Malformed JSON in request body."),
        (b"\"text\"", 400, "Unexpected body type. Expected list/dict."),
        (b"{\"name\": \"\\ud800\"}", 400, "Malformed JSON in request body."),
        (b"{\"name\": \"\\u0000\"}", 400, "Malformed JSON in request body."),
        (b"{\"name\": \"\xff\"}", 400, "Malformed JSON in request body."),
        ("[".repeat(100_000).as_bytes(), 400, "Malformed JSON in request body."),
        (large.as_bytes(), 413, "larger"),
    ] {
        let answer = post(body);
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.text().contains(words), "{answer:?}");
    }
    let token = alice.token.clone().unwrap_or_default();
    let mut connection = salon.connect();
    connection.head("POST", "/v2/images", &[("X-Auth-Token", &token), ("Transfer-Encoding", "chunked")], None);
    connection.write(b"2\r\n{}\r\n0\r\n\r\n");
    assert_eq!(connection.answer(false).map(|answer| answer.status), Some(201));
}

#[test]
fn a_conflict_is_answered_before_the_body_is_sent() {
    let salon = Salon::new();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap_or_default();
    let image = alice.image_with("taken", b"0123456789");
    let queued = alice.create_image("free");
    let headers = [("X-Auth-Token", token.as_str()), OCTETS, ("Expect", "100-continue")];
    let mut connection = salon.connect();
    // The body never comes: an answer proves that it was not waited for.
    connection.head("PUT", &format!("{image}/file"), &headers, Some(1 << 40));
    assert_eq!(connection.answer(false).map(|answer| answer.status), Some(409));
    let mut connection = salon.connect();
    connection.head("PUT", &format!("{queued}/file"), &headers, Some(4));
    let mut line = [0; 25];
    std::io::Read::read_exact(&mut connection.socket, &mut line).unwrap_or_default();
    assert_eq!(&line, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(alice.status_of(&queued), "saving");
    connection.write(b"data");
    assert_eq!(connection.answer(false).map(|answer| answer.status), Some(204));
    assert_eq!(alice.status_of(&queued), "active");
}

#[test]
fn t_h2_uploads_are_whole_or_not_at_all() {
    let salon = Salon::new();
    let alice = salon.alice();
    let image = alice.create_image("upload");
    let file = format!("{image}/file");
    let size = |value: &str, body: &[u8]| alice.send("PUT", &file, &[OCTETS, ("X-OpenStack-Image-Size", value)], body);
    for (answer, status) in [
        (alice.send("PUT", &file, &[], b"x"), 415),
        (alice.send("PUT", &file, &[("Content-Type", "text/plain")], b"x"), 415),
        (size("many", b"x"), 400),
        (size("-1", b"x"), 400),
        (size("2", b"x"), 400),
        (size("0", b"x"), 400),
    ] {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(alice.status_of(&image), "queued");
    }
    let token = alice.token.clone().unwrap_or_default();
    let mut connection = salon.connect();
    connection.head("PUT", &file, &[("X-Auth-Token", &token), OCTETS], Some(10));
    connection.write(b"short");
    connection.finish();
    if let Some(answer) = connection.answer(false) {
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    wait_until_queued(&alice, &image);
    let parameters = [OCTETS, ("X-OpenStack-Image-Size", "0")];
    assert_eq!(alice.send("PUT", &file, &parameters, b"").status, 204);
    let shown = alice.get(&image).json();
    assert_eq!((&shown["status"], &shown["size"], &shown["virtual_size"]), (&json!("active"), &json!(0), &Value::Null));
    let empty = alice.get(&file);
    assert_eq!((empty.status, empty.body.len()), (200, 0));
    assert_eq!(empty.header("content-md5"), Some("d41d8cd98f00b204e9800998ecf8427e"));
    assert_eq!(alice.send("GET", &file, &[("Range", "bytes=0-")], b"").status, 416);
}

/// A connection that ends early is noticed by the server in its own time; until then the image is claimed.
fn wait_until_queued(user: &User, image: &str) {
    while user.status_of(image) == "saving" {
        std::thread::yield_now();
    }
    assert_eq!(user.status_of(image), "queued");
}

#[test]
fn downloads_say_what_they_are() {
    let salon = Salon::new();
    let alice = salon.alice();
    let queued = format!("{}/file", alice.create_image("no data"));
    for headers in [&[][..], &[("Range", "bytes=0-1")], &[("Content-Range", "bytes 0-1/*")]] {
        let answer = alice.send("GET", &queued, headers, b"");
        assert_eq!((answer.status, answer.header("content-type")), (204, None), "{headers:?}");
    }
    let file = format!("{}/file", alice.image_with("data", b"0123456789"));
    let whole = alice.get(&file);
    assert_eq!((whole.status, whole.text()), (200, "0123456789"));
    assert_eq!(whole.header("content-type"), Some("application/octet-stream"));
    assert_eq!(whole.header("content-length"), Some("10"));
    assert_eq!(whole.header("content-md5"), Some("781e5e245d69b566979b86e28d23f2c7"));
    for absent in ["etag", "accept-ranges", "last-modified", "content-range"] {
        assert_eq!(whole.header(absent), None);
    }
    for (header, value, part, range) in [
        ("Range", "bytes=2-4", "234", "bytes 2-4/10"),
        ("Range", "bytes=-3", "789", "bytes 7-9/10"),
        ("Range", "bytes=8-99", "89", "bytes 8-9/10"),
        ("Content-Range", "bytes 2-4/*", "234", "bytes 2-4/10"),
    ] {
        let answer = alice.send("GET", &file, &[(header, value)], b"");
        assert_eq!((answer.status, answer.text()), (206, part), "{value}");
        assert_eq!(answer.header("content-range"), Some(range), "{value}");
    }
    for (value, status) in [("bytes=0-1,2-3", 400), ("bytes=10-", 416), ("bytes=4-2", 416), ("octets=0-1", 416)] {
        assert_eq!(alice.send("GET", &file, &[("Range", value)], b"").status, status, "{value}");
    }
    assert_eq!(alice.get(&format!("{file}?prefer=fast")).status, 400);
    assert_eq!(alice.get(&format!("{file}?prefer=")).status, 200);
}

#[test]
fn links_lead_through_all_pages_with_every_parameter() {
    let salon = Salon::new();
    let alice = salon.alice();
    for number in 0..5 {
        let body = json!({"name": format!("n{}", number % 2), "tags": ["a", "b c&d"], "note": "é"});
        assert_eq!(alice.post("/v2/images", &body).status, 201);
    }
    assert_eq!(alice.post("/v2/images", &json!({"tags": ["b c&d"], "note": "é"})).status, 201);
    let mut path =
        "/v2.1/images?tag=a&tag=b+c%26d&sort_key=name&sort_key=id&sort_dir=asc&note=%C3%A9&limit=2".to_owned();
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let page = alice.get(&path).json();
        let names = |page: &Value| -> Vec<(String, String)> {
            let images = page["images"].as_array().cloned().unwrap_or_default();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            images.iter().map(|image| (text(&image["name"]), text(&image["id"]))).collect()
        };
        seen.extend(names(&page));
        assert_eq!(
            page["first"],
            "/v2/images?tag=a&tag=b+c%26d&sort_key=name&sort_key=id&sort_dir=asc&note=%C3%A9&limit=2"
        );
        pages += 1;
        match page["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!((pages, seen.len()), (3, 5));
    assert!(seen.is_sorted(), "{seen:?}");
    assert_eq!(alice.get("/v2/images?name=%ff").status, 400);
}

#[test]
fn links_are_where_the_client_found_the_server() {
    let salon = Setup::config("[server]\npublic_endpoint = \"https://images.example/glance/\"\n").start();
    let alice = salon.alice();
    let created = alice.post("/v2/images", &json!({}));
    let location = format!("https://images.example/glance/v2/images/{}", created.json()["id"].as_str().unwrap_or("-"));
    assert_eq!(created.header("location"), Some(location.as_str()));
    assert_eq!(created.header("openstack-image-import-methods"), None);
    let versions = salon.nobody().get("/").json();
    assert_eq!(versions["versions"][0]["links"][0]["href"], "https://images.example/glance/v2/");
}

#[test]
fn the_versions_document_is_for_everybody() {
    let salon = Salon::new();
    let nobody = salon.nobody();
    for (method, path, status) in [
        ("GET", "/", 300),
        ("POST", "/", 300),
        ("GET", "/v0/images", 300),
        ("GET", "/v3", 300),
        ("GET", "/v2.99/images", 300),
        ("GET", "/versions", 200),
        ("DELETE", "/versions/x", 200),
    ] {
        let answer = nobody.send(method, path, &[], b"");
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.json()["versions"][0]["status"], "CURRENT", "{path}");
    }
    assert_eq!(nobody.get("/v2/images").status, 401);
    let challenge = nobody.get("/v2/images").header("www-authenticate").map(str::to_owned).unwrap_or_default();
    assert!(challenge.starts_with("Keystone uri=\"http://"), "{challenge}");
    let alice = salon.alice();
    let media = [("Accept", "application/vnd.openstack.images-v2.3")];
    assert_eq!(alice.send("GET", "/images", &media, b"").status, 200);
    assert_eq!(alice.get("/v2.5/images").status, 200);
}
