//! Start, stop, crash, and start again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Salon, Setup, noise};
use rustix::process::Signal;
use serde_json::json;

on_every_database! {
    fn a_crash_in_the_middle_of_an_upload_leaves_the_image_queued(database) {
        let mut salon = Setup::on(database).start();
        let alice = salon.alice();
        let image = alice.create_image("cut");
        let file = format!("{image}/file");
        let bytes = noise(3_000_000);
        let mut upload = salon.connect();
        let token = alice.token.clone().unwrap();
        let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
        upload.head("PUT", &file, &headers, Some(bytes.len() as u64));
        upload.write(&bytes[..2_000_000]);
        while alice.status_of(&image) != "saving" {
            std::thread::yield_now();
        }
        salon.kill();
        salon.restart();
        // Tokens survive, and the upload can be repeated at once.
        assert_eq!(alice.status_of(&image), "queued");
        assert_eq!(alice.upload(&file, &bytes).status, 204);
        assert!(alice.get(&file).body == bytes);
    }

    fn what_was_acknowledged_survives_a_crash(database) {
        let mut salon = Setup::on(database).start();
        let (alice, bob) = (salon.alice(), salon.bob());
        let bytes = noise(100_000);
        let image = alice.image_with("kept", &bytes);
        assert_eq!(alice.post(&format!("{image}/members"), &json!({"member": bob.project_id})).status, 200);
        let guest = format!("{image}/members/{}", bob.project_id);
        assert_eq!(bob.put(&guest, &json!({"status": "accepted"})).status, 200);
        salon.kill();
        salon.restart();
        assert!(bob.get(&format!("{image}/file")).body == bytes);
        assert_eq!(alice.delete(&guest).status, 204);
        salon.kill();
        salon.restart();
        assert_eq!(bob.get(&image).status, 404);
    }
}

#[test]
fn a_client_that_leaves_in_the_middle_of_an_upload_leaves_the_image_queued() {
    let salon = Salon::new();
    let alice = salon.alice();
    let image = alice.create_image("left");
    let mut upload = salon.connect();
    let token = alice.token.clone().unwrap();
    let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
    upload.head("PUT", &format!("{image}/file"), &headers, Some(1_000_000));
    upload.write(&noise(500_000));
    while alice.status_of(&image) != "saving" {
        std::thread::yield_now();
    }
    drop(upload);
    while alice.status_of(&image) != "queued" {
        std::thread::yield_now();
    }
}

/// T-I6: a caller is looked at once, when the upload begins; neither its end nor what follows needs the token.
#[test]
fn t_i6_an_upload_outlives_its_token() {
    let salon = Salon::new();
    let (alice, again) = (salon.alice(), salon.alice());
    let bytes = noise(1_000_000);
    let token = alice.token.clone().unwrap();
    let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
    let [whole, cut] = ["whole", "cut"].map(|name| {
        let image = again.create_image(name);
        let mut upload = salon.connect();
        upload.head("PUT", &format!("{image}/file"), &headers, Some(bytes.len() as u64));
        upload.write(&bytes[..500_000]);
        while again.status_of(&image) != "saving" {
            std::thread::yield_now();
        }
        (image, upload)
    });
    let subject = [("X-Subject-Token", token.as_str())];
    assert_eq!(alice.send("DELETE", "/identity/v3/auth/tokens", &subject, b"").status, 204);
    assert_eq!(alice.get(&whole.0).status, 401);
    let (image, mut upload) = whole;
    upload.write(&bytes[500_000..]);
    assert_eq!(upload.answer(false).unwrap().status, 204);
    assert!(again.get(&format!("{image}/file")).body == bytes);
    // One that fails is taken back without it.
    let (image, upload) = cut;
    drop(upload);
    while again.status_of(&image) != "queued" {
        std::thread::yield_now();
    }
    assert_eq!(again.upload(&format!("{image}/file"), &bytes).status, 204);
}

#[test]
fn sigterm_lets_an_upload_finish() {
    let mut salon = Salon::new();
    let alice = salon.alice();
    let image = alice.create_image("last");
    let bytes = noise(1_000_000);
    let mut upload = salon.connect();
    let token = alice.token.clone().unwrap();
    let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
    upload.head("PUT", &format!("{image}/file"), &headers, Some(bytes.len() as u64));
    upload.write(&bytes[..500_000]);
    while alice.status_of(&image) != "saving" {
        std::thread::yield_now();
    }
    salon.signal(Signal::TERM);
    salon.wait_for("STOPPING=1");
    upload.write(&bytes[500_000..]);
    assert_eq!(upload.answer(false).unwrap().status, 204);
    assert!(salon.wait().success());
    salon.restart();
    assert!(alice.get(&format!("{image}/file")).body == bytes);
}

#[test]
fn a_second_signal_cuts_an_upload_and_takes_it_back() {
    let mut salon = Salon::new();
    let alice = salon.alice();
    let image = alice.create_image("cut");
    let mut upload = salon.connect();
    let token = alice.token.clone().unwrap();
    let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
    upload.head("PUT", &format!("{image}/file"), &headers, Some(1_000_000));
    upload.write(&noise(500_000));
    while alice.status_of(&image) != "saving" {
        std::thread::yield_now();
    }
    salon.signal(Signal::TERM);
    salon.wait_for("STOPPING=1");
    salon.signal(Signal::INT);
    assert!(salon.wait().success());
    assert!(salon.log().contains("cutting requests"), "{}", salon.log());
    salon.restart();
    assert_eq!(alice.status_of(&image), "queued");
}

#[test]
fn a_second_server_on_the_same_data_refuses() {
    let salon = Salon::new();
    let second = salon.command(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert!(!second.status.success());
    let error = String::from_utf8(second.stderr).unwrap();
    assert!(error.contains("another server (process "), "{error}");
    assert_eq!(salon.nobody().get("/healthcheck").status, 200);
}

/// By another name it would leave what it was interrupted in to the end of the leases.
#[test]
fn a_server_that_cannot_read_its_name_takes_no_other() {
    let mut salon = Salon::new();
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    let (name, kept) = (salon.data().join("node"), salon.data().join("node.kept"));
    std::fs::rename(&name, &kept).unwrap();
    std::fs::create_dir(&name).unwrap();
    let output = salon.command(&["serve", "--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("node cannot be read"), "{error}");
    assert!(name.is_dir());
    std::fs::remove_dir(&name).unwrap();
    std::fs::rename(&kept, &name).unwrap();
    let before = std::fs::read(&name).unwrap();
    salon.restart();
    assert_eq!(std::fs::read(&name).unwrap(), before);
}

#[test]
fn a_taken_port_is_said_before_anything_is_made() {
    let salon = Salon::new();
    let address = salon.address().to_string();
    let other = salon.home().join("other");
    let output = common::command().args(["serve", "--listen", &address, "--data"]).arg(&other).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot listen on"));
    assert!(!other.join("salon.db").exists());
}

#[test]
fn sighup_reads_the_policy_again_and_keeps_the_old_one_when_it_is_broken() {
    let mut salon = Salon::new();
    let alice = salon.alice();
    assert_eq!(alice.get("/v2/images").status, 200);
    let policy = salon.home().join("policy.yaml");
    std::fs::write(&policy, "\"get_images\": \"role:nobody\"\n").unwrap();
    salon.signal(Signal::HUP);
    salon.wait_for("RELOADING=1");
    salon.wait_for("READY=1");
    assert_eq!(alice.get("/v2/images").status, 403);
    std::fs::write(&policy, "\"get_images\": \"role:\n").unwrap();
    salon.signal(Signal::HUP);
    salon.wait_for("RELOADING=1");
    salon.wait_for("READY=1");
    assert_eq!(alice.get("/v2/images").status, 403);
    std::fs::remove_file(&policy).unwrap();
    salon.signal(Signal::HUP);
    salon.wait_for("RELOADING=1");
    salon.wait_for("READY=1");
    assert_eq!(alice.get("/v2/images").status, 200);
}

#[test]
fn a_log_that_nobody_reads_stops_nothing() {
    let mut salon = Salon::new();
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    // Standard error is a pipe that stays full: nobody ever reads from it.
    let mut command = salon.serve_command();
    command.env_remove("SALON_LOG__FILE").env("SALON_LOG__LEVEL", "trace").stderr(std::process::Stdio::piped());
    salon.spawn_command(command);
    while salon.metric("salon_log_lines_lost_total") == 0 {
        assert_eq!(salon.nobody().get("/v2/images").status, 401);
    }
}
