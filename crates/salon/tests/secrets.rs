//! P9: no secret leaves. Canaries in everything that is secret, through every dialect, at the log's lowest level; then
//! every place they must not be in is searched: the log, standard error, answers, metrics, the outbox, the history, the
//! configuration as it is shown, the process's title.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it has looked at"
)]

#[path = "secrets/canaries.rs"]
mod canaries;
mod common;
#[path = "secrets/drive.rs"]
mod drive;
#[path = "secrets/peer.rs"]
mod peer;

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
    sync::Mutex,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use canaries::{Canaries, Watch};
use common::{Salon, Setup, bot::Bot, database::Database};
use peer::{Peer, answer};
use rustix::process::Signal;
use serde_json::{Value, json};

/// One server at a time: each writes tens of thousands of lines.
static TURN: Mutex<()> = Mutex::new(());

/// Starts a server again, with every line of the log there can be.
fn at_trace(salon: &mut Salon, format: &str) {
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    let mut command = salon.serve_command();
    command.env("SALON_LOG__LEVEL", "trace").env("SALON_LOG__FORMAT", format);
    salon.spawn_command(command);
}

/// What is searched of a running server, and then of one that has ended.
fn search(mut salon: Salon, canaries: &Canaries, more: Vec<String>) {
    let mut found = more;
    let metrics = salon.nobody().get("/metrics");
    found.extend(canaries.in_text("the metrics", metrics.text()));
    found.extend(canaries.in_text("the configuration as it is shown", &salon.told(&["config", "show"])));
    found.extend(canaries.in_text("the outbox", &salon.rows("SELECT payload FROM outbox").join("\n")));
    let history = "SELECT CONCAT(thing_id, ' ', member, ' ', user_id, ' ', request_id) FROM membership_history";
    found.extend(canaries.in_text("the history", &salon.rows(history).join("\n")));
    let process = format!("/proc/{}", salon.process().as_raw_nonzero());
    let mut title = fs::read_to_string(format!("{process}/cmdline")).unwrap();
    for task in fs::read_dir(format!("{process}/task")).unwrap() {
        title.push_str(&fs::read_to_string(task.unwrap().path().join("comm")).unwrap_or_default());
    }
    found.extend(canaries.in_text("the process's title", &title));
    assert_eq!(salon.metric("salon_log_lines_lost_total"), 0, "of a log with gaps nothing can be said");
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    let log = salon.log();
    for (word, why) in [("TRACE", "the level"), ("salon::access", "the access log"), ("hyper", "the libraries' lines")]
    {
        assert!(log.contains(word), "{why} is not in the log, so it shows nothing");
    }
    found.extend(canaries.in_text("the log", &log));
    found.extend(canaries.in_text("standard error", &salon.stderr()));
    eprintln!("{} secrets, {} lines of log, {} bytes", canaries.count(), log.lines().count(), log.len());
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{} secrets got out:\n{}", found.len(), found.join("\n"));
}

fn every_dialect(database: Database, format: &str) {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let canaries = Canaries::default();
    let settings = format!(
        "{}[outbound]\nallowed_networks = [\"127.0.0.0/8\"]\nports = []\nconnect_timeout = 2\n[image]\nupload_lease = 2\n",
        Bot::settings()
    );
    let mut salon = Setup { database, ..Setup::config(&settings) }.start();
    at_trace(&mut salon, format);
    let watch = Watch::new(&salon, &salon.home().join("log"), &canaries);
    drive::everything(&watch);
    let (requests, found) = (watch.requests(), watch.found());
    assert!(requests > 150, "only {requests} requests");
    search(salon, &canaries, found);
}

#[test]
fn p9_every_dialect_with_sqlite() {
    every_dialect(Database::Sqlite, "text");
}

#[test]
fn p9_every_dialect_with_postgres_in_json() {
    every_dialect(Database::Postgres, "json");
}

#[test]
fn p9_every_dialect_with_mariadb() {
    every_dialect(Database::MariaDb, "text");
}

/// A Keystone that repeats what it is told wherever it can.
#[test]
fn p9_a_keystone_that_repeats_secrets() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let canaries = Canaries::default();
    let password = canaries.new_one("the service user's password");
    let own = canaries.new_one("the service user's token");
    let (good, bad) = (canaries.new_one("a good token"), canaries.new_one("a bad token"));
    let secret = canaries.new_one("the secret of a credential");
    let (known, token, blob) = (good.clone(), own.clone(), secret.clone());
    let peer = Peer::start(move |line, all| {
        let echo = || format!("{{\"error\": {{\"message\": {all:?}}}}}");
        let subject = format!("X-Subject-Token: {token}\r\n");
        let described = |name: &str| {
            json!({"token": {
                "expires_at": "2099-01-01T00:00:00.000000Z", "methods": ["password"],
                "user": {"id": name, "name": name, "domain": {"id": "default", "name": "Default"}},
                "project": {"id": "project", "name": "project", "domain": {"id": "default", "name": "Default"}},
                "roles": [{"id": "member", "name": "member"}, {"id": "reader", "name": "reader"}],
            }})
            .to_string()
        };
        if line.starts_with("POST /v3/auth/tokens") {
            return answer("201 Created", &subject, &described("service"));
        }
        if line.contains("/v3/auth/tokens") && all.contains(&known) {
            return answer("200 OK", "", &described("alice"));
        }
        if line.contains("/v3/credentials/") && line.contains("GET") {
            let blob = json!({"access": "AKIDKNOWN", "secret": blob}).to_string();
            let credential = json!({"credential": {"type": "ec2", "user_id": "alice", "project_id": "project",
                "id": "x", "blob": blob}});
            return answer("200 OK", "", &credential.to_string());
        }
        for (what, status, body) in [
            ("refused", "500 Internal Server Error", echo()),
            ("garbage", "200 OK", format!("{{\"token\": {all:?}}}")),
            ("nothing", "", String::new()),
        ] {
            if all.contains(what) {
                return if status.is_empty() { String::new() } else { answer(status, "", &body) };
            }
        }
        answer("404 Not Found", "", &echo())
    });
    let settings = format!(
        "[identity]\nmode = \"keystone\"\n[keystone_authtoken]\nauth_url = \"http://{}\"\nusername = \"service\"\n\
         password = \"{password}\"\nproject_name = \"service\"\nhttp_request_timeout = 2\nhttp_request_max_retries = 1\n\
         [chime]\nenabled = true\n[image_v1]\nenabled = true\n[rackspace]\nenabled = true\n",
        peer.address
    );
    let mut salon = Setup::without_samples(&settings).start();
    at_trace(&mut salon, "text");
    let watch = Watch::new(&salon, &salon.home().join("log"), &canaries);
    for path in ["/v2/images", "/v1/images", "/rackspace/v2/images", "/salon/v1/accounts/a/rooms/r/messages"] {
        let ask = |token: &str| watch.send("GET", path, &[("X-Auth-Token", token)], b"").status;
        assert!(matches!(ask(&good), 200 | 404), "{path}");
        assert_eq!(ask(&bad), 401, "{path}");
        for what in ["refused", "garbage", "nothing"] {
            let token = canaries.learn(what, &format!("{bad}-{what}"));
            assert_eq!(ask(&token), 503, "{path}: {what}");
            let both = [("X-Auth-Token", good.as_str()), ("X-Service-Token", token.as_str())];
            watch.send("GET", path, &both, b"");
        }
    }
    for id in ["AKIDKNOWN", "AKIDrefused", "AKIDgarbage", "AKIDnothing"] {
        let key = common::aws::Key { id: id.to_owned(), secret: secret.clone() };
        drive::signed(&watch, &key, "GET", "/accounts", b"");
    }
    assert!(peer.asked() > 20, "Keystone was asked {} times only", peer.asked());
    let found = watch.found();
    search(salon, &canaries, found);
}

/// A Keystone that does not take the service user, and says why by repeating its password.
#[test]
fn p9_a_keystone_that_repeats_the_password() {
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for (status, form) in [("401 Unauthorized", "json"), ("500 X", "text"), ("201 Created", "text")] {
        let canaries = Canaries::default();
        let password = canaries.new_one("the service user's password");
        let peer = Peer::start(move |_, all| answer(status, "", &format!("{{\"error\": {all:?}}}")));
        let settings = format!(
            "[identity]\nmode = \"keystone\"\n[keystone_authtoken]\nauth_url = \"http://{}\"\nusername = \"service\"\n\
             password = \"{password}\"\nproject_name = \"service\"\nhttp_request_max_retries = 0\n",
            peer.address
        );
        let mut salon = Setup::without_samples(&settings).start();
        at_trace(&mut salon, form);
        let watch = Watch::new(&salon, &salon.home().join("log"), &canaries);
        let token = canaries.new_one("a user's token");
        assert_eq!(watch.send("GET", "/v2/images", &[("X-Auth-Token", &token)], b"").status, 503);
        assert!(peer.asked() > 0);
        let found = watch.found();
        search(salon, &canaries, found);
    }
}

/// What commands and the start print of settings that are secret, when they are right, wrong, misspelt or unreadable.
#[test]
fn p9_commands_keep_settings_to_themselves() {
    let canaries = Canaries::default();
    let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let secret = canaries.new_one("the database's password");
    let mut found = Vec::new();
    let mut run = |config: &str, variables: &[(&str, &str)], arguments: &[&str]| {
        let file = home.path().join("salon.toml");
        fs::write(&file, config).unwrap();
        let mut command = common::command();
        command.args(arguments).arg("--config").arg(&file).arg("--data").arg(home.path().join("data"));
        command.env("SALON_LOG__LEVEL", "trace").env("SALON_SERVER__LISTEN", "127.0.0.1:0");
        let output = command.envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!said.is_empty(), "{arguments:?} says nothing, so it shows nothing");
        found.extend(
            canaries.in_text(&format!("{arguments:?} of {config:?} {:?}", variables.first().map(|v| v.0)), &said),
        );
        output.status.success()
    };
    // Nobody listens there.
    for url in [
        format!("postgresql://salon:{secret}@127.0.0.1:1/salon"),
        format!("postgresql+psycopg2://salon:{secret}@127.0.0.1:1/salon?sslmode=prefer"),
        format!("postgresql://salon@127.0.0.1:1/salon?password={secret}&sslpassword={secret}"),
        format!("mysql://salon:{secret}@127.0.0.1:1/salon?charset=utf8"),
        format!("mysql://salon@127.0.0.1:1/salon?password={secret}"),
        format!("postgresql://salon:{secret}@127.0.0.1:port/salon"),
        format!("postgresql://salon:{secret}@[::1/salon"),
        format!("mysql://salon:{secret}@127.0.0.1:99999/salon"),
        format!("oracle://salon:{secret}@127.0.0.1/salon"),
        secret.clone(),
    ] {
        let config = format!("[database]\nconnection = {url:?}\npool_timeout = 1\n");
        for arguments in [&["db", "version"][..], &["db", "check"], &["serve"], &["check"]] {
            assert!(!run(&config, &[], arguments), "{arguments:?} {url}");
        }
        assert!(run(&config, &[], &["config", "show"]));
        run(&config, &[], &["config", "check"]);
        assert!(!run(
            "",
            &[("SALON_DATABASE__CONNECTION", &url), ("SALON_DATABASE__POOL_TIMEOUT", "1")],
            &["db", "version"]
        ));
    }
    for config in [
        format!("[database]\nconnection = \"postgresql://salon:{secret}@host/salon\n"),
        format!("[database]\nconection = \"postgresql://salon:{secret}@host/salon\"\n"),
        format!("[database]\nconnection = [\"{secret}\"]\n"),
        format!("[database]\npool_timeout = \"{secret}\"\n"),
        format!("[keystone_authtoken]\npassword = 1{secret}\n"),
        format!("[keystone_authtoken]\npassword = {{ of = \"{secret}\" }}\n"),
        format!("[keystone_authtoken]\npasswort = \"{secret}\"\n"),
        format!(
            "[identity]\nmode = \"keystone\"\n[keystone_authtoken]\nauth_url = \"http://salon:{secret}@127.0.0.1:1/v3\"\n"
        ),
        format!("[server]\npublic_endpoint = \"http://salon:{secret}@127.0.0.1:1\"\n"),
    ] {
        for arguments in [&["config", "show"][..], &["config", "check"], &["db", "version"]] {
            run(&config, &[], arguments);
        }
    }
    for (name, value) in [
        ("SALON_DATABASE__POOL_TIMEOUT", secret.as_str()),
        ("SALON_DATABASE__CONECTION", &secret),
        ("SALON_IDENTITY__MODE", &secret),
        ("SALON_SERVER__LISTEN", &secret),
    ] {
        run("", &[(name, value)], &["config", "show"]);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The search itself: it finds what is there, in each of the forms it looks for.
#[test]
fn a_canary_that_is_there_is_found() {
    let canaries = Canaries::default();
    let value = canaries.new_one("something");
    let bytes = value.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    for text in
        [value.clone(), value.to_uppercase(), STANDARD.encode(bytes), hex, format!("{bytes:?}"), format!("x{value}y")]
    {
        assert_eq!(canaries.in_text("here", &format!("a line with {text} in it")).len(), 1, "{text}");
    }
    assert!(canaries.in_text("here", "a line without it").is_empty());
}

/// Runs a command of the binary with a line of input.
fn told_with(salon: &Salon, arguments: &[&str], input: &str) -> String {
    let mut command: Command = salon.command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{input}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
