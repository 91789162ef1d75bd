//! `salon chime`, as an operator meets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod common;

use common::Salon;
use serde_json::Value;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn chime_accounts_and_people_are_made_at_the_command_line() {
    let salon = Salon::new();
    let json = |arguments: &[&str]| -> Value {
        let done = salon.command(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", text(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    };
    let refused = |arguments: &[&str], words: &str| {
        let done = salon.command(arguments).output().unwrap();
        assert!(!done.status.success(), "{arguments:?}");
        assert!(text(&done.stderr).contains(words), "{}", text(&done.stderr));
    };
    // --dev has one account, with alice and bob.
    let sample = json(&["chime", "account", "list", "--project", "alpha", "--json"]);
    let sample = &sample.as_array().unwrap()[..];
    assert_eq!(sample.len(), 1);
    assert_eq!(
        (sample[0]["name"].as_str(), sample[0]["type"].as_str()),
        (Some("Enterprise of alpha"), Some("EnterpriseLWA"))
    );
    let people = json(&["chime", "user", "list", "--account", sample[0]["id"].as_str().unwrap(), "--json"]);
    let names: Vec<&str> = people.as_array().unwrap().iter().map(|person| person["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["alice", "bob"]);

    let account = json(&["chime", "account", "create", "--project", "beta", "--name", "Ent of beta", "--json"]);
    let id = account["id"].as_str().unwrap();
    assert_eq!(account["type"], "EnterpriseLWA");
    let create = ["chime", "user", "create", "--account", id, "--email", "eve@example.com"];
    let eve = json(&[&create[..], &["--name", "Eve", "--type", "SharedDevice", "--json"]].concat());
    assert_eq!(
        (&eve["name"], &eve["type"], &eve["registration"]),
        (&"Eve".into(), &"SharedDevice".into(), &"Registered".into())
    );
    refused(&create, "exists in the account already");
    refused(&["chime", "user", "create", "--account", "nowhere", "--email", "eve@example.com"], "does not exist");
    refused(&["chime", "account", "create", "--project", "nowhere", "--name", "Ent"], "nowhere");
    refused(&["chime", "account", "create", "--project", "beta", "--name", " "], "must not be blank");
    refused(&["chime", "account", "convert", id, "--type", "Team"], "invalid value");
    let converted = json(&["chime", "account", "convert", id, "--type", "EnterpriseOIDC", "--json"]);
    assert_eq!((&converted["id"], &converted["type"]), (&account["id"], &"EnterpriseOIDC".into()));
    let all = json(&["chime", "account", "list", "--json"]);
    assert_eq!(all.as_array().unwrap().len(), 2);
    let table = text(&salon.command(&["chime", "account", "list"]).output().unwrap().stdout);
    assert!(table.starts_with("ID") && table.contains("Ent of beta"), "{table}");
}

#[test]
fn the_operator_removes_people_and_accounts() {
    let salon = Salon::new();
    let json = |arguments: &[&str]| -> Value {
        let done = salon.command(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", text(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    };
    let done = |arguments: &[&str]| salon.command(arguments).output().unwrap();
    let accounts = json(&["chime", "account", "list", "--json"]);
    let id = accounts[0]["id"].as_str().unwrap();
    let people = json(&["chime", "user", "list", "--account", id, "--json"]);
    let alice = people[0]["id"].as_str().unwrap();
    assert!(done(&["chime", "user", "delete", "--account", id, alice]).status.success());
    let again = done(&["chime", "user", "delete", "--account", id, alice]);
    assert!(!again.status.success() && text(&again.stderr).contains("does not exist in this account"));
    assert_eq!(json(&["chime", "user", "list", "--account", id, "--json"]).as_array().unwrap().len(), 1);
    assert!(done(&["chime", "account", "delete", id]).status.success());
    assert_eq!(json(&["chime", "account", "list", "--json"]).as_array().unwrap().len(), 0);
}

#[test]
fn the_sample_account_is_made_once() {
    let mut salon = Salon::new();
    let accounts = |salon: &Salon| -> Value {
        let listed = salon.command(&["chime", "account", "list", "--json"]).output().unwrap();
        serde_json::from_slice(&listed.stdout).unwrap()
    };
    let before = accounts(&salon);
    assert_eq!(before.as_array().unwrap().len(), 1);
    salon.restart();
    assert_eq!(accounts(&salon), before);
}
