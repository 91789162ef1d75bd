//! Images through Cloud Images: paths, lists, entities, changes, faults, limits.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{Salon, Setup, User, http::Answer};
use serde_json::{Value, json};

const API: &str = "/rackspace/v2";
const PATCH: &str = "application/openstack-images-v2.1-json-patch";
const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

fn make(user: &User, body: &Value) -> String {
    let answer = user.post("/v2/images", body);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn patch(user: &User, id: &str, media: &str, body: &Value) -> Answer {
    let media: &[(&str, &str)] = if media.is_empty() { &[] } else { &[("Content-Type", media)] };
    user.send("PATCH", &format!("{API}/images/{id}"), media, body.to_string().as_bytes())
}

fn names(user: &User, query: &str) -> Vec<String> {
    let answer = user.get(&format!("{API}/images{query}"));
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let answer = answer.json();
    let images = answer["images"].as_array().unwrap();
    let mut names: Vec<String> = images.iter().map(|image| image["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

/// One key naming the fault, an object with code, message and details.
fn fault(answer: &Answer, status: u16, key: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{answer:?}");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), [key]);
    assert_eq!(body[key]["code"], status);
    for words in ["message", "details"] {
        assert!(body[key][words].as_str().is_some_and(|words| !words.is_empty()), "{body}");
    }
}

#[test]
fn every_form_of_a_path() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    let id = make(&alice, &json!({"name": "a", "visibility": "private"}));
    let own = &alice.project_id;
    let plain = alice.get(&format!("{API}/images/{id}")).json();
    for path in [
        format!("{API}/images/{id}.json"),
        format!("{API}/{own}/images/{id}"),
        format!("{API}/{own}/images/{id}.json"),
        format!("{API}/v2/images/{id}"),
        format!("{API}/v2/{own}/images/{id}"),
        format!("{API}/{own}/v2/images/{id}.json"),
        format!("{API}/images/{id}?no=such&parameter"),
    ] {
        let answer = alice.send("GET", &path, &[("Accept", "application/xml")], b"");
        assert_eq!((answer.status, answer.json()), (200, plain.clone()), "{path}");
    }
    for part in ["images", "limits", "schemas/image"] {
        assert_eq!(alice.get(&format!("{API}/{own}/{part}.json")).status, 200);
        // Another's tenant and nobody's are the same.
        for tenant in [bob.project_id.as_str(), "123456", "x%2Fy"] {
            fault(&alice.get(&format!("{API}/{tenant}/{part}")), 403, "forbidden");
        }
    }
    let versions = salon.nobody().get(&format!("{API}/"));
    assert_eq!(versions.status, 300);
    let link = versions.json()["versions"][0]["links"][0]["href"].clone();
    assert!(link.as_str().is_some_and(|link| link.ends_with("/rackspace/v2/")), "{link}");
}

#[test]
fn a_get_may_have_a_body() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = make(&alice, &json!({"name": "a"}));
    for path in ["images".to_owned(), format!("images/{id}"), format!("images/{id}/members"), "limits".to_owned()] {
        let answer = alice.send("GET", &format!("{API}/{path}"), &[], b"null");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    // The body may come later than the head, and the connection goes on.
    let mut connection = salon.connect();
    let token = alice.token.clone().unwrap();
    for _ in 0..3 {
        connection.head("GET", &format!("{API}/images/{id}"), &[("X-Auth-Token", &token)], Some(4));
        std::thread::sleep(std::time::Duration::from_millis(20));
        connection.write(b"null");
        assert_eq!(connection.answer(false).unwrap().status, 200);
    }
    let large = alice.send("GET", &format!("{API}/images"), &[], &vec![b' '; 1 << 20]);
    fault(&large, 413, "overLimit");
    // Nor does it cost the connection when it comes after its head, which is how python-requests sends it.
    let mut connection = salon.connect();
    let token = [("X-Auth-Token", alice.token.as_deref().unwrap())];
    for _ in 0..2 {
        connection.head("GET", &format!("{API}/images/{id}"), &token, Some(4));
        connection.socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        assert!(connection.socket.peek(&mut [0]).is_err(), "it was answered without its body");
        connection.socket.set_read_timeout(Some(common::PATIENCE)).unwrap();
        connection.write(b"null");
        assert_eq!(connection.answer(false).unwrap().status, 200);
    }
}

#[test]
fn what_an_image_is() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    let body = json!({
        "name": "snap", "visibility": "private", "disk_format": "raw", "container_format": "bare", "min_disk": 20,
        "tags": ["b", "a"], "com.rackspace__1__options": "0", "image_type": "snapshot",
    });
    let id = make(&alice, &body);
    let path = format!("{API}/images/{id}");
    let queued = alice.get(&path).json();
    assert_eq!(queued["status"], "queued");
    for absent in ["size", "checksum", "os_hidden", "os_hash_algo", "os_hash_value", "virtual_size"] {
        assert_eq!(queued.get(absent), None, "{absent}");
    }
    assert_eq!(alice.upload(&format!("/v2/images/{id}/file"), b"0123456789").status, 204);
    let image = alice.get(&path).json();
    assert_eq!(
        image,
        json!({
            "id": id, "name": "snap", "status": "active", "visibility": "private", "protected": false,
            "tags": ["a", "b"], "size": 10, "checksum": "781e5e245d69b566979b86e28d23f2c7", "disk_format": "raw",
            "container_format": "bare", "min_disk": 20, "min_ram": 0, "owner": alice.project_id,
            "created_at": image["created_at"], "updated_at": image["updated_at"],
            "com.rackspace__1__options": "0", "image_type": "snapshot",
            "self": format!("/v2/images/{id}"), "file": format!("/v2/images/{id}/file"), "schema": "/v2/schemas/image",
        })
    );
    // Shared or not, an image is private to its owner and to those it is shared with.
    assert_eq!(alice.post(&format!("{path}/members"), &json!({"member": bob.project_id})).status, 200);
    assert_eq!(alice.get(&path).json()["visibility"], "private");
    assert_eq!(bob.get(&path).json()["visibility"], "private");
    assert_eq!(alice.get(&format!("/v2/images/{id}")).json()["visibility"], "shared");
    // No uploads and no downloads here, and no other methods than those there are.
    fault(&alice.get(&format!("{path}/file")), 404, "itemNotFound");
    fault(&alice.upload(&format!("{path}/file"), b"x"), 404, "itemNotFound");
    let refused = alice.post(&format!("{API}/images"), &json!({"name": "x"}));
    fault(&refused, 405, "badMethod");
    assert_eq!(refused.header("allow"), Some("GET"));
    fault(&alice.send("PUT", &path, &[], b"{}"), 405, "badMethod");
}

#[test]
fn what_a_list_has() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    let own =
        make(&alice, &json!({"name": "own", "visibility": "private", "tags": ["t"], "com.mycompany.image-of": "x"}));
    make(&alice, &json!({"name": "own-shared", "visibility": "shared"}));
    make(&alice, &json!({"name": "own-community", "visibility": "community"}));
    make(&alice, &json!({"name": "own-hidden", "visibility": "private", "os_hidden": true}));
    make(&bob, &json!({"name": "bobs", "visibility": "private"}));
    let others = make(&bob, &json!({"name": "bobs-community", "visibility": "community"}));
    make(&admin, &json!({"name": "standard", "visibility": "public"}));
    for status in ["pending", "accepted", "rejected"] {
        let id = make(&bob, &json!({"name": status, "visibility": "private"}));
        let members = format!("{API}/images/{id}/members");
        assert_eq!(bob.post(&members, &json!({"member": alice.project_id})).status, 200);
        let answer = alice.put(&format!("{members}/{}", alice.project_id), &json!({"status": status}));
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let mine = ["own", "own-community", "own-shared"];
    let with = |more: &[&str]| {
        let mut all: Vec<String> = mine.iter().chain(more).map(|name| (*name).to_owned()).collect();
        all.sort();
        all
    };
    assert_eq!(names(&alice, ""), with(&["accepted", "standard"]));
    assert_eq!(names(&alice, "?limit=&marker=&name=own&offset=3"), ["own"]);
    assert_eq!(names(&alice, "?visibility=private"), with(&[]));
    assert_eq!(names(&alice, "?visibility=public"), ["standard"]);
    assert_eq!(names(&alice, "?visibility=shared"), ["accepted"]);
    for status in ["pending", "accepted", "rejected"] {
        assert_eq!(names(&alice, &format!("?visibility=shared&member_status={status}")), [status]);
        assert_eq!(names(&alice, &format!("?member_status={status}")), with(&[status, "standard"]));
    }
    assert_eq!(names(&alice, "?visibility=shared&member_status=all"), ["accepted", "pending", "rejected"]);
    assert_eq!(names(&alice, &format!("?owner={}", bob.project_id)), ["accepted"]);
    assert_eq!(names(&alice, "?tag=t"), ["own"]);
    assert_eq!(names(&alice, "?com.mycompany.image-of=x"), ["own"]);
    assert!(names(&alice, "?com.mycompany.image-of=y").is_empty());
    assert_eq!(names(&alice, "?status=queued&name=own"), ["own"]);
    // Statuses that nothing has only filter.
    for status in ["active", "saving", "killed", "deleted", "pending_delete", "deactivated", "nonsense"] {
        assert!(names(&alice, &format!("?status={status}")).is_empty());
    }
    // Values are compared as they are; nothing of later versions widens a list.
    assert!(names(&alice, "?name=in:own,standard").is_empty());
    assert!(names(&alice, "?os_hidden=true").is_empty());
    for bad in ["visibility=community", "visibility=all", "member_status=x", "size_min=x", "sort_key=owner", "limit=x"]
    {
        fault(&alice.get(&format!("{API}/images?{bad}")), 400, "badRequest");
    }
    // An administrator's lists are its project's, too.
    assert_eq!(names(&admin, ""), ["standard"]);
    // What this dialect has no word for is absent.
    fault(&alice.get(&format!("{API}/images/{others}")), 404, "itemNotFound");
    fault(&alice.get(&format!("{API}/images/{others}/members")), 404, "itemNotFound");
    fault(&alice.delete(&format!("{API}/images/{others}")), 404, "itemNotFound");
    assert_eq!(alice.delete(&format!("{API}/images/{own}")).status, 204);
}

#[test]
fn sizes_order_and_pages() {
    let salon = Salon::new();
    let alice = salon.alice();
    let mut ids = Vec::new();
    for at in 0..30_usize {
        let id = make(
            &alice,
            &json!({"name": format!("{at:02}"), "visibility": "private", "disk_format": "raw", "container_format": "bare"}),
        );
        assert_eq!(alice.upload(&format!("/v2/images/{id}/file"), &vec![b'x'; at + 1]).status, 204);
        ids.push(id);
    }
    assert_eq!(names(&alice, "?size_min=29&limit=100"), ["28", "29"]);
    assert_eq!(names(&alice, "?size_max=2"), ["00", "01"]);
    let get = |query: &str| alice.get(&format!("{API}/images{query}")).json();
    let first = get("");
    assert_eq!(first["images"].as_array().unwrap().len(), 25);
    assert_eq!(first["images"][0]["name"], "29");
    assert_eq!((&first["first"], &first["schema"]), (&json!("/v2/images"), &json!("/v2/schemas/images")));
    assert_eq!(get("?limit=101")["images"].as_array().unwrap().len(), 25);
    let all = get("?limit=100");
    assert_eq!(all["images"].as_array().unwrap().len(), 30);
    assert_eq!(all.get("next"), None);
    // Links begin with /v2/, keep the question, and lead through everything once.
    let mut next = "/v2/images?limit=7&sort_key=size&sort_dir=asc&visibility=private".to_owned();
    let mut seen = Vec::new();
    loop {
        assert!(next.starts_with("/v2/images?limit=7&sort_key=size&sort_dir=asc&visibility=private"), "{next}");
        let page = alice.get(&format!("/rackspace{next}")).json();
        assert_eq!(page["first"], "/v2/images?limit=7&sort_key=size&sort_dir=asc&visibility=private");
        seen.extend(page["images"].as_array().unwrap().iter().map(|image| image["name"].as_str().unwrap().to_owned()));
        match page.get("next") {
            Some(link) => next = link.as_str().unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, (0..30).map(|at| format!("{at:02}")).collect::<Vec<_>>());
    // The last image as marker: nothing is behind it.
    let beyond = get(&format!("?marker={}", ids[0]));
    assert_eq!((beyond["images"].clone(), beyond.get("next")), (json!([]), None));
    fault(&alice.get(&format!("{API}/images?marker={NOWHERE}")), 400, "badRequest");
}

#[test]
fn what_can_be_changed() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    let id = make(&alice, &json!({"name": "a", "visibility": "private", "com.rackspace__1__options": "1"}));
    let set = |path: &str, value: Value| json!([{"op": "add", "path": path, "value": value}]);
    for (path, value) in [
        ("/name", json!("b")),
        ("/tags", json!(["x"])),
        ("/protected", json!(true)),
        ("/os_distro", json!("debian")),
        ("/os_version", json!("12")),
        ("/disk_format", json!("vhd")),
        ("/container_format", json!("ovf")),
        ("/min_disk", json!(20)),
        ("/min_ram", json!(512)),
        ("/kernel_id", json!(NOWHERE)),
        ("/ramdisk_id", json!(NOWHERE)),
        ("/a~1b~0c", json!("custom")),
        ("/com.mycompany.x", json!("1")),
    ] {
        let answer = patch(&alice, &id, PATCH, &set(path, value.clone()));
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let name = path[1..].replace("~1", "/").replace("~0", "~");
        assert_eq!(answer.json()[name.as_str()], value, "{path}");
    }
    // As the first draft has it, and with a name that is there already.
    let old = "application/openstack-images-v2.0-json-patch";
    assert_eq!(patch(&alice, &id, old, &json!([{"replace": "/name", "value": "c"}])).json()["name"], "c");
    let before = alice.get(&format!("/v2/images/{id}")).json();
    for path in [
        "/com.rackspace__1__options",
        "/com.rackspace__1__new",
        "/com.rackspaceX",
        "/Com.Rackspace__1__options",
        "/owner",
        "/visibility",
        "/os_hidden",
        "/status",
        "/checksum",
        "/size",
        "/created_at",
        "/id",
        "/schema",
        "/self",
        "/file",
        "/os_hash_value",
        "/os_glance_x",
    ] {
        for op in ["add", "replace"] {
            let answer = patch(&alice, &id, PATCH, &json!([{"op": op, "path": path, "value": "public"}]));
            assert!(matches!(answer.status, 403 | 400), "{path}: {answer:?}");
        }
        let answer = patch(&alice, &id, PATCH, &json!([{"op": "remove", "path": path}]));
        assert!(matches!(answer.status, 403 | 409), "{path}: {answer:?}");
    }
    fault(&patch(&alice, &id, PATCH, &set("/com.rackspace__1__options", json!("0"))), 403, "forbidden");
    assert_eq!(alice.get(&format!("/v2/images/{id}")).json(), before);
    for media in ["", "application/json", "application/json-patch+json", "text/plain"] {
        let answer = patch(&alice, &id, media, &set("/name", json!("x")));
        fault(&answer, 415, "badMediaType");
        assert!(answer.header("accept-patch").is_some());
    }
    fault(&patch(&alice, &id, PATCH, &json!([{"op": "remove", "path": "/absent"}])), 409, "conflict");
    fault(&patch(&alice, &id, PATCH, &json!({})), 400, "badRequest");
    fault(&patch(&bob, &id, PATCH, &json!([])), 404, "itemNotFound");

    // It is protected by now.
    let path = format!("{API}/images/{id}");
    fault(&alice.delete(&path), 403, "forbidden");
    assert_eq!(patch(&alice, &id, PATCH, &set("/protected", json!(false))).status, 200);
    assert_eq!(alice.delete(&path).status, 204);
    fault(&alice.delete(&path), 404, "itemNotFound");
}

#[test]
fn tags() {
    let salon = Salon::new();
    let alice = salon.alice();
    let id = make(&alice, &json!({"name": "a"}));
    let tag = |method: &str, tag: &str| {
        alice.send(method, &format!("{API}/images/{id}/tags/{tag}"), &[("Content-Type", "application/json")], b"")
    };
    for _ in 0..2 {
        assert_eq!(tag("PUT", "a%20b.json").status, 204);
    }
    assert_eq!(alice.get(&format!("{API}/images/{id}")).json()["tags"], json!(["a b.json"]));
    assert_eq!(tag("DELETE", "a%20b.json").status, 204);
    fault(&tag("DELETE", "a%20b.json"), 404, "itemNotFound");
    fault(&tag("PUT", &"x".repeat(256)), 400, "badRequest");
}

#[test]
fn schemas_and_faults() {
    let salon = Salon::new();
    let alice = salon.alice();
    for name in ["image", "images", "member", "members", "task", "tasks"] {
        let schema = alice.get(&format!("{API}/schemas/{name}"));
        assert_eq!((schema.status, &schema.json()["name"]), (200, &json!(name)));
    }
    fault(&salon.nobody().get(&format!("{API}/images")), 401, "unauthorized");
    let mut stale = alice.clone();
    stale.token = Some("gAAAA-expired".to_owned());
    let answer = stale.get(&format!("{API}/images"));
    fault(&answer, 401, "unauthorized");
    assert!(answer.header("www-authenticate").is_some());
    fault(&alice.get(&format!("{API}/schemas/nothing")), 404, "itemNotFound");
    fault(&alice.get(&format!("{API}/images/{NOWHERE}")), 404, "itemNotFound");
    fault(&alice.get(&format!("{API}/images/not-an-id")), 404, "itemNotFound");
    let id = make(&alice, &json!({"name": "a"}));
    let members = format!("{API}/images/{id}/members");
    fault(
        &alice.send("POST", &members, &[("Content-Type", "text/plain")], b"{\"member\": \"x\"}"),
        415,
        "badMediaType",
    );
    fault(&alice.post(&members, &json!({"member": ""})), 400, "badRequest");
    fault(&alice.send("POST", &members, &[], b""), 400, "badRequest");
    let huge = format!("{{\"member\": \"{}\"}}", "x".repeat(2 << 20));
    fault(&alice.send("POST", &members, &[], huge.as_bytes()), 413, "overLimit");
    for method in ["OPTIONS", "TRACE", "HEAD", "PURGE"] {
        assert_eq!(alice.send(method, &members, &[], b"").status, 405, "{method}");
    }
}

/// Project and roles come from the token, whatever else a request says (T-H4).
#[test]
fn headers_do_not_make_somebody_else() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    let id = make(&alice, &json!({"name": "a", "visibility": "private"}));
    let forged = [
        ("X-Project-Id", alice.project_id.as_str()),
        ("X-Tenant-Id", &alice.project_id),
        ("X-Auth-Project-Id", &alice.project_id),
        ("X-Tenant", &alice.project_id),
        ("X-User-Id", &admin.project_id),
        ("X-Roles", "admin,member,cloudImages:admin"),
        ("X-Role", "admin"),
        ("X-Identity-Status", "Confirmed"),
        ("X-Is-Admin-Project", "True"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("x-image-meta-owner", &bob.project_id),
        ("X-Original-URL", "/v2/images"),
    ];
    let path = format!("{API}/images/{id}");
    for (name, value) in forged {
        assert_eq!(bob.send("GET", &path, &[(name, value)], b"").status, 404, "{name}");
    }
    assert_eq!(bob.send("GET", &path, &forged, b"").status, 404);
    let nobody = salon.nobody();
    assert_eq!(nobody.send("GET", &path, &forged, b"").status, 401);
    // Clients do send them along: they are ignored, not refused.
    assert_eq!(alice.send("GET", &path, &forged, b"").status, 200);
    assert_eq!(alice.get(&path).json()["owner"], alice.project_id.as_str());
}

#[test]
fn t_d3_so_many_a_minute() {
    let config = "[rackspace]\nget_per_minute = 5\npost_per_minute = 2\npatch_per_minute = 0\n";
    let salon = Setup::config(config).start();
    let (alice, bob) = (salon.alice(), salon.bob());
    let limits = alice.get("/rackspace/limits").json();
    let rates = limits["limits"]["rate"][0].clone();
    assert_eq!((&rates["uri"], &rates["regex"]), (&json!("*"), &json!(".*")));
    let get = &rates["limit"][0];
    let shown = (&get["verb"], &get["value"], &get["remaining"], &get["unit"]);
    assert_eq!(shown, (&json!("GET"), &json!(5), &json!(5), &json!("MINUTE")));
    assert!(get["next-available"].as_str().unwrap().ends_with('Z'));
    let verbs: Vec<&Value> = rates["limit"].as_array().unwrap().iter().map(|limit| &limit["verb"]).collect();
    assert_eq!(verbs, ["GET", "POST", "PUT", "DELETE"]);
    assert!(limits["limits"]["absolute"].is_object());

    let images = format!("{API}/images");
    let statuses: Vec<u16> = (0..6).map(|_| alice.get(&images).status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 413]);
    let over = alice.get(&images);
    fault(&over, 413, "overLimit");
    let wait: u64 = over.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=12).contains(&wait), "{wait}");
    assert!(over.json()["overLimit"]["retryAfter"].as_str().unwrap().ends_with('Z'));
    assert!(over.header("x-trans-id").is_some());
    // The limits can be read still, other methods and other projects have allowances of their own, and 0 is no limit.
    assert_eq!(alice.get(&format!("{API}/limits")).json()["limits"]["rate"][0]["limit"][0]["remaining"], 0);
    assert_eq!(bob.get(&images).status, 200);
    assert_eq!(alice.delete(&format!("{images}/{NOWHERE}")).status, 404);
    for _ in 0..20 {
        assert_eq!(patch(&alice, NOWHERE, PATCH, &json!([])).status, 404);
    }
    for status in [405, 405, 413] {
        assert_eq!(alice.post(&images, &json!({})).status, status);
    }
}

#[test]
fn a_place_of_its_own() {
    let salon = Setup::config("[rackspace]\nprefix = \"\"\nhost = \"Images.Example\"\n").start();
    let alice = salon.alice();
    let get = |host: &str, path: &str| {
        let mut connection = salon.connect();
        let token = alice.token.clone().unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Auth-Token: {token}\r\n\r\n");
        connection.write(head.as_bytes());
        connection.answer(false).unwrap()
    };
    assert_eq!(get("images.example:9292", "/limits").status, 200);
    assert!(get("images.example", "/v2/images").json()["images"].is_array());
    // Elsewhere it is the Image API.
    assert_eq!(get("localhost", "/v2/limits").status, 404);
    assert_eq!(get("localhost", "/rackspace/v2/images").status, 300);

    // Addresses of its own: there and nowhere else.
    let salon = Setup::config("[rackspace]\nlisten = [\"127.0.0.1:0\"]\n").start();
    let alice = salon.alice();
    assert_eq!(alice.get("/rackspace/v2/images").status, 300);
    let listening = |log: &str| -> Vec<std::net::SocketAddr> {
        let addresses = log.split("listening address=").skip(1);
        addresses.map(|rest| rest.split_whitespace().next().unwrap().parse().unwrap()).collect()
    };
    while listening(&salon.log()).len() < 2 {
        std::thread::yield_now();
    }
    let own = listening(&salon.log()).into_iter().find(|address| *address != salon.address()).unwrap();
    let mut connection = common::http::Connection::open(own);
    let answer =
        connection.exchange("GET", "/rackspace/limits", &[("X-Auth-Token", alice.token.as_deref().unwrap())], b"");
    assert_eq!(answer.status, 200, "{answer:?}");

    let salon = Setup::config("[rackspace]\nenabled = false\n").start();
    assert_eq!(salon.alice().get("/rackspace/v2/images").status, 300);
}
