//! Imports and exports through Cloud Images, with disks that qemu-img makes.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use common::{PATIENCE, Salon, Setup, User, http::Answer};
use serde_json::{Value, json};

const API: &str = "/rackspace/v2";
const RESCUE: &str = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";

/// A container of a user, made as an operator makes it.
fn container(salon: &Salon, user: &User, name: &str) -> PathBuf {
    let path = salon.data().join("containers").join(&user.project_id).join(name);
    fs::create_dir_all(&path).unwrap();
    path
}

fn qemu_img(arguments: &[&str]) {
    let output = Command::new("qemu-img").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A VHD of the rescue image, `fixed` or `dynamic`.
fn disk(path: &Path, kind: &str) -> Vec<u8> {
    let options = format!("subformat={kind}");
    qemu_img(&["convert", "-f", "raw", "-O", "vpc", "-o", &options, RESCUE, path.to_str().unwrap()]);
    fs::read(path).unwrap()
}

fn ask(user: &User, body: &Value) -> Value {
    let answer = user.post(&format!("{API}/tasks"), body);
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

fn import(user: &User, from: &str) -> Value {
    ask(user, &json!({"type": "import", "input": {"import_from": from, "image_properties": {"name": "imported"}}}))
}

fn export(user: &User, image: &str, container: &str) -> Value {
    ask(user, &json!({"type": "export", "input": {"image_uuid": image, "receiving_swift_container": container}}))
}

fn show(user: &User, task: &Value) -> Value {
    let answer = user.get(&format!("/rackspace{}", task["self"].as_str().unwrap()));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Waits for the end of a task.
fn ended(user: &User, task: &Value) -> Value {
    let begun = Instant::now();
    loop {
        let now = show(user, task);
        match now["status"].as_str().unwrap() {
            "success" | "failure" => return now,
            "pending" | "processing" => {
                assert!(begun.elapsed() < PATIENCE, "{now}");
                assert_eq!((&now["message"], now.get("result"), now.get("expires_at")), (&json!("None"), None, None));
                std::thread::sleep(Duration::from_millis(20));
            }
            other => assert_eq!(other, "an end", "{now}"),
        }
    }
}

fn failed(user: &User, task: &Value, words: &str) {
    let task = ended(user, task);
    assert_eq!(task["status"], "failure", "{task}");
    assert!(task["message"].as_str().unwrap().contains(words), "{task}");
    assert_eq!(task.get("result"), None);
    assert!(task["expires_at"].is_string());
}

fn fault(answer: &Answer, status: u16, key: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.json()[key]["code"], status, "{answer:?}");
}

on_every_database! {
    fn in_and_out_again(database) {
        let salon = Setup::on(database).start();
        let alice = salon.alice();
        let uploads = container(&salon, &alice, "uploads");
        let exports = container(&salon, &alice, "exports");
        fs::create_dir(uploads.join("deep")).unwrap();
        for (kind, object) in [("fixed", "fixed.vhd"), ("dynamic", "deep/dynamic.vhd")] {
            let bytes = disk(&uploads.join(object), kind);
            let from = format!("uploads/{object}");
            let input = json!({"import_from": from, "import_from_format": "vhd", "image_properties": {"name": kind}});
            let asked = ask(&alice, &json!({"type": "import", "input": input}));
            let mut members: Vec<&str> = asked.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            let all = ["created_at", "id", "input", "message", "owner", "schema", "self", "status", "type", "updated_at"];
            assert_eq!(members, all);
            assert_eq!((&asked["status"], &asked["message"]), (&json!("pending"), &json!("None")));
            assert_eq!((&asked["type"], &asked["input"]), (&json!("import"), &input));
            assert_eq!((&asked["owner"], &asked["schema"]), (&json!(alice.project_id), &json!("/v2/schemas/task")));
            assert_eq!(asked["self"], format!("/v2/tasks/{}", asked["id"].as_str().unwrap()));

            let done = ended(&alice, &asked);
            assert_eq!(done["status"], "success", "{done}");
            let id = done["result"]["image_id"].as_str().unwrap();
            let instant = |name: &str| chrono_seconds(done[name].as_str().unwrap());
            assert_eq!(instant("expires_at") - instant("updated_at"), 48 * 3600);
            let image = alice.get(&format!("{API}/images/{id}")).json();
            assert_eq!(
                (&image["name"], &image["visibility"], &image["status"]),
                (&json!(kind), &json!("private"), &json!("active"))
            );
            assert_eq!((&image["disk_format"], &image["container_format"]), (&json!("vhd"), &json!("ovf")));
            assert_eq!(image["owner"], alice.project_id.as_str());
            assert!(alice.get(&format!("/v2/images/{id}/file")).body == bytes);

            let exported = ended(&alice, &export(&alice, id, "exports"));
            assert_eq!(exported["status"], "success", "{exported}");
            assert_eq!(exported["result"], json!({"export_location": format!("exports/{id}.vhd")}));
            let file = exports.join(format!("{id}.vhd"));
            assert!(fs::read(&file).unwrap() == bytes);
            qemu_img(&["compare", "-f", "raw", "-F", "vpc", RESCUE, file.to_str().unwrap()]);
            // Once more: the name is taken, and what is there stays.
            failed(&alice, &export(&alice, id, "exports"), "an object of this name");
            assert!(fs::read(&file).unwrap() == bytes);
        }
        // What it was made of can go, and so can the image; nothing else was left in the containers.
        assert_eq!(fs::read_dir(&exports).unwrap().count(), 2);
        assert_eq!(fs::read_dir(&uploads).unwrap().count(), 2);
    }
}

/// Seconds of an instant as answers have it.
fn chrono_seconds(text: &str) -> i64 {
    let number = |from: usize, to: usize| text[from..to].parse::<i64>().unwrap();
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let shifted = if month <= 2 { year - 1 } else { year };
    let days = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day;
    days * 86_400 + number(11, 13) * 3600 + number(14, 16) * 60 + number(17, 19)
}

#[test]
fn every_refusal_has_its_number() {
    let salon = Setup::config("[rackspace]\nimport_size_limit = \"100MB\"\n").start();
    let alice = salon.alice();
    let home = container(&salon, &alice, "c");
    let good = disk(&home.join("good.vhd"), "fixed");
    let reseal = |mut bytes: Vec<u8>, at: usize, new: &[u8]| {
        let start = bytes.len() - 512;
        let footer = &mut bytes[start..];
        footer[at..at + new.len()].copy_from_slice(new);
        footer[64..68].fill(0);
        let sum = footer.iter().fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
        footer[64..68].copy_from_slice(&(!sum).to_be_bytes());
        bytes
    };
    let mut spoilt = good.clone();
    let last = spoilt.len() - 200;
    spoilt[last] ^= 1;
    let mut disguised = good.clone();
    disguised[..4].copy_from_slice(b"QFI\xfb");
    let cut = {
        let mut bytes = disk(&home.join("dynamic.vhd"), "dynamic");
        bytes.truncate(bytes.len() / 2);
        bytes
    };
    for (name, bytes, code) in [
        ("spoilt", spoilt, 111),
        ("disguised", disguised, 111),
        ("cut", cut, 111),
        ("longer", [vec![0; 512], good.clone()].concat(), 111),
        ("noise", common::noise(100_000), 396),
        ("empty", Vec::new(), 396),
        ("huge", reseal(good.clone(), 48, &(1_u64 << 40).to_be_bytes()), 413),
        ("kind", reseal(good.clone(), 60, &[0, 0, 0, 5]), 523),
        ("zero", reseal(good.clone(), 68, &[0; 16]), 614),
    ] {
        fs::write(home.join(name), bytes).unwrap();
        failed(&alice, &import(&alice, &format!("c/{name}")), &format!("error {code}:"));
    }
    fs::File::create(home.join("large")).unwrap().set_len(101 << 20).unwrap();
    failed(&alice, &import(&alice, "c/large"), "error 609:");
    // A differencing disk as the tools write it: qemu-img makes none.
    fs::write(home.join("child"), reseal(good, 60, &[0, 0, 0, 4])).unwrap();
    failed(&alice, &import(&alice, "c/child"), "error 721:");

    // What is not there, or is no object, and what leads elsewhere.
    std::os::unix::fs::symlink(RESCUE, home.join("link")).unwrap();
    let bobs = container(&salon, &salon.bob(), "c");
    fs::copy(home.join("good.vhd"), bobs.join("bobs.vhd")).unwrap();
    let outside = format!("c/../../{}/c/bobs.vhd", salon.bob().project_id);
    for from in [
        "c/absent",
        "absent/good.vhd",
        "c/link",
        "c/bobs.vhd",
        &outside,
        "../c/good.vhd",
        "c/./good.vhd",
        "c//etc/passwd",
    ] {
        failed(&alice, &import(&alice, from), "There is no object");
    }
    let more = json!({"import_from": "c/good.vhd", "image_properties": {"name": "n", "os_type": "linux"}});
    failed(&alice, &ask(&alice, &json!({"type": "import", "input": more})), "os_type");
    // Nothing of all this is left as an image.
    assert_eq!(alice.get(&format!("{API}/images")).json()["images"], json!([]));
    assert_eq!(ended(&alice, &import(&alice, "c/good.vhd"))["status"], "success");
}

#[test]
fn what_is_not_exported() {
    let salon = Salon::new();
    let (alice, bob) = (salon.alice(), salon.bob());
    let home = container(&salon, &alice, "c");
    container(&salon, &bob, "c");
    disk(&home.join("good.vhd"), "dynamic");
    let done = ended(&alice, &import(&alice, "c/good.vhd"));
    let id = done["result"]["image_id"].as_str().unwrap().to_owned();
    failed(&alice, &export(&alice, &id, "absent"), "container does not exist");
    failed(&alice, &export(&alice, "00000000-0000-4000-8000-000000000000", "c"), "No image found");
    failed(&bob, &export(&bob, &id, "c"), "No image found");
    // Shared is not owned.
    let members = format!("{API}/images/{id}/members");
    assert_eq!(alice.post(&members, &json!({"member": bob.project_id})).status, 200);
    failed(&bob, &export(&bob, &id, "c"), "not owned");
    let raw = alice.image_with("raw", b"raw").rsplit('/').next().unwrap().to_owned();
    failed(&alice, &export(&alice, &raw, "c"), "no VHD");
    let queued = alice.create_image("queued").rsplit('/').next().unwrap().to_owned();
    failed(&alice, &export(&alice, &queued, "c"), "not active");
    let patch = |name: &str, value: &str| {
        let media = [("Content-Type", "application/openstack-images-v2.1-json-patch")];
        let body = json!([{"op": "add", "path": format!("/{name}"), "value": value}]);
        assert_eq!(alice.send("PATCH", &format!("/v2/images/{id}"), &media, body.to_string().as_bytes()).status, 200);
    };
    for (name, value, free) in
        [("com.rackspace__1__options", "4", "0"), ("os_type", "windows", "linux"), ("os_distro", "rhel", "debian")]
    {
        patch(name, value);
        failed(&alice, &export(&alice, &id, "c"), "licensed");
        patch(name, free);
    }
    assert_eq!(alice.send("POST", &format!("/v2/images/{id}/actions/deactivate"), &[], b"").status, 204);
    failed(&alice, &export(&alice, &id, "c"), "deactivated");
    assert_eq!(alice.send("POST", &format!("/v2/images/{id}/actions/reactivate"), &[], b"").status, 204);
    assert_eq!(ended(&alice, &export(&alice, &id, "c"))["status"], "success");
    assert_eq!(fs::read_dir(&home).unwrap().count(), 2);
}

#[test]
fn who_sees_what() {
    let salon = Salon::new();
    let (alice, bob, admin) = (salon.alice(), salon.bob(), salon.admin());
    let tasks = format!("{API}/tasks");
    assert_eq!(alice.get(&tasks).json(), json!({"tasks": [], "first": "/v2/tasks", "schema": "/v2/schemas/tasks"}));
    let made: Vec<Value> = (0..7).map(|_| import(&alice, "c/absent.vhd")).collect();
    for task in &made {
        ended(&alice, task);
    }
    let path = format!("/rackspace{}", made[0]["self"].as_str().unwrap());
    let absent = format!("{tasks}/00000000-0000-4000-8000-000000000000");
    for other in [&bob, &admin] {
        fault(&other.get(&path), 404, "itemNotFound");
        let id = |text: &str, path: &str| text.replace(path.rsplit('/').next().unwrap(), "ID");
        assert_eq!(id(other.get(&path).text(), &path), id(other.get(&absent).text(), &absent));
        assert_eq!(other.get(&tasks).json()["tasks"], json!([]));
        fault(&other.get(&format!("{tasks}?marker={}", made[0]["id"].as_str().unwrap())), 400, "badRequest");
    }
    fault(&salon.nobody().get(&tasks), 401, "unauthorized");
    fault(&alice.get(&format!("{tasks}/nonsense")), 404, "itemNotFound");

    let newest = alice.get(&tasks).json()["tasks"][0].clone();
    let mut members: Vec<&str> = newest.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    // Sparse: no input, no result, no message.
    assert_eq!(members, ["created_at", "expires_at", "id", "owner", "schema", "self", "status", "type", "updated_at"]);
    let mut next = "/v2/tasks?limit=3&status=failure".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = alice.get(&format!("/rackspace{next}")).json();
        assert_eq!(page["first"], "/v2/tasks?limit=3&status=failure");
        seen.extend(page["tasks"].as_array().unwrap().iter().map(|task| task["id"].clone()));
        match page.get("next") {
            Some(link) => next = link.as_str().unwrap().to_owned(),
            None => break,
        }
    }
    let ids: Vec<Value> = made.iter().rev().map(|task| task["id"].clone()).collect();
    assert_eq!(seen, ids);
    let oldest = alice.get(&format!("{tasks}?sort_dir=asc&limit=1&unknown=1")).json();
    assert_eq!(oldest["tasks"][0]["id"], ids[6]);
    assert_eq!(alice.get(&format!("{tasks}?type=export")).json()["tasks"], json!([]));

    for body in [
        json!({}),
        json!([]),
        json!({"type": "convert", "input": {}}),
        json!({"type": "import"}),
        json!({"type": "import", "input": {}}),
        json!({"type": "import", "input": {"import_from": "c"}}),
        json!({"type": "import", "input": {"import_from": "c/o", "import_from_format": "iso"}}),
        json!({"type": "export", "input": {"image_uuid": "x", "receiving_swift_container": "c"}}),
        json!({"type": "export", "input": {"image_uuid": made[0]["id"], "receiving_swift_container": "a/b"}}),
    ] {
        fault(&alice.post(&tasks, &body), 400, "badRequest");
    }
    let text = alice.send("POST", &tasks, &[("Content-Type", "text/plain")], b"{}");
    fault(&text, 415, "badMediaType");
    fault(&alice.delete(&path), 405, "badMethod");

    // What clients ask the object store first.
    let home = container(&salon, &alice, "box");
    fs::write(home.join("object"), "12345").unwrap();
    let account = format!("/rackspace/v1/MossoCloudFS_{}", alice.project_id);
    let head = alice.send("HEAD", &format!("{account}/box"), &[], b"");
    assert_eq!((head.status, head.header("x-container-object-count")), (204, Some("1")));
    assert_eq!(head.header("x-container-bytes-used"), Some("5"));
    assert_eq!(alice.send("HEAD", &format!("{account}/absent"), &[], b"").status, 404);
    assert_eq!(bob.send("HEAD", &format!("{account}/box"), &[], b"").status, 403);
}

/// A task does nothing that its caller may not do otherwise (T-A5).
#[test]
fn t_a5_the_rules_of_uploads_and_downloads_hold() {
    let salon = Salon::new();
    let alice = salon.alice();
    let home = container(&salon, &alice, "c");
    disk(&home.join("good.vhd"), "dynamic");
    let done = ended(&alice, &import(&alice, "c/good.vhd"));
    let id = done["result"]["image_id"].as_str().unwrap();
    for (rule, imports, exports) in
        [("add_image", false, true), ("upload_image", false, true), ("download_image", true, false)]
    {
        fs::write(salon.home().join("policy.yaml"), format!("{rule}: \"!\"\n")).unwrap();
        salon.signal(rustix::process::Signal::HUP);
        // In force as soon as the same thing is refused elsewhere.
        let begun = Instant::now();
        let body = json!({"disk_format": "raw", "container_format": "bare"});
        let in_force = || match rule {
            "add_image" => alice.post("/v2/images", &body).status == 403,
            "upload_image" => {
                // The rule before may hold still.
                let made = alice.post("/v2/images", &body);
                made.status == 201 && {
                    let image = format!("/v2/images/{}", made.json()["id"].as_str().unwrap());
                    let refused = alice.upload(&format!("{image}/file"), b"x").status == 403;
                    assert_eq!(alice.delete(&image).status, 204);
                    refused
                }
            }
            _ => alice.get(&format!("/v2/images/{id}/file")).status == 403,
        };
        while !in_force() {
            assert!(begun.elapsed() < PATIENCE, "{rule}");
        }
        let imported = ended(&alice, &import(&alice, "c/good.vhd"))["status"] == "success";
        let exported = ended(&alice, &export(&alice, id, "c"))["status"] == "success";
        assert_eq!((imported, exported), (imports, exports), "{rule}");
        let _ = fs::remove_file(home.join(format!("{id}.vhd")));
    }
    let refused = "\"rackspace:create_task\": \"!\"\n\"rackspace:get_tasks\": \"!\"\n";
    fs::write(salon.home().join("policy.yaml"), refused).unwrap();
    salon.signal(rustix::process::Signal::HUP);
    let begun = Instant::now();
    while alice.get(&format!("{API}/tasks")).status == 200 {
        assert!(begun.elapsed() < PATIENCE);
    }
    fault(
        &alice.post(&format!("{API}/tasks"), &json!({"type": "import", "input": {"import_from": "c/o"}})),
        403,
        "forbidden",
    );
    assert_eq!(show(&alice, &done)["status"], "success");
    // Nothing was left by what was refused.
    let images = alice.get(&format!("{API}/images?limit=100")).json();
    assert!(
        images["images"].as_array().unwrap().iter().all(|image| image["status"] == "active" || image["name"].is_null())
    );
}

/// The server is killed and stopped in the middle of imports, again and again: in the end each is one image.
#[test]
fn restarts_in_the_middle() {
    let mut salon = Setup::config("[image]\nupload_lease = 2\n").start();
    let alice = salon.alice();
    let home = container(&salon, &alice, "c");
    let large = home.join("large.vhd");
    qemu_img(&["create", "-f", "vpc", "-o", "subformat=fixed", large.to_str().unwrap(), "300M"]);
    let made: Vec<Value> = (0..3).map(|_| import(&alice, "c/large.vhd")).collect();
    for pause in [30, 120, 400] {
        std::thread::sleep(Duration::from_millis(pause));
        salon.kill();
        salon.restart();
    }
    // A stop does not wait for a long task, and the next start goes on with it at once.
    let begun = Instant::now();
    while alice.get(&format!("{API}/images?status=saving")).json()["images"] == json!([]) {
        assert!(begun.elapsed() < PATIENCE);
    }
    let begun = Instant::now();
    salon.signal(rustix::process::Signal::TERM);
    assert!(salon.wait().success());
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
    salon.restart();
    let mut ids = Vec::new();
    for task in &made {
        let done = ended(&alice, task);
        assert_eq!(done["status"], "success", "{done}");
        ids.push(done["result"]["image_id"].as_str().unwrap().to_owned());
    }
    let images = alice.get(&format!("{API}/images?limit=100")).json();
    let mut found: Vec<&str> =
        images["images"].as_array().unwrap().iter().map(|image| image["id"].as_str().unwrap()).collect();
    found.sort_unstable();
    ids.sort_unstable();
    assert_eq!(found, ids);
    let size = fs::metadata(&large).unwrap().len();
    assert!(
        images["images"].as_array().unwrap().iter().all(|image| image["size"] == size && image["status"] == "active")
    );
}
