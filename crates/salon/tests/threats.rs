//! Holds `docs/threats.md` to the sources: every row is there, and every test that a row names. And what is shown by what
//! the sources do not have.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Where code may be unsafe: beneath the digests, around SQLite's log, and for one system call that has no safe form.
const UNSAFE: [&str; 4] = [
    "crates/catalog/src/sql/log_file.rs",
    "crates/catalog/src/sql/wal_index.rs",
    "crates/store/src/digest/",
    "crates/store/src/file/write_back.rs",
];
/// Words of a row that has no test.
const NOT_HERE: &str = "Not here:";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `A1–A9, M1–M8` as single ids.
fn ids(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for range in text.trim().trim_end_matches('.').split(", ") {
        let (first, last) = range.split_once('–').unwrap_or_else(|| panic!("no range: {range}"));
        let (letter, number) = first.split_at(1);
        let numbers: [u32; 2] = [number, last.strip_prefix(letter).unwrap()].map(|text| text.parse().unwrap());
        all.extend((numbers[0]..=numbers[1]).map(|number| format!("T-{letter}{number}")));
    }
    all
}

/// What is between back quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// A test is named as `path::name` from the root, where a row may leave out the path of the test before it.
fn tests_of(cell: &str) -> Vec<(&str, &str)> {
    let mut file = "";
    quoted(cell)
        .into_iter()
        .map(|name| {
            let (path, test) = name.rsplit_once("::").unwrap_or((file, name));
            file = path;
            assert!(!path.is_empty(), "no path for {name}");
            (path, test)
        })
        .collect()
}

#[test]
fn every_row_has_its_tests_and_every_test_is_there() {
    let document = read("docs/threats.md");
    let known = document.lines().find_map(|line| line.strip_prefix("Rows: ")).expect("no list of rows");
    let known = ids(known);
    let mut rows: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for line in document.lines().filter(|line| line.starts_with("| T-")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{line}");
        assert_eq!(rows.insert(cells[0].to_owned(), cells.clone()), None, "twice: {}", cells[0]);
    }
    assert_eq!(rows.keys().cloned().collect::<BTreeSet<_>>(), known, "rows and their list differ");
    let mut wrong = Vec::new();
    let mut named = 0;
    for (id, cells) in &rows {
        let tests = tests_of(cells[2]);
        if tests.is_empty() && !cells[3].contains(NOT_HERE) {
            wrong.push(format!("{id} has neither a test nor a reason"));
        }
        for (path, test) in tests {
            named += 1;
            let Ok(source) = fs::read_to_string(root().join(path)) else {
                wrong.push(format!("{id}: no file {path}"));
                continue;
            };
            // Scenarios are files; tests are functions in one.
            if !path.ends_with(".yaml") && !source.contains(&format!("fn {test}(")) {
                wrong.push(format!("{id}: no test {test} in {path}"));
            }
            if path.ends_with(".yaml") && !source.contains(test) {
                wrong.push(format!("{id}: no words {test} in {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(named > known.len(), "{named} tests for {} rows", known.len());
}

/// A test that carries the id of a threat is in the row of that threat's family.
#[test]
fn ids_in_names_are_rows() {
    let document = read("docs/threats.md");
    let known = ids(document.lines().find_map(|line| line.strip_prefix("Rows: ")).unwrap());
    let mut wrong = Vec::new();
    for (path, source) in sources("") {
        for part in source.split("fn t_").skip(1) {
            let id: String = part.chars().take_while(|letter| *letter != '_' && *letter != '(').collect();
            if !known.contains(&format!("T-{}", id.to_uppercase())) {
                wrong.push(format!("{path}: t_{id}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Rust files below `crates`, whose path contains `part`, with the paths.
fn sources(part: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join("crates")];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                if name.contains(part) && !name.ends_with("tests/threats.rs") {
                    found.push((name, fs::read_to_string(path).unwrap()));
                }
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// T-L3, T-F6: the server starts no program. The demo alone starts one, with arguments of its own, and through no shell.
#[test]
fn t_l3_the_server_starts_no_program() {
    const DEMO: &str = "crates/salon/src/demo/rooms.rs";
    let mut starting = BTreeSet::new();
    for (path, source) in sources("/src/") {
        let starts = ["process::Command", "Command::new(", "libc::exec", "libc::system", "posix_spawn", "execve"];
        if starts.iter().any(|word| source.contains(word)) {
            starting.insert(path.clone());
        }
        for shell in ["\"sh\"", "\"bash\"", "\"/bin/sh\"", "\"-c\""] {
            assert!(!source.contains(shell), "{path} has {shell}");
        }
    }
    assert_eq!(starting.into_iter().collect::<Vec<_>>(), [DEMO]);
}

/// T-D10, T-Z1, T-C6: what is not linked in cannot be reached: HTTP/2, decompressors, clients of tools.
#[test]
fn t_d10_there_is_no_second_protocol() {
    let lock = read("Cargo.lock");
    for absent in ["h2", "h3", "flate2", "zip", "brotli", "async-compression", "tar"] {
        assert!(!lock.contains(&format!("name = \"{absent}\"\n")), "{absent} is linked in");
    }
}

/// T-C6: versions are locked; licences, duplicates and sources are looked at with every change; what is unsafe is listed.
#[test]
fn t_c6_what_is_built_is_locked_and_checked() {
    let checks = read(".ci/run");
    assert!(checks.contains("cargo deny --locked check licenses bans sources"));
    assert!(read("Cargo.toml").contains("unsafe_code = \"deny\""));
    let lock = read("Cargo.lock");
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    assert!(lock.lines().filter(|line| line.starts_with("source = ")).all(|line| line == registry));
    for (path, _) in sources("/src/").iter().filter(|(_, source)| source.contains("unsafe_code")) {
        assert!(UNSAFE.iter().any(|place| path.starts_with(place)), "{path} is not on the list");
    }
}
