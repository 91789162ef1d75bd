//! `salon demo`.

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
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
};

/// Directories without the AWS command line, and with that of Debian.
const WITHOUT_AWS: &str = "/nonexistent";
const WITH_AWS: &str = "/usr/bin:/bin";

/// One at a time: each looks whether the usual port is free before it takes it.
static TELLING: Mutex<()> = Mutex::new(());

/// The demo's words, told on new data in `directory`.
fn told(directory: &Path, path: &str) -> String {
    let _alone = TELLING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut command = common::command();
    let told =
        command.args(["demo", "--once", "--data"]).arg(directory.join("data")).env("PATH", path).output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(told.status.success(), "{text}\n{}", String::from_utf8_lossy(&told.stderr));
    text
}

/// Asserts that the parts are there, in their order.
fn assert_parts(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("{part:?} is missing in\n{text}")).1;
    }
}

#[test]
fn the_demo_tells_its_story_and_ends() {
    let directory = tempfile::tempdir().unwrap();
    let text = told(directory.path(), WITHOUT_AWS);
    let images = [
        "log in",
        "201 Created",
        "creates an image",
        "does not exist",
        "404 Not Found",
        "invites",
        "\"pending\"",
        "accepts",
        "\"accepted\"",
        "– the same",
        "revokes",
        "204 No Content",
        "404 Not Found",
    ];
    let rooms = [
        "chat rooms",
        "200 OK",
        "\"Accounts\"",
        "a room",
        "201 Created",
        "\"RoomId\"",
        "201 Created",
        "\"RoomMembership\"",
        "\"RoomMemberships\"",
        "For bob",
        "404 Not Found",
        "-X DELETE",
        "/memberships/",
        "204 No Content",
        "\"RoomMemberships\":[]",
        "404 Not Found",
        "That was it",
    ];
    assert_parts(&text, &[&images[..], &rooms[..]].concat());
    assert!(!text.contains('\u{1b}'), "colour is for terminals only");
}

#[test]
fn the_aws_command_line_removes_the_membership_where_it_is_installed() {
    assert!(Path::new("/usr/bin/aws").exists(), "aws is missing; ci/test installs it");
    let directory = tempfile::tempdir().unwrap();
    let text = told(directory.path(), WITH_AWS);
    let parts = [
        "takes the membership back",
        " aws chime delete-room-membership --account-id ",
        "204 No Content",
        "\"RoomMemberships\":[]",
    ];
    assert_parts(&text, &parts);
    // That of the image's guest, and the one that finds nobody any more.
    assert_eq!(text.matches(" -X DELETE ").count(), 2, "{text}");
}

/// One that cannot do it is shown as what it is, and the story goes on without it.
#[test]
fn an_aws_command_line_that_fails_does_not_end_the_story() {
    let directory = tempfile::tempdir().unwrap();
    let broken = directory.path().join("aws");
    std::fs::write(&broken, "#!/bin/sh\n[ \"$1\" = --version ] || { echo no such service >&2; exit 252; }\n").unwrap();
    std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o755)).unwrap();
    let text = told(directory.path(), directory.path().to_str().unwrap());
    assert_parts(&text, &["aws chime delete-room-membership", "no such service", "252", "-X DELETE", "204 No Content"]);
}

#[test]
fn the_printed_lines_work_as_typed() {
    assert!(Command::new("curl").arg("--version").output().is_ok(), "curl is missing; ci/test installs it");
    // Logins, downloads and the AWS command line print no status. The image has its data already, and bob's invitation
    // was revoked; the person is out of the room, and comes into it again.
    let images = ["201", "409", "200", "404", "200", "200", "200", "200", "200", "204", "404", "404"];
    let rooms = ["200", "200", "201", "201", "200", "404", "204", "200", "404"];
    assert_eq!(typed(WITHOUT_AWS), [&images[..], &rooms[..]].concat());
    let rooms = ["200", "200", "201", "201", "200", "404", "200", "404"];
    assert_eq!(typed(WITH_AWS), [&images[..], &rooms[..]].concat());
}

/// The statuses that a demo's lines print when somebody types them.
fn typed(path: &str) -> Vec<String> {
    // The lines name the demo's port and image; a server on the same data answers them again, on a port of its own.
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let text = told(directory.path(), path);
    let base = text.split("answers at ").nth(1).unwrap().split(". ").next().unwrap().to_owned();
    let file = directory.path().join("address");
    let mut server = common::command()
        .args(["serve", "--dev", "--listen", "127.0.0.1:0", "--port-file"])
        .arg(&file)
        .arg("--data")
        .arg(&data)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !file.exists() {
        assert!(server.try_wait().unwrap().is_none(), "the server ended");
        std::thread::yield_now();
    }
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let again = format!("http://{}", std::fs::read_to_string(&file).unwrap().trim());
    let script = lines.join("\necho\n").replace(&base, &again);
    let typed = Command::new("bash").arg("-ec").arg(&script).env("PATH", WITH_AWS).output().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    let answers = String::from_utf8(typed.stdout).unwrap();
    let errors = String::from_utf8_lossy(&typed.stderr);
    assert!(typed.status.success(), "{script}\n{answers}\n{errors}");
    assert_eq!(std::fs::metadata(data.join("demo-download.raw")).unwrap().len(), 64 << 10);
    let statuses = answers.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")).filter_map(|line| line.get(..3));
    statuses.map(str::to_owned).collect()
}
