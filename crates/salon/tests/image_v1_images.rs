//! The Image API v1, images: each test names the part of the reference's code it restates.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Salon, Setup, User, http::Answer, noise};
use serde_json::{Value, json};

const RAW: [(&str, &str); 2] = [("x-image-meta-disk_format", "raw"), ("x-image-meta-container_format", "bare")];
const DATA: (&str, &str) = ("Content-Type", "application/octet-stream");
const MD5_OF_ABC: &str = "900150983cd24fb0d6963f7d28e17f72";

fn create(user: &User, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut all = headers.to_vec();
    if !body.is_empty() {
        all.extend(RAW);
        all.push(DATA);
    }
    user.send("POST", "/v1/images", &all, body)
}

/// Creates an image and answers its id.
fn image(user: &User, headers: &[(&str, &str)], body: &[u8]) -> String {
    let answer = create(user, headers, body);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["image"]["id"].as_str().unwrap().to_owned()
}

fn at(id: &str) -> String {
    format!("/v1/images/{id}")
}

fn head(user: &User, id: &str) -> Answer {
    user.send("HEAD", &at(id), &[], b"")
}

fn put(user: &User, id: &str, headers: &[(&str, &str)]) -> Answer {
    user.send("PUT", &at(id), headers, b"")
}

fn names(user: &User, query: &str) -> Vec<String> {
    let answer = user.get(&format!("/v1/images/detail{query}"));
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let images = answer.json()["images"].as_array().unwrap().clone();
    images.iter().map(|image| image["name"].as_str().unwrap_or("-").to_owned()).collect()
}

/// glance/api/versions.py; §1 of the reference.
#[test]
fn versions() {
    let salon = Salon::new();
    let alice = salon.alice();
    let document = salon.nobody().get("/versions").json();
    let ids: Vec<&str> =
        document["versions"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(ids[ids.len() - 2..], ["v1.1", "v1.0"]);
    for path in ["/v1/images", "/v1.0/images", "/v1.1/images", "/v1", "/v1/"] {
        assert_eq!(alice.get(path).json(), json!({"images": []}), "{path}");
    }
    assert_eq!(alice.send("DELETE", "/v1/", &[], b"").json(), json!({"images": []}));
    for minor in ["v1", "v1.0", "v1.1"] {
        let accept = format!("application/vnd.openstack.images-{minor}");
        let answer = alice.send("GET", "/images/detail", &[("Accept", &accept)], b"");
        assert_eq!(answer.json(), json!({"images": []}));
    }
    assert_eq!(alice.get("/v1.2/images").status, 300);
}

#[test]
fn it_can_be_switched_off() {
    let salon = Setup::config("[image_v1]\nenabled = false\n").start();
    assert_eq!(salon.alice().get("/v1/images").status, 300);
    assert!(!salon.nobody().get("/versions").text().contains("v1."));
    let shown = salon.command(&["config", "show", "--defaults"]).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains("[image_v1]"));
}

/// glance/api/v1/router.py; §2.
#[test]
fn routes() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = image(&alice, &[], b"");
    let image = at(&id);
    for (method, path, status, allow) in [
        ("PUT", "/v1/images", 405, Some("GET, POST")),
        ("HEAD", "/v1/images/detail", 405, Some("GET")),
        ("POST", "/v1/images/detail", 405, Some("GET, HEAD")),
        ("POST", image.as_str(), 405, Some("GET, HEAD, PUT, DELETE")),
        ("PATCH", image.as_str(), 405, Some("GET, HEAD, PUT, DELETE")),
        ("POST", &format!("{image}/members"), 405, Some("GET, PUT")),
        ("POST", &format!("{image}/members/x"), 405, Some("GET, PUT, DELETE")),
        ("POST", "/v1/shared-images/x", 200, None),
        ("DELETE", "/v1/shared-images/x", 200, None),
        ("GET", "/v1/nothing", 404, None),
        ("GET", "/v1/images/", 404, None),
        ("BREW", image.as_str(), 501, None),
        ("GET", "/v1/images/not-a-uuid", 404, None),
        ("GET", "/v1/images/00000000-0000-4000-8000-000000000000", 404, None),
    ] {
        let answer = alice.send(method, path, &[], b"");
        assert_eq!((answer.status, answer.header("allow")), (status, allow), "{method} {path}");
        assert!(answer.header("x-openstack-request-id").unwrap().starts_with("req-"));
        assert_eq!(salon.nobody().send(method, path, &[], b"").status, 401, "{method} {path}");
    }
}

/// glance/registry/api/v1/images.py `_get_filters`, `_get_limit`, `_get_marker`, `_get_sort_*`; §4.
#[test]
fn lists() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    image(&alice, &[("x-image-meta-name", "a"), ("x-image-meta-property-kind", "x")], b"0123456789");
    image(
        &alice,
        &[("x-image-meta-name", "b"), ("x-image-meta-min_ram", "64"), ("x-image-meta-protected", "yes")],
        b"01",
    );
    image(
        &alice,
        &[("x-image-meta-name", "c"), ("x-image-meta-min-disk", "3"), ("x-image-meta-disk-format", "iso")],
        b"",
    );
    image(&bob, &[("x-image-meta-name", "d")], b"");
    image(&admin, &[("x-image-meta-name", "e"), ("x-image-meta-is_public", "True")], b"");

    let brief = alice.get("/v1/images?name=a").json();
    let keys: Vec<&String> = brief["images"][0].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["checksum", "container_format", "disk_format", "id", "name", "size"]);
    assert_eq!(brief.as_object().unwrap().len(), 1);
    let detail = alice.get("/v1/images/detail?name=a").json()["images"][0].clone();
    let mut keys: Vec<&str> = detail.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let all = "checksum container_format created_at deleted deleted_at disk_format id is_public min_disk min_ram name owner \
        properties protected size status updated_at virtual_size";
    assert_eq!(keys, all.split_whitespace().collect::<Vec<_>>());
    assert_eq!(detail["properties"], json!({"kind": "x"}));
    assert_eq!((&detail["size"], &detail["deleted"], &detail["is_public"]), (&json!(10), &json!(false), &json!(false)));

    for (query, expected) in [
        ("", "e c b a"),
        ("?sort_dir=asc", "a b c e"),
        ("?sort_key=name", "e c b a"),
        ("?sort_key=size&sort_dir=desc", "a b e c"),
        ("?limit=2", "e c"),
        ("?limit=0", ""),
        ("?limit=99999", "e c b a"),
        ("?name=b", "b"),
        ("?name=in:a,b", "b a"),
        ("?name=nope:b", ""),
        ("?status=active", "b a"),
        ("?status=queued", "e c"),
        ("?disk_format=iso", "c"),
        ("?container_format=bare", "b a"),
        ("?size_min=3", "a"),
        ("?size_max=2", "b"),
        ("?min_ram=64", "b"),
        ("?min_disk=3", "c"),
        ("?protected=TRUE", "b"),
        ("?protected=0", "e c a"),
        ("?property-kind=x", "a"),
        ("?property-kind=y", ""),
        ("?is_public=none", "e c b a"),
        ("?is_public=0", "e c b a"),
        ("?owner=somebody&unknown=1", "e c b a"),
        ("?changes-since=2020-01-01T00:00:00Z", "e c b a"),
        ("?changes-since=2999-01-01", ""),
    ] {
        let expected: Vec<&str> = expected.split_whitespace().collect();
        let mut found = names(&alice, query);
        if query.contains("sort_key=size") {
            // Two images of no data, in the order of their making.
            found.truncate(2);
            assert_eq!(found, expected[..2], "{query}");
        } else {
            assert_eq!(found, expected, "{query}");
        }
    }
    for query in [
        "?limit=-1",
        "?limit=x",
        "?marker=x",
        "?marker=00000000-0000-4000-8000-000000000000",
        "?sort_key=owner",
        "?sort_dir=up",
        "?size_min=-1",
        "?size_max=x",
        "?min_ram=x",
        "?min_disk=1.5",
        "?protected=perhaps",
        "?is_public=perhaps",
        "?changes-since=soon",
    ] {
        assert_eq!(alice.get(&format!("/v1/images{query}")).status, 400, "{query}");
    }
    // An administrator: as its own project sees, all that is not public, everything.
    for (query, expected) in [
        ("", "e"),
        ("?is_public=true", "e"),
        ("?is_public=1", "e"),
        ("?is_public=False", "d c b a"),
        ("?is_public=NONE", "e d c b a"),
    ] {
        assert_eq!(names(&admin, query), expected.split(' ').collect::<Vec<_>>(), "{query}");
    }
    // Pages, by the marker of the last entry.
    let ids: Vec<String> = alice.get("/v1/images?sort_key=name&sort_dir=asc").json()["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| image["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names(&alice, &format!("?sort_key=name&sort_dir=asc&limit=2&marker={}", ids[1])), ["c", "e"]);
    assert_eq!(names(&alice, &format!("?sort_key=name&sort_dir=asc&marker={}", ids[3])), Vec::<String>::new());
    assert_eq!(bob.get(&format!("/v1/images?marker={}", ids[0])).status, 400);
}

/// `changes-since` is exact: strictly later than the instant, to the microsecond.
#[test]
fn changes_since_an_instant() {
    let salon = Salon::new();
    let alice = salon.alice();
    for name in ["one", "two"] {
        image(&alice, &[("x-image-meta-name", name)], b"");
    }
    let detail = alice.get("/v1/images/detail?name=one").json();
    let at = detail["images"][0]["updated_at"].as_str().unwrap();
    assert_eq!(at.len(), "2026-01-01T00:00:00.000000".len());
    assert_eq!(names(&alice, &format!("?changes-since={at}Z")), ["two"]);
}

/// glance/common/utils.py `get_image_meta_from_headers`, glance/api/v1/images.py `validate_image_meta`; §5.1.
#[test]
fn headers_in() {
    let salon = Salon::new();
    let alice = salon.alice();
    let long = "x".repeat(256);
    for (name, value) in [
        ("name", long.as_str()),
        ("disk_format", "nope"),
        ("container_format", "nope"),
        ("size", "-1"),
        ("size", "x"),
        ("size", "99999999999999"),
        ("virtual_size", "x"),
        ("min_disk", "-1"),
        ("min_ram", "2147483648"),
        ("checksum", "123456789012345678901234567890123"),
        ("id", "x"),
        ("store", "nope"),
        ("created_at", "soon"),
        ("updated_at", "1899-12-31"),
        ("deleted_at", "x"),
        ("colour", "red"),
        ("os_hidden", "true"),
        ("visibility", "public"),
        ("property-", "x"),
    ] {
        let answer = alice.send("POST", "/v1/images", &[(&format!("x-image-meta-{name}"), value)], b"");
        assert_eq!(answer.status, 400, "{name}: {answer:?}");
    }
    assert_eq!(names(&alice, ""), Vec::<String>::new());
    let taken = image(&alice, &[("x-image-meta-virtual_size", "None"), ("x-image-meta-copy_from", "x")], b"");
    assert_eq!(create(&alice, &[("x-image-meta-id", &taken)], b"").status, 409);
    let id = "11111111-2222-4333-8444-555555555555";
    let made = image(
        &alice,
        &[
            ("X-Image-Meta-Id", id),
            ("X-Image-Meta-Name", "é ü"),
            ("x-image-meta-disk-format", "ami"),
            ("x-image-meta-min-ram", "2"),
            ("x-image-meta-protected", "on"),
            ("x-image-meta-is_public", "nonsense"),
            ("x-image-meta-owner", "somebody"),
            ("x-image-meta-property-Some-Name", "Value"),
            ("x-image-meta-property-none", ""),
            ("x-image-meta-created_at", "2000-01-01T00:00:00"),
        ],
        b"",
    );
    assert_eq!(made, id);
    let v2 = alice.get(&format!("/v2/images/{id}")).json();
    for (key, value) in [
        ("name", json!("é ü")),
        ("disk_format", json!("ami")),
        ("container_format", json!("ami")),
        ("min_ram", json!(2)),
        ("protected", json!(true)),
        ("visibility", json!("shared")),
        ("owner", json!(alice.project_id)),
        ("some_name", json!("Value")),
        ("none", Value::Null),
    ] {
        assert_eq!(v2[key], value, "{key}");
    }
    assert!(!v2["created_at"].as_str().unwrap().starts_with("2000"));
    let mixed = [("x-image-meta-disk_format", "ami"), ("x-image-meta-container_format", "aki")];
    assert_eq!(create(&alice, &mixed, b"").status, 400);
    let admin = salon.admin();
    let given = image(&admin, &[("x-image-meta-owner", &alice.project_id)], b"");
    assert_eq!(head(&alice, &given).header("x-image-meta-owner"), Some(alice.project_id.as_str()));
}

/// glance/common/utils.py `image_meta_to_http_headers`; §5.2.
#[test]
fn headers_out() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = image(&alice, &[("x-image-meta-name", "n"), ("x-image-meta-property-a", "1")], b"abc");
    for answer in [head(&alice, &id), alice.get(&at(&id))] {
        assert_eq!(answer.status, 200);
        for (name, value) in [
            ("id", id.as_str()),
            ("name", "n"),
            ("status", "active"),
            ("size", "3"),
            ("disk_format", "raw"),
            ("container_format", "bare"),
            ("min_disk", "0"),
            ("min_ram", "0"),
            ("is_public", "False"),
            ("protected", "False"),
            ("deleted", "False"),
            ("checksum", MD5_OF_ABC),
            ("owner", &alice.project_id),
            ("property-a", "1"),
        ] {
            assert_eq!(answer.header(&format!("x-image-meta-{name}")), Some(value), "{name}");
        }
        assert_eq!(answer.header("etag"), Some(MD5_OF_ABC));
        let created = answer.header("x-image-meta-created_at").unwrap();
        assert!(created.len() == 26 && !created.ends_with('Z'), "{created}");
        assert!(answer.headers.iter().all(|(name, _)| !name.contains("location")));
    }
    let whole = alice.get(&at(&id));
    assert_eq!(
        (whole.body.as_slice(), whole.header("content-type")),
        (b"abc".as_slice(), Some("application/octet-stream"))
    );
    let queued = image(&alice, &[], b"");
    let answer = head(&alice, &queued);
    assert_eq!((answer.header("x-image-meta-size"), answer.header("x-image-meta-checksum")), (Some("0"), None));
}

/// T-H3: what v2 writes cannot end a header of v1, and spellings of one name are one property.
#[test]
fn t_h3_properties_of_v2_in_headers() {
    let salon = Salon::new();
    let alice = salon.alice();
    let hostile = json!({"name": "a\r\nX-Evil: 1", "Kernel-Id": "k", "a b:\r\n": "v\r\n\r\n<html>", "é": "ü", "x_y": "1", "x-y": "2"});
    let made = alice.post("/v2/images", &hostile);
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let answer = head(&alice, &id);
    assert_eq!(answer.status, 200);
    for (name, value) in [
        ("name", "a%0D%0AX-Evil: 1"),
        ("property-kernel_id", "k"),
        ("property-a%20b%3a%0d%0a", "v%0D%0A%0D%0A<html>"),
        ("property-%c3%a9", "ü"),
        ("property-x_y", "1"),
    ] {
        assert_eq!(answer.header(&format!("x-image-meta-{name}")), Some(value), "{name}: {answer:?}");
    }
    assert_eq!(answer.header("x-evil"), None);
    assert_eq!(alice.get("/v1/images/detail?name=a%0D%0AX-Evil:%201").json()["images"][0]["properties"]["x_y"], "1");
    // What v1 shows as kernel_id is v2's Kernel-Id, and stays so when v1 writes or keeps it.
    assert_eq!(
        put(&alice, &id, &[("x-image-meta-property-KERNEL-ID", "k2"), ("x-glance-registry-purge-props", "false")])
            .status,
        200
    );
    let v2 = alice.get(&format!("/v2/images/{id}")).json();
    assert_eq!((&v2["Kernel-Id"], &v2["kernel_id"]), (&json!("k2"), &Value::Null));
    assert_eq!(put(&alice, &id, &[("x-image-meta-property-kernel_id", "k2")]).status, 200);
    let v2 = alice.get(&format!("/v2/images/{id}")).json();
    assert_eq!((&v2["Kernel-Id"], &v2["x_y"], &v2["é"]), (&json!("k2"), &Value::Null, &Value::Null));
}

/// glance/api/v1/images.py `create`; §6.1.
#[test]
fn create_with_and_without_data() {
    let salon = Salon::new();
    let alice = salon.alice();
    let answer = create(&alice, &[("x-image-meta-name", "n")], b"abc");
    assert_eq!((answer.status, answer.header("etag")), (201, Some(MD5_OF_ABC)));
    let body = answer.json();
    let id = body["image"]["id"].as_str().unwrap();
    assert_eq!(answer.header("location"), Some(at(id).as_str()));
    assert_eq!((&body["image"]["status"], &body["image"]["size"]), (&json!("active"), &json!(3)));
    assert_eq!(alice.get(&format!("/v2/images/{id}/file")).body, b"abc");

    let empty = image(&alice, &[("x-image-meta-size", "0")], b"");
    assert_eq!(head(&alice, &empty).header("x-image-meta-status"), Some("active"));
    let data = alice.get(&at(&empty));
    assert_eq!((data.status, data.body.len()), (200, 0));
    assert_eq!(alice.delete(&at(&empty)).status, 200);
    let queued = image(&alice, &[("x-image-meta-size", "7")], b"");
    assert_eq!(head(&alice, &queued).header("x-image-meta-status"), Some("queued"));
    assert_eq!(alice.get(&at(&queued)).status, 404);

    // Whatever is refused leaves nothing behind.
    let before = names(&alice, "");
    let no_formats = alice.send("POST", "/v1/images", &[DATA], b"abc");
    assert_eq!(no_formats.status, 400, "{no_formats:?}");
    let mut wrong_type = RAW.to_vec();
    wrong_type.push(("Content-Type", "text/plain"));
    assert_eq!(alice.send("POST", "/v1/images", &wrong_type, b"abc").status, 400);
    assert_eq!(create(&alice, &[("x-image-meta-checksum", "900150983cd24fb0d6963f7d28e17f73")], b"abc").status, 400);
    assert_eq!(create(&alice, &[("x-image-meta-is_public", "true")], b"abc").status, 403);
    for source in [("x-glance-api-copy-from", "file:///etc/passwd"), ("x-image-meta-location", "file:///etc/passwd")] {
        let answer = create(&alice, &[source], b"");
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("External sources are not supported"), "{answer:?}");
        let answer = create(&alice, &[source], b"abc");
        assert!(answer.status == 400 && answer.text().contains("multiple image sources"), "{answer:?}");
        assert_eq!(put(&alice, &queued, &[source]).status, 400);
    }
    assert_eq!(names(&alice, ""), before);
    // The length of the body counts before what the headers say of it; a checksum in either case is one.
    image(&alice, &[("x-image-meta-size", "5"), ("x-image-meta-checksum", &MD5_OF_ABC.to_uppercase())], b"abc");
}

/// A body that arrives in chunks is held to the size in the headers, and a failure leaves nothing.
#[test]
fn chunks() {
    let salon = Salon::new();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap();
    let send = |size: &str| {
        let mut connection = salon.connect();
        let mut headers =
            vec![("X-Auth-Token", token.as_str()), DATA, ("Transfer-Encoding", "chunked"), ("x-image-meta-size", size)];
        headers.extend(RAW);
        connection.head("POST", "/v1/images", &headers, None);
        connection.write(b"3\r\nabc\r\n0\r\n\r\n");
        connection.answer(false).unwrap()
    };
    assert_eq!(send("3").status, 201);
    assert_eq!(send("4").status, 400);
    assert_eq!(names(&alice, "").len(), 1);
}

/// A client that goes away in the middle of its data leaves no image.
#[test]
fn cut_in_the_middle() {
    let salon = Salon::new();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap();
    let mut headers = vec![("X-Auth-Token", token.as_str()), DATA, ("x-image-meta-name", "cut")];
    headers.extend(RAW);
    let mut connection = salon.connect();
    connection.head("POST", "/v1/images", &headers, Some(1 << 20));
    connection.write(&noise(1000));
    while names(&alice, "?status=saving") != ["cut"] {
        std::thread::yield_now();
    }
    drop(connection);
    while !names(&alice, "").is_empty() {
        std::thread::yield_now();
    }
}

/// glance/api/v1/images.py `update`; §6.3.
#[test]
fn update() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    let id = image(&alice, &[("x-image-meta-property-a", "1"), ("x-image-meta-property-b", "2")], b"");
    let properties = |id: &str| {
        alice.get("/v1/images/detail").json()["images"]
            .as_array()
            .unwrap()
            .iter()
            .find(|image| image["id"] == id)
            .unwrap()["properties"]
            .clone()
    };
    // Purging is the default, and core fields that are not named stay.
    let kept = put(&alice, &id, &[("x-image-meta-property-c", "3"), ("x-glance-registry-purge-props", "False")]);
    assert_eq!(kept.json()["image"]["properties"], json!({"a": "1", "b": "2", "c": "3"}));
    assert_eq!(put(&alice, &id, &[("x-image-meta-property-a", "1"), ("x-image-meta-name", "n")]).status, 200);
    assert_eq!(properties(&id), json!({"a": "1"}));
    // Never with data; and then there is data.
    let mut upload = RAW.to_vec();
    upload.extend([DATA, ("x-image-meta-property-d", "4")]);
    let answer = alice.send("PUT", &at(&id), &upload, b"abc");
    assert_eq!((answer.status, answer.header("etag")), (200, Some(MD5_OF_ABC)), "{answer:?}");
    assert_eq!(answer.json()["image"]["name"], "n");
    assert_eq!(properties(&id), json!({"a": "1", "d": "4"}));
    assert_eq!(alice.send("PUT", &at(&id), &upload, b"abc").status, 409);
    for (header, value, status) in [
        ("id", "11111111-2222-4333-8444-555555555555", 403),
        ("id", &id, 200),
        ("status", "queued", 403),
        ("status", "active", 200),
        ("size", "4", 403),
        ("size", "3", 200),
        ("checksum", "0", 403),
        ("checksum", MD5_OF_ABC, 200),
        ("disk_format", "qcow2", 403),
        ("disk_format", "raw", 200),
        ("is_public", "true", 403),
        ("min_ram", "x", 400),
        ("colour", "red", 400),
        ("owner", &bob.project_id, 200),
    ] {
        let answer = put(&alice, &id, &[(&format!("x-image-meta-{header}"), value)]);
        assert_eq!(answer.status, status, "{header}: {answer:?}");
    }
    assert_eq!(head(&alice, &id).header("x-image-meta-owner"), Some(alice.project_id.as_str()));
    // Somebody else's: absent, unless it is public.
    assert_eq!(put(&bob, &id, &[("x-image-meta-name", "x")]).status, 404);
    assert_eq!(put(&admin, &id, &[("x-image-meta-is_public", "True")]).json()["image"]["is_public"], true);
    assert_eq!(put(&bob, &id, &[("x-image-meta-name", "x")]).status, 403);
    assert_eq!(bob.delete(&at(&id)).status, 403);
    assert_eq!(put(&alice, &id, &[("x-image-meta-is_public", "False")]).json()["image"]["is_public"], false);
    assert_eq!(put(&admin, &id, &[("x-image-meta-owner", &bob.project_id)]).status, 200);
    assert_eq!(head(&alice, &id).status, 404);
}

/// T-I7: data with another digest than was announced is not active at any time. A failed upload to an image that was there
/// returns it to queued, so that it can be repeated.
#[test]
fn t_i7_a_put_of_other_bytes_fails_and_can_be_repeated() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = image(&alice, &RAW, b"");
    // Not the digest of anything, and that of other bytes.
    for digest in ["0", "900150983cd24fb0d6963f7d28e17f72"] {
        let wrong = [DATA, ("x-image-meta-checksum", digest)];
        assert_eq!(alice.send("PUT", &at(&id), &wrong, b"abd").status, 400);
        assert_eq!(head(&alice, &id).header("x-image-meta-status"), Some("queued"));
        assert_eq!(alice.get(&at(&id)).status, 404);
    }
    assert_eq!(alice.send("PUT", &at(&id), &[DATA], b"abc").status, 200);
    let bare = image(&alice, &[], b"");
    assert_eq!(alice.send("PUT", &at(&bare), &[DATA], b"abc").status, 400);
}

/// glance/api/v1/images.py `delete`; §6.4.
#[test]
fn delete() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    let id = image(&alice, &[("x-image-meta-protected", "True")], b"abc");
    assert_eq!(bob.delete(&at(&id)).status, 404);
    assert_eq!(alice.delete(&at(&id)).status, 403);
    assert_eq!(put(&alice, &id, &[("x-image-meta-protected", "False")]).status, 200);
    let answer = alice.delete(&at(&id));
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(alice.delete(&at(&id)).status, 404);
    assert_eq!(alice.get(&format!("/v2/images/{id}")).status, 404);
}

/// glance/api/v1/images.py `show`; §6.2.
#[test]
fn deactivated_data() {
    let salon = Salon::new();
    let (alice, admin) = (salon.alice(), salon.admin());
    let id = image(&alice, &[], b"abc");
    assert_eq!(alice.post(&format!("/v2/images/{id}/actions/deactivate"), &json!({})).status, 400);
    assert_eq!(alice.send("POST", &format!("/v2/images/{id}/actions/deactivate"), &[], b"").status, 204);
    assert_eq!(head(&alice, &id).header("x-image-meta-status"), Some("deactivated"));
    assert_eq!(alice.get(&at(&id)).status, 403);
    assert_eq!(admin.get(&at(&id)).body, b"abc");
}

/// §11: v2's visibilities as v1 reads and writes them.
#[test]
fn is_public_and_visibilities() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    for (visibility, is_public, by_id, listed, owner_lists) in [
        ("public", "True", true, true, true),
        ("community", "False", true, false, true),
        ("shared", "False", false, false, true),
        ("private", "False", false, false, true),
    ] {
        let made =
            admin.post("/v2/images", &json!({"name": visibility, "visibility": visibility, "owner": alice.project_id}));
        let id = made.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(head(&alice, &id).header("x-image-meta-is_public"), Some(is_public));
        assert_eq!(head(&bob, &id).status == 200, by_id, "{visibility}");
        assert_eq!(names(&bob, "").contains(&visibility.to_owned()), listed, "{visibility}");
        assert_eq!(names(&alice, "").contains(&visibility.to_owned()), owner_lists, "{visibility}");
        assert_eq!(names(&admin, "?is_public=none").contains(&visibility.to_owned()), visibility != "community");
        // Not public stays what it is: nothing is widened, nothing is narrowed.
        assert_eq!(put(&alice, &id, &[("x-image-meta-is_public", "False")]).status, 200);
        let after = if visibility == "public" { "shared" } else { visibility };
        assert_eq!(alice.get(&format!("/v2/images/{id}")).json()["visibility"], after);
    }
    // What v1 does not know stays as it was.
    let made = alice.post("/v2/images", &json!({"name": "kept", "tags": ["t"], "os_hidden": true}));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(put(&alice, &id, &[("x-image-meta-name", "new")]).status, 200);
    let v2 = alice.get(&format!("/v2/images/{id}")).json();
    assert_eq!((&v2["name"], &v2["tags"], &v2["os_hidden"]), (&json!("new"), &json!(["t"]), &json!(true)));
}

/// webob's error rendering; §10.
#[test]
fn errors() {
    let salon = Salon::new();
    let alice = salon.alice();
    for (accept, kind, start) in [
        (Some("*/*"), "text/html; charset=UTF-8", "<html>"),
        (Some("text/html"), "text/html; charset=UTF-8", "<html>"),
        (None, "text/plain; charset=UTF-8", "404 Not Found\n\n"),
        (Some("application/octet-stream"), "text/plain; charset=UTF-8", "404 Not Found\n\n"),
        (Some("application/json"), "application/json", "{\"message\": "),
    ] {
        let headers: Vec<(&str, &str)> = accept.iter().map(|accept| ("Accept", *accept)).collect();
        let answer = alice.send("GET", "/v1/images/x", &headers, b"");
        assert_eq!((answer.status, answer.header("content-type")), (404, Some(kind)));
        assert!(answer.text().starts_with(start), "{answer:?}");
        if kind == "application/json" {
            assert_eq!(
                (&answer.json()["code"], &answer.json()["title"]),
                (&json!("404 Not Found"), &json!("Not Found"))
            );
        }
    }
    assert_eq!(alice.send("HEAD", "/v1/images/x", &[], b"").status, 404);
}

/// T-A7: no spelling of any header reaches what is the server's.
#[test]
fn t_a7_smuggled_headers() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = image(&alice, &[("x-image-meta-name", "n")], b"abc");
    let v2 = || {
        let mut image = alice.get(&format!("/v2/images/{id}")).json();
        image["updated_at"] = Value::Null;
        image
    };
    let before = v2();
    let protected = "status owner size virtual_size checksum id created_at updated_at deleted deleted_at location copy_from uri \
        store is_public visibility os_hash_algo os_hash_value os_hidden tags locations direct_url file self schema stores \
        os_glance_import_task os_glance_x disk_format container_format";
    for name in protected.split_whitespace() {
        let hyphens = name.replace('_', "-");
        for value in
            ["queued", "1", "True", "2000-01-01", "http://127.0.0.1/", "qcow2", "11111111-2222-4333-8444-555555555555"]
        {
            for header in [
                format!("x-image-meta-{name}"),
                format!("X-Image-Meta-{hyphens}"),
                format!("X-IMAGE-META-{}", name.to_uppercase()),
                format!("x-image-meta-property-{name}"),
                format!("x-image-meta-property-{}", hyphens.to_uppercase()),
                format!("x-image-meta-%{:02x}{}", name.as_bytes()[0], &name[1..]),
            ] {
                let answer = put(&alice, &id, &[(&header, value), ("x-glance-registry-purge-props", "false")]);
                // copy_from, store, file and uri are nobody's names in v2: as properties they are free.
                let free = header.to_lowercase().contains("property-")
                    && matches!(name, "copy_from" | "uri" | "store" | "is_public");
                if free {
                    assert_eq!(put(&alice, &id, &[]).status, 200);
                } else {
                    assert!(matches!(answer.status, 200 | 400 | 403), "{header}: {answer:?}");
                }
                assert_eq!(v2(), before, "{header}: {value}");
            }
        }
    }
    // Two spellings in one request are refused, whichever comes first.
    let twice = [("x-image-meta-status", "active"), ("X-Image-Meta-STATUS", "queued")];
    assert_eq!(put(&alice, &id, &twice).status, 400);
    let twice = [("x-image-meta-property-a-b", "1"), ("x-image-meta-property-a_b", "2")];
    assert_eq!(put(&alice, &id, &twice).status, 400);
    assert_eq!(alice.get(&at(&id)).body, b"abc");
}

/// Limits of §6.1: properties, declared and streamed size.
#[test]
fn limits() {
    let salon = Setup::config("[image]\nimage_property_quota = 1\nimage_size_cap = 4\n").start();
    let alice = salon.alice();
    let two = [("x-image-meta-property-a", "1"), ("x-image-meta-property-b", "1")];
    assert_eq!(create(&alice, &two, b"").status, 413);
    let id = image(&alice, &two[..1], b"");
    assert_eq!(put(&alice, &id, &two).status, 413);
    assert_eq!(create(&alice, &[], b"abcde").status, 400);
    assert_eq!(create(&alice, &[("x-image-meta-size", "5")], b"").status, 400);
    let token = alice.token.clone().unwrap();
    let mut headers = vec![("X-Auth-Token", token.as_str()), DATA, ("Transfer-Encoding", "chunked")];
    headers.extend(RAW);
    let mut connection = salon.connect();
    connection.head("POST", "/v1/images", &headers, None);
    connection.write(b"5\r\nabcde\r\n0\r\n\r\n");
    assert_eq!(connection.answer(false).unwrap().status, 413);
    assert_eq!(alice.get("/v1/images").json()["images"].as_array().unwrap().len(), 1);
}
