//! `salon chime room` and `salon chime bot`, beside a server whose clients made what they show.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Salon, Setup};
use serde_json::{Value, json};

#[test]
fn rooms_and_bots_are_seen_at_the_command_line() {
    let salon = Salon::new();
    let told = |arguments: &[&str]| -> Value {
        let arguments = [&["chime"], arguments, &["--json"]].concat();
        serde_json::from_str(&salon.told(&arguments)).unwrap()
    };
    let account = salon.enterprise("Enterprise", "alpha");
    let alice = salon.aws("alice");
    let below = |rest: &str| format!("/accounts/{account}{rest}");
    let rooms: Vec<String> = ["chatRoom", "another"]
        .iter()
        .map(|name| alice.made(&below("/rooms"), &json!({"Name": name}), "/Room/RoomId"))
        .collect();
    let eve = json!({"Email": "eve@example.com", "Username": "Eve"});
    let eve = alice.made(&below("/users?operation=create"), &eve, "/User/UserId");
    let member = json!({"MemberId": eve, "Role": "Administrator"});
    alice.made(&below(&format!("/rooms/{}/memberships", rooms[0])), &member, "/RoomMembership/Role");
    let bot = json!({"DisplayName": "myBot", "Domain": "example.com"});
    let bot = alice.made(&below("/bots"), &bot, "/Bot/BotId");

    let listed = told(&["room", "list", "--account", &account]);
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|room| room["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["chatRoom", "another"]);
    assert!(listed[0]["created_by"].as_str().unwrap().ends_with(":user/alice"));
    let of_eve = told(&["room", "list", "--account", &account, "--member", &eve]);
    assert_eq!(of_eve.as_array().unwrap().len(), 1);
    assert_eq!(told(&["room", "show", "--account", &account, "--room", &rooms[1]])["name"], "another");
    let members = told(&["room", "members", "--account", &account, "--room", &rooms[0]]);
    assert_eq!(members.as_array().unwrap().len(), 1);
    let expected = [("id", &*eve), ("type", "User"), ("email", "eve@example.com"), ("role", "administrator")];
    for (name, value) in expected {
        assert_eq!(members[0][name], value);
    }
    let bots = told(&["bot", "list", "--account", &account]);
    assert_eq!((bots[0]["id"].as_str(), bots[0]["events"].as_bool()), (Some(&*bot), Some(false)));
    assert!(!bots.to_string().contains("oken"), "{bots}");

    // What is removed here is gone there.
    salon.told(&["chime", "room", "delete", "--account", &account, "--room", &rooms[0]]);
    assert_eq!(alice.get(&below(&format!("/rooms/{}", rooms[0]))).status, 404);
    assert!(told(&["room", "list", "--account", &account, "--member", &eve]).as_array().unwrap().is_empty());
    for missing in [
        ["room", "show", "--account", &account, "--room", &rooms[0]],
        ["room", "delete", "--account", &account, "--room", "nowhere"],
        ["room", "members", "--account", "nowhere", "--room", &rooms[1]],
    ] {
        let done = salon.command(&[&["chime"], &missing[..]].concat()).output().unwrap();
        assert!(!done.status.success(), "{missing:?}");
        let words = String::from_utf8(done.stderr).unwrap();
        assert!(words.contains("does not exist"), "{words}");
    }
}

on_every_database! {
    /// What was damaged from outside is found, and repaired only when somebody says so.
    fn rooms_that_lost_something_are_found_and_repaired(database) {
        let salon = Setup::on(database).start();
        let account = salon.enterprise("Enterprise", "alpha");
        let alice = salon.aws("alice");
        let below = |rest: &str| format!("/accounts/{account}{rest}");
        let room = |name: &str| alice.made(&below("/rooms"), &json!({"Name": name}), "/Room/RoomId");
        let person = |name: &str| {
            let new = json!({"Email": format!("{name}@example.com"), "Username": name});
            alice.made(&below("/users?operation=create"), &new, "/User/UserId")
        };
        let (kept, lost, eve, ana) = (room("kept"), room("lost"), person("eve"), person("ana"));
        for (room, member) in [(&kept, &eve), (&kept, &ana), (&lost, &eve)] {
            alice.made(&below(&format!("/rooms/{room}/memberships")), &json!({"MemberId": member}), "/RoomMembership/Role");
        }
        salon.told(&["chime", "webhook", "create", "--name", "w", "--account", &account, "--room", &lost]);
        let run = |arguments: &[&str]| {
            let output = salon.command(arguments).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
            (output.status.success(), said)
        };
        let (sound, said) = run(&["check"]);
        assert!(sound && said.contains("0 findings"), "{said}");

        salon.say(&format!("DELETE FROM rooms WHERE id = '{lost}'"));
        salon.say(&format!("DELETE FROM people WHERE id = '{ana}'"));
        // Whoever is in a room that is gone cannot go any more.
        assert!(!run(&["chime", "user", "delete", "--account", &account, &eve]).0);
        let (sound, said) = run(&["check"]);
        assert!(!sound && said.contains("3 findings"), "{said}");
        for finding in [
            format!("member {eve} of room {lost}: there is no such room"),
            format!("member {ana} of room {kept}: the room's account has no such person or bot"),
            format!("of room {lost}: there is no such room"),
        ] {
            assert!(said.contains(&finding), "{finding:?} is not in {said}");
        }
        let (done, said) = run(&["repair"]);
        assert!(done && said.contains("Nothing was changed"), "{said}");
        assert!(run(&["check"]).1.contains("3 findings"));
        let (done, said) = run(&["repair", "--yes"]);
        assert!(done && said.matches("done: ").count() == 3 && !said.contains("not done"), "{said}");
        let (sound, said) = run(&["check"]);
        assert!(sound && said.contains("0 findings"), "{said}");
        let members = alice.get(&below(&format!("/rooms/{kept}/memberships"))).json();
        assert_eq!(members["RoomMemberships"][0]["Member"]["MemberId"], eve.as_str(), "{members}");
        salon.told(&["chime", "user", "delete", "--account", &account, &eve]);
    }
}
