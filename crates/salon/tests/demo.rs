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

use std::process::Command;

#[test]
fn the_demo_tells_its_story_and_ends() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let told = common::command().args(["demo", "--once", "--data"]).arg(&data).output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
    assert!(told.status.success(), "{text}\n{}", String::from_utf8_lossy(&told.stderr));
    let mut rest = text.as_str();
    for part in [
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
    ] {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("{part:?} is missing in\n{text}")).1;
    }
    assert!(!text.contains('\u{1b}'), "colour is for terminals only");
}

#[test]
fn the_printed_lines_work_as_typed() {
    assert!(Command::new("curl").arg("--version").output().is_ok(), "curl is missing; ci/test installs it");
    // The lines name the demo's port and image; a server on the same data answers them again, on a port of its own.
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let told = common::command().args(["demo", "--once", "--data"]).arg(&data).output().unwrap();
    let text = String::from_utf8(told.stdout).unwrap();
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
    let typed = Command::new("bash").arg("-ec").arg(&script).output().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    let answers = String::from_utf8(typed.stdout).unwrap();
    let statuses: Vec<&str> =
        answers.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")).filter_map(|line| line.get(..3)).collect();
    // Logins and the download print no status. The image has its data already, and bob's invitation was revoked.
    assert_eq!(
        statuses,
        ["201", "409", "200", "404", "200", "200", "200", "200", "200", "204", "404", "404"],
        "{script}\n{answers}\n{}",
        String::from_utf8_lossy(&typed.stderr)
    );
    assert_eq!(std::fs::metadata(data.join("demo-download.raw")).unwrap().len(), 64 << 10);
}
