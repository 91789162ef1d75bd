//! Disks that are full, slow or broken, and a process without descriptors or time.

use std::{
    fs,
    io::{Read, Write},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::json;

use super::{
    FEW_READERS,
    common::{PATIENCE, Salon, Setup, noise},
    health, let_go, served_again,
};

/// The command that runs `command` at the end of a shell script, which has its arguments as `"$@"`.
fn inside(salon: &Salon, program: &[&str], script: &str) -> Command {
    let command = salon.serve_command();
    let mut outer = Command::new(program[0]);
    outer.args(&program[1..]).args(["sh", "-c", &format!("{script} && exec \"$@\""), "sh"]);
    outer.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    let errors = fs::File::create(salon.home().join("stderr")).unwrap();
    outer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    outer
}

/// A server whose database and store are on a small file system of their own; and where that is for the test.
fn on_a_small_disk(size: &str, reserve: &str) -> (Salon, PathBuf) {
    let mut salon = Setup::config(FEW_READERS).start();
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    let small = salon.home().join("small");
    fs::create_dir(&small).unwrap();
    salon.configure(&format!(
        "{FEW_READERS}connection = \"sqlite:///{0}/salon.db\"\n[store]\nfilesystem_store_datadir = \"{0}/images\"\nreserve = \"{reserve}\"\n",
        small.display()
    ));
    let namespaces = if rustix::process::geteuid().is_root() { "-m" } else { "-rm" };
    let mount = format!("mount -t tmpfs -o size={size} none '{}'", small.display());
    let command = inside(&salon, &["unshare", namespaces], &mount);
    salon.spawn_command(command);
    let seen = PathBuf::from(format!("/proc/{}/root{}", salon.process().as_raw_nonzero(), small.display()));
    (salon, seen)
}

/// F-8: uploads stop at the reserve, and everything else goes on.
#[test]
fn f_8_a_disk_that_uploads_have_filled() {
    let (salon, seen) = on_a_small_disk("40M", "12MB");
    let alice = salon.alice();
    let bytes = noise(3 << 20);
    let (mut kept, mut refused) = (Vec::new(), String::new());
    while refused.is_empty() {
        let image = alice.create_image("one of many");
        let answer = alice.upload(&format!("{image}/file"), &bytes);
        match answer.status {
            204 => kept.push(image),
            413 => refused = image,
            _ => panic!("{answer:?}"),
        }
    }
    assert_eq!(alice.status_of(&refused), "queued");
    assert!(kept.len() > 3, "{} images", kept.len());
    let members = format!("{}/members", kept[0]);
    for number in 0..100 {
        assert_eq!(alice.post(&members, &json!({"member": format!("m{number}")})).status, 200);
    }
    assert_eq!(alice.send("PUT", &format!("{}/tags/full", kept[0]), &[], b"").status, 204);
    assert!(alice.get(&format!("{}/file", kept[1])).body == bytes);
    // Deletes make room for the upload that was refused.
    for image in kept.split_off(2) {
        assert_eq!(alice.delete(&image).status, 204);
    }
    loop {
        match alice.upload(&format!("{refused}/file"), &bytes).status {
            204 => break,
            // The bytes are removed a moment after the image.
            413 => thread::sleep(Duration::from_millis(100)),
            other => panic!("{other}"),
        }
    }
    assert!(alice.get(&format!("{refused}/file")).body == bytes);
    assert_eq!(fs::read_dir(seen.join("images/.staging")).unwrap().count(), 0);
}

/// F-8: somebody else has filled the disk to the last byte.
#[test]
fn f_8_a_disk_that_others_have_filled() {
    let (salon, seen) = on_a_small_disk("40M", "1MB");
    let alice = salon.alice();
    let bytes = noise(3 << 20);
    let image = alice.image_with("there before", &bytes);
    let queued = alice.create_image("without data");
    let members = format!("{image}/members");
    let before = salon.held();
    let mut filler = fs::File::create(seen.join("filler")).unwrap();
    while filler.write(&bytes).is_ok_and(|written| written > 0) {}
    let mut acknowledged = 0;
    // What was freed in the meantime is used up, too.
    for number in 0.. {
        assert!(number < 5000, "nothing was ever refused");
        let _ = filler.write(&bytes);
        let answer = alice.post(&members, &json!({"member": format!("m{number}")}));
        match answer.status {
            200 | 413 if number < 128 => acknowledged += usize::from(answer.status == 200),
            503 => {
                assert!(answer.header("retry-after").is_some(), "{answer:?}");
                break;
            }
            _ => panic!("{answer:?}"),
        }
    }
    for _ in 0..20 {
        let _ = filler.write(&bytes);
        assert_eq!(alice.get(&members).json()["members"].as_array().unwrap().len(), acknowledged);
        assert!(alice.get(&format!("{image}/file")).body == bytes);
        let upload = alice.upload(&format!("{queued}/file"), &bytes);
        assert!(matches!(upload.status, 413 | 503), "{upload:?}");
        let created = alice.post("/v2/images", &json!({"name": "x"}));
        assert!(matches!(created.status, 201 | 503), "{created:?}");
    }
    assert_eq!(salon.nobody().get("/healthcheck").status, 200);
    drop(filler);
    fs::remove_file(seen.join("filler")).unwrap();
    served_again(|| alice.post(&members, &json!({"member": "afterwards"})));
    served_again(|| alice.upload(&format!("{queued}/file"), &bytes));
    assert_eq!(alice.get(&members).json()["members"].as_array().unwrap().len(), acknowledged + 1);
    assert!(alice.get(&format!("{queued}/file")).body == bytes);
    let_go(&salon, before);
}

/// Whatever writes waits for the disk, and nothing else does.
#[test]
fn a_slow_disk() {
    let salon = Setup::config(FEW_READERS).start();
    let alice = salon.alice();
    let read = alice.image_with("read meanwhile", &noise(1 << 20));
    let images: Vec<String> = (0..8).map(|_| alice.create_image("written meanwhile")).collect();
    let before = salon.held();
    let fault = salon.fault("fsync,fdatasync,pwritev:delay_enter=150000", &[]);
    thread::scope(|scope| {
        let writers: Vec<_> = images
            .iter()
            .map(|image| {
                let alice = &alice;
                scope.spawn(move || {
                    assert_eq!(alice.upload(&format!("{image}/file"), &noise(1 << 20)).status, 204);
                    assert_eq!(alice.post(&format!("{image}/members"), &json!({"member": "x"})).status, 200);
                })
            })
            .collect();
        let mut reads = 0;
        while writers.iter().any(|writer| !writer.is_finished()) {
            assert_eq!(alice.get(&read).status, 200);
            assert_eq!(alice.get(&format!("{read}/file")).status, 200);
            assert_eq!(salon.nobody().get("/healthcheck").status, 200);
            reads += 1;
        }
        // A writer needs several of the slow calls one after another.
        assert!(reads > 3, "{reads} reads");
    });
    drop(fault);
    for image in &images {
        assert!(alice.get(&format!("{image}/file")).body == noise(1 << 20));
    }
    let_go(&salon, before);
}

/// F-10: a disk that cannot be read, at each of the calls that read it.
#[test]
fn f_10_a_file_that_cannot_be_read() {
    for (settings, call, sent) in [
        ("", "sendfile:error=EIO", true),
        ("", "pread64:error=EIO", false),
        ("[server]\nsendfile = false\n", "pread64:error=EIO", false),
        ("", "openat2,openat:error=EIO", false),
    ] {
        let salon = Setup::config(&format!("{settings}{FEW_READERS}")).start();
        let alice = salon.alice();
        let bytes = noise(24 << 20);
        let image = alice.image_with("damaged", &bytes);
        let file = format!("{image}/file");
        let store = salon.data().join("images");
        let stored = fs::read_dir(&store).unwrap().flatten().map(|entry| entry.path()).find(|path| path.is_file());
        let before = salon.held();
        let paths = [stored.unwrap(), store];
        let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
        let fault = salon.fault(call, &paths);
        for _ in 0..20 {
            if sent {
                let mut connection = salon.connect();
                connection.head("GET", &file, &[("X-Auth-Token", alice.token.as_deref().unwrap())], None);
                let mut all = Vec::new();
                let _ = connection.socket.read_to_end(&mut all);
                assert!(all.len() < bytes.len(), "{call}: {} bytes", all.len());
            } else {
                let answer = alice.get(&file);
                assert_eq!(answer.status, 503, "{call}: {answer:?}");
                assert!(answer.header("retry-after").is_some());
            }
            // The rest of the server does not mind.
            assert_eq!(alice.get(&image).status, 200);
        }
        if sent {
            salon.wait_metric("salon_http_blobs_cut_total", 20);
        }
        drop(fault);
        assert!(alice.get(&file).body == bytes, "{call}");
        let_go(&salon, before);
    }
}

/// F-9: connections come to an end before descriptors do.
#[test]
fn f_9_few_descriptors() {
    let mut salon = Salon::new();
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    let command = inside(&salon, &["env"], "ulimit -n 556");
    salon.spawn_command(command);
    let alice = salon.alice();
    let token = alice.token.clone().unwrap();
    let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
    let images: Vec<String> = (0..95).map(|_| alice.create_image("slowly")).collect();
    let bytes = noise(10_000);
    while salon.metric("salon_http_connections") > 1 {
        thread::yield_now();
    }
    // There is room for 100 connections. Each of these holds a socket, a file, and at its end the file of its sums.
    let mut uploads: Vec<_> = images
        .iter()
        .map(|image| {
            let mut upload = salon.connect();
            upload.head("PUT", &format!("{image}/file"), &headers, Some(bytes.len() as u64));
            upload.write(&bytes[..9_000]);
            upload
        })
        .collect();
    let idle: Vec<_> = (0..10).map(|_| salon.connect()).collect();
    let began = Instant::now();
    while alice.get("/v2/images").status == 200 {
        assert!(began.elapsed() < PATIENCE);
    }
    for _ in 0..10 {
        let answer = alice.get("/v2/images");
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(answer.header("retry-after").is_some());
        assert_eq!(salon.nobody().get("/healthcheck").status, 200);
    }
    for upload in &mut uploads {
        upload.write(&bytes[9_000..]);
        assert_eq!(upload.answer(false).unwrap().status, 204);
    }
    drop((uploads, idle));
    served_again(|| alice.get("/v2/images"));
    assert_eq!(salon.metric("salon_http_accept_errors_total"), 0);
    assert!(salon.log().contains("allows fewer connections"), "{}", salon.log());
}

/// F-30: a server that stands still for a while (a paused virtual machine) goes on where it was.
#[test]
fn f_30_stopped_and_continued() {
    let salon = Setup::config("[healthcheck]\ndetailed = true\n").start();
    let alice = salon.alice();
    let image = alice.create_image("interrupted");
    let bytes = noise(1 << 20);
    let token = alice.token.clone().unwrap();
    let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
    let mut upload = salon.connect();
    upload.head("PUT", &format!("{image}/file"), &headers, Some(bytes.len() as u64));
    upload.write(&bytes[..500_000]);
    while alice.status_of(&image) != "saving" {
        thread::yield_now();
    }
    let mut waiting: Vec<_> = (0..50).map(|_| salon.connect()).collect();
    salon.signal(Signal::STOP);
    for connection in &mut waiting {
        connection.head("GET", &image, &[("X-Auth-Token", token.as_str())], None);
    }
    thread::sleep(Duration::from_secs(3));
    salon.signal(Signal::CONT);
    for connection in &mut waiting {
        assert_eq!(connection.answer(false).unwrap().status, 200);
    }
    upload.write(&bytes[500_000..]);
    assert_eq!(upload.answer(false).unwrap().status, 204);
    assert!(alice.get(&format!("{image}/file")).body == bytes);
    assert_eq!(health(&salon).status, 200);
}
