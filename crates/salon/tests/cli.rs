//! The command line, as an operator meets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod common;

use std::{fs, process::Output};

use common::{Salon, command};

fn run(arguments: &[&str], directory: &std::path::Path) -> Output {
    command().args(arguments).current_dir(directory).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn config_show_defaults_is_a_configuration_without_warnings() {
    let directory = tempfile::tempdir().unwrap();
    let shown = run(&["config", "show", "--defaults"], directory.path());
    assert!(shown.status.success());
    let shown = text(&shown.stdout);
    assert!(shown.contains("image_member_quota = 128") && shown.contains("# Members of one image"));
    fs::write(directory.path().join("salon.toml"), &shown).unwrap();
    let checked = run(&["config", "check"], directory.path());
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert_eq!(text(&checked.stderr), "");
}

#[test]
fn t_c4_unknown_keys_are_a_warning_with_the_nearest_name() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("salon.toml"), "[image]\nimage_membr_quota = 3\n").unwrap();
    let checked = run(&["config", "check"], directory.path());
    assert!(!checked.status.success());
    assert!(text(&checked.stderr).contains("did you mean \"image_member_quota\"?"), "{}", text(&checked.stderr));
    let shown = run(&["config", "show"], directory.path());
    assert!(shown.status.success());
}

#[test]
fn t_c4_bad_values_are_an_error_with_their_line() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("salon.toml"), "[server]\nworkers = \"many\"\n").unwrap();
    let checked = run(&["config", "check"], directory.path());
    assert!(!checked.status.success());
    assert!(text(&checked.stderr).contains("salon.toml, line 2: [server] workers: expected a whole number"));
}

#[test]
fn the_environment_overrides_the_file() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("salon.toml"), "[image]\napi_limit_max = 5\nlimit_param_default = 5\n").unwrap();
    let shown = command()
        .args(["config", "show"])
        .env("SALON_IMAGE__API_LIMIT_MAX", "50")
        .env("SALON_DATABASE__CONNECTION", "postgresql://salon:secret@db/salon")
        .current_dir(directory.path())
        .output()
        .unwrap();
    let shown = text(&shown.stdout);
    assert!(shown.contains("api_limit_max = 50\n"));
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn broken_policy_files_are_named_with_their_rule() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("policy.yaml"), "\"get_imagez\": \"role:reader\"\n").unwrap();
    fs::write(directory.path().join("salon.toml"), "").unwrap();
    let checked = run(&["config", "check"], directory.path());
    assert!(!checked.status.success());
    let error = text(&checked.stderr);
    assert!(error.contains("policy.yaml") && error.contains("get_imagez"), "{error}");
}

/// T-C4: a file that is named by a link which leads nowhere, as where a volume is not mounted, is not taken for none.
#[test]
fn t_c4_rules_that_cannot_be_read_are_not_left_out() {
    for name in ["policy.yaml", "salon.toml"] {
        let directory = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", directory.path().join(name)).unwrap();
        for command in [&["config", "check"][..], &["serve", "--listen", "127.0.0.1:0"]] {
            let refused = run(command, directory.path());
            assert!(!refused.status.success());
            let error = text(&refused.stderr);
            assert!(error.contains(name) && error.contains("cannot be read"), "{error}");
        }
    }
}

#[test]
fn t_c4_a_policy_directory_is_read_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("salon.toml"), "[oslo_policy]\npolicy_dirs = [\"rules\"]\n").unwrap();
    let rules = directory.path().join("rules");
    fs::create_dir(&rules).unwrap();
    let check = || run(&["config", "check"], directory.path());
    for number in 0..1000 {
        fs::write(rules.join(format!("{number:04}.yaml")), "\"get_image\": \"role:reader\"\n").unwrap();
    }
    let read = check();
    assert!(read.status.success(), "{}", text(&read.stderr));
    fs::write(rules.join("more.yaml"), "\"get_image\": \"!\"\n").unwrap();
    let refused = check();
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("more than 1000 entries"), "{}", text(&refused.stderr));
}

#[test]
fn db_commands_make_the_schema_and_say_which() {
    let directory = tempfile::tempdir().unwrap();
    let outdated = run(&["db", "check"], directory.path());
    assert!(!outdated.status.success());
    assert!(text(&outdated.stderr).contains("salon db sync"), "{}", text(&outdated.stderr));
    assert!(run(&["db", "sync"], directory.path()).status.success());
    let version = text(&run(&["db", "version"], directory.path()).stdout);
    let numbers: Vec<&str> = version.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(numbers[0], numbers[1]);
    assert!(run(&["db", "check"], directory.path()).status.success());
    assert!(run(&["db", "purge"], directory.path()).status.success());
    assert!(text(&run(&["db", "sync"], directory.path()).stdout).contains("up to date"));
}

#[test]
fn dev_refuses_the_network() {
    let directory = tempfile::tempdir().unwrap();
    let refused = run(&["serve", "--dev", "--listen", "0.0.0.0:0"], directory.path());
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("not a loopback address"));
    assert!(!directory.path().join("salon-data").exists());
}

#[test]
fn check_and_repair_find_what_was_damaged_beside_the_running_server() {
    let salon = Salon::new();
    let alice = salon.alice();
    let image = alice.image_with("whole", &common::noise(100_000));
    let clean = salon.command(&["check", "--deep"]).output().unwrap();
    assert!(clean.status.success(), "{}", text(&clean.stdout));
    let file = fs::read_dir(salon.data().join("images"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_file());
    let file = file.unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[50_000] ^= 1;
    fs::remove_file(&file).unwrap();
    fs::write(&file, bytes).unwrap();
    assert!(salon.command(&["check"]).output().unwrap().status.success());
    let damaged = salon.command(&["check", "--deep"]).output().unwrap();
    assert!(!damaged.status.success());
    assert!(text(&damaged.stdout).contains("damaged"), "{}", text(&damaged.stdout));
    let planned = text(&salon.command(&["repair", "--deep"]).output().unwrap().stdout);
    assert!(planned.contains("would deactivate"), "{planned}");
    assert_eq!(alice.status_of(&image), "active");
    assert!(salon.command(&["repair", "--deep", "--yes"]).output().unwrap().status.success());
    assert_eq!(alice.status_of(&image), "deactivated");
}

#[test]
fn t_c2_the_sample_files_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let salon = Salon::new();
    for name in ["clouds.yaml", "aws-credentials", "salon.db"] {
        let mode = fs::metadata(salon.data().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
    }
    assert_eq!(fs::metadata(salon.data()).unwrap().permissions().mode() & 0o077, 0);
}

/// T-C3: what is on its way to the store is inside of the data directory, where nobody else writes.
#[test]
fn t_c3_nothing_is_staged_where_others_write() {
    let shared = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut salon = Salon::new();
    salon.signal(rustix::process::Signal::TERM);
    assert!(salon.wait().success());
    let mut command = salon.serve_command();
    command.env("TMPDIR", shared.path());
    salon.spawn_command(command);
    let alice = salon.alice();
    let image = alice.create_image("staged");
    let token = alice.token.clone().unwrap();
    let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
    let mut upload = salon.connect();
    upload.head("PUT", &format!("{image}/file"), &headers, Some(3_000_000));
    upload.write(&vec![1; 2_000_000]);
    while alice.status_of(&image) != "saving" {
        std::thread::yield_now();
    }
    assert_eq!(fs::read_dir(shared.path()).unwrap().count(), 0);
    upload.write(&vec![1; 1_000_000]);
    assert_eq!(upload.answer(false).unwrap().status, 204);
    assert_eq!(fs::read_dir(shared.path()).unwrap().count(), 0);
    let defaults = salon.command(&["config", "show", "--defaults"]).output().unwrap();
    assert!(!String::from_utf8(defaults.stdout).unwrap().contains("/tmp"));
}
