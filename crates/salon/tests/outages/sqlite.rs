//! F-13: SQLite locked, on a file system turned read-only, unreadable for a while, and damaged.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use rustix::process::Signal;
use serde_json::json;

use super::{FEW_READERS, common::Setup, health, let_go, served_again};

/// A Python program beside the server that goes on until its standard input ends.
struct Beside(Child);

impl Beside {
    /// Runs it until it says "ready".
    fn run(program: &str, database: &Path) -> Self {
        let mut child = Command::new("python3")
            .args(["-c", program])
            .arg(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready");
        Self(child)
    }

    fn end(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }
}

const LOCK: &str = "
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute('BEGIN IMMEDIATE')
print('ready', flush=True)
sys.stdin.read()
connection.execute('ROLLBACK')
";

#[test]
fn f_13_locked_by_somebody_else() {
    let salon = Setup::config(FEW_READERS).start();
    let alice = salon.alice();
    let image = alice.create_image("shared");
    let members = format!("{image}/members");
    let before = salon.held();
    let lock = Beside::run(LOCK, &salon.data().join("salon.db"));
    // Many at once wait no longer than one.
    std::thread::scope(|scope| {
        for number in 0..32 {
            let (alice, members) = (&alice, &members);
            scope.spawn(move || {
                let answer = alice.post(members, &json!({"member": format!("m{number}")}));
                assert_eq!(answer.status, 503, "{answer:?}");
                assert!(answer.header("retry-after").is_some());
            });
        }
        for _ in 0..32 {
            assert_eq!(alice.get(&members).status, 200);
        }
    });
    assert_eq!(alice.get(&members).json()["members"], json!([]));
    lock.end();
    served_again(|| alice.post(&members, &json!({"member": "afterwards"})));
    assert_eq!(alice.get(&members).json()["members"].as_array().unwrap().len(), 1);
    let_go(&salon, before);
}

#[test]
fn f_13_a_file_system_turned_read_only() {
    let salon = Setup::config(FEW_READERS).start();
    let alice = salon.alice();
    let image = alice.image_with("shared", b"0123456789");
    let members = format!("{image}/members");
    let before = salon.held();
    let files = ["salon.db", "salon.db-wal", "salon.db-shm"].map(|name| salon.data().join(name));
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let fault = salon.fault("pwrite64,write,ftruncate,fdatasync,fsync:error=EROFS", &files);
    for number in 0..5 {
        let answer = alice.post(&members, &json!({"member": format!("m{number}")}));
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.header("retry-after").is_some());
        assert_eq!(alice.get(&format!("{image}/file")).body, b"0123456789");
    }
    drop(fault);
    served_again(|| alice.post(&members, &json!({"member": "afterwards"})));
    assert_eq!(alice.get(&members).json()["members"].as_array().unwrap().len(), 1);
    let_go(&salon, before);
}

/// SQLite calls a page damaged that the disk would not give; that is over when the disk gives it.
#[test]
fn f_13_an_unreadable_file() {
    let mut salon = Setup::config("[healthcheck]\ndetailed = true\n").start();
    let alice = salon.alice();
    let image = alice.image_with("shared", b"0123456789");
    let members = format!("{image}/members");
    // What it has in memory it does not read.
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    salon.restart();
    let files = ["salon.db", "salon.db-wal"].map(|name| salon.data().join(name));
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let fault = salon.fault("pread64:error=EIO", &files);
    for number in 0..3 {
        let answer = alice.post(&members, &json!({"member": format!("m{number}")}));
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(health(&salon).status, 503);
    drop(fault);
    served_again(|| alice.post(&members, &json!({"member": "afterwards"})));
    assert_eq!(alice.get(&members).json()["members"].as_array().unwrap().len(), 1);
    assert_eq!(health(&salon).status, 200);
}

/// Overwrites the page where a table begins.
const DAMAGE: &str = "
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
[size] = connection.execute('PRAGMA page_size').fetchone()
[page] = connection.execute('SELECT rootpage FROM sqlite_master WHERE name = ?', ['membership_history']).fetchone()
connection.close()
with open(sys.argv[1], 'r+b') as file:
    file.seek((page - 1) * size)
    file.write(b'\\xa5' * size)
print('ready', flush=True)
sys.stdin.read()
";

/// What is damaged is not written to, and what can be read is read.
#[test]
fn f_13_a_damaged_file() {
    let mut salon = Setup::config("[healthcheck]\ndetailed = true\n").start();
    let alice = salon.alice();
    let image = alice.image_with("shared", b"0123456789");
    assert_eq!(alice.post(&format!("{image}/members"), &json!({"member": "early"})).status, 200);
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    let database = salon.data().join("salon.db");
    let whole = std::fs::read(&database).unwrap();
    Beside::run(DAMAGE, &database).end();
    salon.restart();
    for number in 0..3 {
        let answer = alice.post(&format!("{image}/members"), &json!({"member": format!("m{number}")}));
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.header("retry-after").is_some());
    }
    // Also what would not touch the damage itself.
    assert_eq!(alice.post("/v2/images", &json!({"name": "later"})).status, 503);
    assert_eq!(alice.get(&format!("{image}/members")).json()["members"].as_array().unwrap().len(), 1);
    assert_eq!(alice.get(&format!("{image}/file")).body, b"0123456789");
    let told = health(&salon);
    assert_eq!(told.status, 503);
    assert!(told.text().contains("damaged"), "{told:?}");
    // The operator brings a copy back.
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    std::fs::write(&database, whole).unwrap();
    for companion in ["salon.db-wal", "salon.db-shm"] {
        let _ = std::fs::remove_file(salon.data().join(companion));
    }
    salon.restart();
    assert_eq!(alice.post(&format!("{image}/members"), &json!({"member": "afterwards"})).status, 200);
    assert_eq!(health(&salon).status, 200);
}
