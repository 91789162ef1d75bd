//! The Image API v1, data from elsewhere: the real server fetches from real sources, which misbehave on demand.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use common::{Salon, Setup, User, http::Answer, noise};
use rustix::process::Signal;

const RAW: [(&str, &str); 2] = [("x-image-meta-disk_format", "raw"), ("x-image-meta-container_format", "bare")];
const COPY: &str = "x-glance-api-copy-from";
const LOCATION: &str = "x-image-meta-location";
const SIZE: usize = 3_000_000;

/// A source of images: an HTTP server of a few lines, one thread per connection.
struct Source {
    port: u16,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    bytes: Vec<u8>,
    seen: Mutex<Vec<String>>,
    /// Whether `/gated` goes on after half of its bytes.
    open: Mutex<bool>,
    opened: Condvar,
    /// Peers of `/gated` that went away in the middle.
    left: AtomicBool,
    over: AtomicBool,
}

impl Source {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            bytes: noise(SIZE),
            seen: Mutex::default(),
            open: Mutex::new(false),
            opened: Condvar::new(),
            left: AtomicBool::new(false),
            over: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if own.over.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, shared) = (stream.unwrap(), Arc::clone(&own));
                std::thread::spawn(move || serve(stream, &shared, port));
            }
        });
        Self { port, shared, accepting: Some(accepting) }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn seen(&self) -> Vec<String> {
        self.shared.seen.lock().unwrap().clone()
    }

    fn wait_seen(&self, path: &str, times: usize) {
        while self.seen().iter().filter(|line| line.split(' ').nth(1) == Some(path)).count() < times {
            std::thread::yield_now();
        }
    }

    fn open(&self) {
        *self.shared.open.lock().unwrap() = true;
        self.shared.opened.notify_all();
    }

    fn wait_left(&self) {
        while !self.shared.left.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        self.open();
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(accepting) = self.accepting.take() {
            accepting.join().unwrap();
        }
    }
}

/// Errors mean that the peer went away, which is its right.
fn serve(mut stream: TcpStream, shared: &Shared, port: u16) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(1) => request.push(byte[0]),
            _ => return,
        }
    }
    let line = String::from_utf8(request).unwrap().lines().next().unwrap().to_owned();
    shared.seen.lock().unwrap().push(line.clone());
    let path = line.split(' ').nth(1).unwrap().to_owned();
    let bytes = &shared.bytes;
    let whole = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len());
    let redirect = |to: &str| format!("HTTP/1.1 302 X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let _ = match path.split('?').next().unwrap() {
        "/image" => stream.write_all(whole.as_bytes()).and_then(|()| stream.write_all(bytes)),
        "/chunks" => stream
            .write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            .and_then(|()| write!(stream, "{:x}\r\n", bytes.len()))
            .and_then(|()| stream.write_all(bytes))
            .and_then(|()| stream.write_all(b"\r\n0\r\n\r\n")),
        "/bare" => stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").and_then(|()| stream.write_all(bytes)),
        "/moved" => stream.write_all(redirect("/image").as_bytes()),
        "/metadata" => stream.write_all(redirect("http://169.254.169.254/latest/").as_bytes()),
        "/inside" => stream.write_all(redirect(&format!("http://127.0.0.2:{port}/image")).as_bytes()),
        "/short" => stream.write_all(whole.as_bytes()).and_then(|()| stream.write_all(&bytes[..SIZE / 2])),
        "/stalls" => {
            let sent = stream.write_all(whole.as_bytes()).and_then(|()| stream.write_all(&bytes[..10]));
            let _ = stream.read(&mut [0]);
            sent
        }
        "/qcow2" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\nQFI\xfb\0\0\0\x03").and_then(|()| {
                // A backing file's name is somewhere behind it.
                stream.write_all(&[1; 592])
            })
        }
        "/gated" => gated(&mut stream, shared, &whole),
        _ => stream.write_all(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"),
    };
}

/// Sends half, and the rest when the gate is opened or not at all when the peer goes away.
fn gated(stream: &mut TcpStream, shared: &Shared, head: &str) -> std::io::Result<()> {
    stream.write_all(head.as_bytes())?;
    stream.write_all(&shared.bytes[..SIZE / 2])?;
    stream.set_read_timeout(Some(Duration::from_millis(20)))?;
    let mut open = shared.open.lock().unwrap();
    while !*open {
        (open, _) = shared.opened.wait_timeout(open, Duration::from_millis(20)).unwrap();
        if matches!(stream.read(&mut [0]), Ok(0)) {
            shared.left.store(true, Ordering::SeqCst);
            return Ok(());
        }
    }
    drop(open);
    stream.write_all(&shared.bytes[SIZE / 2..])
}

fn located(user: &User, url: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = headers.to_vec();
    all.extend(RAW);
    all.push((LOCATION, url));
    user.send("POST", "/v1/images", &all, b"")
}

/// A server that may fetch from 127.0.0.1, from any port.
fn config(more: &str) -> String {
    format!("[outbound]\nports = []\nallowed_networks = [\"127.0.0.1\"]\n{more}")
}

fn start(more: &str) -> Salon {
    Setup::config(&config(more)).start()
}

fn order(user: &User, url: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = headers.to_vec();
    all.extend(RAW);
    all.push((COPY, url));
    user.send("POST", "/v1/images", &all, b"")
}

/// Creates an image to be fetched and answers its path.
fn ordered(user: &User, url: &str, headers: &[(&str, &str)]) -> String {
    let answer = order(user, url, headers);
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.json()["image"]["status"], "queued");
    format!("/v1/images/{}", answer.json()["image"]["id"].as_str().unwrap())
}

/// An image without data.
fn queued(user: &User) -> String {
    let answer = user.send("POST", "/v1/images", &RAW, b"");
    assert_eq!(answer.status, 201, "{answer:?}");
    format!("/v1/images/{}", answer.json()["image"]["id"].as_str().unwrap())
}

fn status(user: &User, image: &str) -> String {
    let answer = user.send("HEAD", image, &[], b"");
    answer.header("x-image-meta-status").map_or_else(|| format!("{}", answer.status), str::to_owned)
}

fn wait(user: &User, image: &str, wanted: &str) {
    loop {
        match status(user, image).as_str() {
            now if now == wanted => return,
            "queued" | "saving" => std::thread::yield_now(),
            other => assert_eq!(other, wanted, "{image}"),
        }
    }
}

fn files(salon: &Salon) -> usize {
    let entries = std::fs::read_dir(salon.data().join("images")).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_file()).count()
}

/// Waits for a text in the log, whose lines come a little later than what they tell.
fn wait_log(salon: &Salon, text: &str) {
    while !salon.log().contains(text) {
        std::thread::yield_now();
    }
}

/// glance/api/v1/images.py `_copy_from`, `_upload_and_activate`; §6.1 of the reference.
#[test]
fn data_is_fetched() {
    let source = Source::start();
    let salon = start("");
    let alice = salon.alice();
    let md5 = {
        let image = alice.image_with("the same", &source.shared.bytes);
        alice.get(&image).json()["checksum"].as_str().unwrap().to_owned()
    };
    let size = SIZE.to_string();
    for (path, headers) in [
        ("/image", vec![("x-image-meta-name", "fetched"), ("x-image-meta-property-kind", "x")]),
        ("/chunks", vec![]),
        ("/moved", vec![("x-image-meta-size", "0")]),
        ("/image?signature=s3cr3t", vec![("x-image-meta-size", size.as_str()), ("x-image-meta-checksum", &md5)]),
        ("/bare", vec![("x-image-meta-size", size.as_str())]),
    ] {
        let image = ordered(&alice, &source.url(path), &headers);
        wait(&alice, &image, "active");
        let answer = alice.get(&image);
        assert!(answer.body == source.shared.bytes, "{path}");
        assert_eq!(answer.header("x-image-meta-size"), Some(size.as_str()));
        assert_eq!(answer.header("etag"), Some(md5.as_str()));
        assert!(answer.headers.iter().all(|(name, value)| !name.contains("location") && !value.contains("127.0.0.1")));
        let record = alice.get(&image.replace("v1", "v2"));
        assert_eq!(record.json()["os_hash_algo"], "sha512");
        assert!(!record.text().contains("127.0.0.1"), "{record:?}");
    }
    let listed = alice.get("/v1/images/detail?name=fetched").json();
    assert_eq!(listed["images"][0]["properties"]["kind"], "x");
    wait_log(&salon, &format!("http://127.0.0.1:{}/image", source.port));
    assert!(!salon.log().contains("s3cr3t"), "a secret is in the log");
}

/// An order for an image that is there already.
#[test]
fn queued_images_can_be_filled() {
    let source = Source::start();
    let salon = start("workers = 1\n");
    let (alice, bob) = (salon.alice(), salon.bob());
    let image = queued(&alice);
    let put = |user: &User, image: &str, path: &str| {
        let url = source.url(path);
        user.send("PUT", image, &[(COPY, url.as_str()), ("x-image-meta-name", "filled")], b"")
    };
    assert_eq!(put(&bob, &image, "/image").status, 404);
    let answer = put(&alice, &image, "/image");
    assert_eq!((answer.status, answer.json()["image"]["name"].as_str()), (200, Some("filled")), "{answer:?}");
    wait(&alice, &image, "active");
    assert!(alice.get(&image).body == source.shared.bytes);
    assert_eq!(put(&alice, &image, "/image").status, 400);

    // One waits for the other; a second order for it is refused; data from somewhere else makes the first one void.
    let first = ordered(&alice, &source.url("/gated"), &[]);
    source.wait_seen("/gated", 1);
    assert_eq!(status(&alice, &first), "saving");
    assert_eq!(put(&alice, &first, "/image").status, 400);
    let second = ordered(&alice, &source.url("/chunks"), &[]);
    assert_eq!(put(&alice, &second, "/chunks").status, 409);
    assert_eq!(alice.upload(&format!("{}/file", second.replace("v1", "v2")), b"mine").status, 204);
    source.open();
    wait(&alice, &first, "active");
    assert_eq!(alice.get(&second).body, b"mine");

    let unformatted = alice.send("POST", "/v1/images", &[], b"").json();
    let unformatted = format!("/v1/images/{}", unformatted["image"]["id"].as_str().unwrap());
    assert_eq!(put(&alice, &unformatted, "/image").status, 400);
    assert_eq!(status(&alice, &unformatted), "queued");
}

/// Glance: `safe_kill`. The image stays, killed: it is shown by id and to whoever asks for changes, and nowhere else.
#[test]
fn what_cannot_be_had_is_killed() {
    let source = Source::start();
    let salon =
        start("stall_timeout = 1\nmax_redirects = 1\nmax_size = \"4MB\"\n[image]\nuser_storage_quota = 7000000\n");
    let alice = salon.alice();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = format!("http://127.0.0.1:{closed}/");
    let mut killed = Vec::new();
    for (url, headers, reason) in [
        (source.url("/absent?token=s3cr3t"), vec![], "it answers 404"),
        (refused, vec![], "refused"),
        ("http://name.invalid/".to_owned(), vec![], "cannot be resolved"),
        (source.url("/metadata"), vec![], "169.254.169.254"),
        (source.url("/inside"), vec![], "127.0.0.2"),
        (source.url("/short"), vec![], "ended before"),
        (source.url("/stalls"), vec![], "too slowly"),
        (source.url("/bare"), vec![], "does not say how much"),
        (source.url("/image"), vec![("x-image-meta-size", "7")], "does not match"),
        (source.url("/chunks"), vec![("x-image-meta-size", "7")], "More data"),
        (source.url("/image"), vec![("x-image-meta-checksum", "900150983cd24fb0d6963f7d28e17f72")], "did not match"),
        (source.url("/qcow2"), vec![], "could not be fetched"),
    ] {
        let image = ordered(&alice, &url, &headers);
        wait(&alice, &image, "killed");
        wait_log(&salon, image.rsplit('/').next().unwrap());
        wait_log(&salon, reason);
        killed.push(image);
    }
    // What fits, and then what does not fit any more.
    for path in ["/image", "/chunks"] {
        let image = ordered(&alice, &source.url(path), &[]);
        wait(&alice, &image, "active");
    }
    let over = ordered(&alice, &source.url("/image"), &[]);
    wait(&alice, &over, "killed");
    killed.push(over);

    for list in ["/v1/images/detail", "/v1/images/detail?status=killed", "/v2/images", "/v2/images?status=killed"] {
        let text = alice.get(list).json()["images"].to_string();
        assert!(!text.contains("killed"), "{list}: {text}");
    }
    let changed = alice.get("/v1/images/detail?changes-since=2000-01-01T00:00:00Z&limit=100").json();
    let shown = changed["images"].as_array().unwrap().iter().filter(|image| image["status"] == "killed").count();
    assert_eq!(shown, killed.len());
    for image in &killed {
        assert_eq!(alice.get(image).status, 404);
        let mut data = RAW.to_vec();
        data.push(("Content-Type", "application/octet-stream"));
        assert_eq!(alice.send("PUT", image, &data, b"other").status, 409);
        assert_eq!(alice.send("PUT", image, &[(COPY, &source.url("/image"))], b"").status, 400);
        assert_eq!(alice.delete(image).status, 200);
        assert_eq!(status(&alice, image), "404");
    }
    assert_eq!(files(&salon), 2);
    assert!(!salon.log().contains("s3cr3t"), "a secret is in the log");
}

#[test]
fn t_l1_bad_orders_are_refused_at_once() {
    let source = Source::start();
    let salon = start("max_waiting = 0\n");
    let alice = salon.alice();
    let url = source.url("/image");
    assert_eq!(order(&alice, &url, &[]).status, 413, "no place to wait in");
    for bad in
        ["", "file:///etc/passwd", "FILE:///etc/passwd", "filesystem:///x", "swift+config://x/y", "ftp://x/y", "x"]
    {
        let answer = order(&alice, bad, &[]);
        assert!(answer.status == 400 && answer.text().contains("xternal source"), "{bad}: {answer:?}");
    }
    for bad in ["http://user:password@127.0.0.1/", "http://2130706433/", "http://127.1/", "http:///", "http://a b/"] {
        let answer = order(&alice, bad, &[]);
        assert!(answer.status == 400 && answer.text().contains("not acceptable"), "{bad}: {answer:?}");
    }
    assert_eq!(order(&alice, &url, &[("x-image-meta-location", &url)]).status, 400);
    let unformatted = alice.send("POST", "/v1/images", &[(COPY, &url)], b"");
    assert_eq!(unformatted.status, 400, "{unformatted:?}");
    let mut with_data = RAW.to_vec();
    with_data.extend([(COPY, url.as_str()), ("Content-Type", "application/octet-stream")]);
    assert_eq!(alice.send("POST", "/v1/images", &with_data, b"abc").status, 400);
    assert_eq!(alice.get("/v1/images").json(), serde_json::json!({"images": []}));
    assert!(source.seen().is_empty());
}

/// T-S1, T-S4: without a word of the operator no address of the inside is reached, and nobody learns what is there.
#[test]
fn t_s1_the_inside_is_out_of_reach_by_default() {
    let source = Source::start();
    let salon = Setup::config("[outbound]\nports = []\n").start();
    let alice = salon.alice();
    let port = source.port;
    let mut texts = Vec::new();
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "10.0.0.1", "[fd00::1]"] {
        let answer = order(&alice, &format!("http://{host}:{port}/image"), &[]);
        assert_eq!(answer.status, 400, "{host}: {answer:?}");
        texts.push(answer.body);
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "the answers differ");
    // A name is not asked for before the order is carried out.
    let image = ordered(&alice, &format!("http://localhost:{port}/image"), &[]);
    wait(&alice, &image, "killed");
    wait_log(&salon, "is loopback");
    assert!(source.seen().is_empty(), "{:?}", source.seen());

    let by_default = Setup::config("[outbound]\nallowed_networks = [\"127.0.0.1\"]\n").start();
    assert_eq!(order(&by_default.alice(), &source.url("/image"), &[]).status, 400, "another port than 80 and 443");
}

/// T-S7.
#[test]
fn t_s7_a_proxy_of_the_environment_is_not_used() {
    let source = Source::start();
    let mut salon = start("");
    salon.kill();
    let mut command = salon.serve_command();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, "http://127.0.0.1:9/");
    }
    salon.spawn_command(command);
    let alice = salon.alice();
    let image = ordered(&alice, &source.url("/image"), &[]);
    wait(&alice, &image, "active");
}

#[test]
fn policies_decide_who_may_order() {
    let source = Source::start();
    let salon = start("");
    let alice = salon.alice();
    std::fs::write(salon.home().join("policy.yaml"), "\"copy_from\": \"role:admin\"\n").unwrap();
    salon.signal(Signal::HUP);
    while order(&alice, &source.url("/image"), &[]).status != 403 {
        std::thread::yield_now();
    }
    let image = queued(&alice);
    assert_eq!(alice.send("PUT", &image, &[(COPY, &source.url("/image"))], b"").status, 403);
    let by_admin = ordered(&salon.admin(), &source.url("/image"), &[]);
    wait(&salon.admin(), &by_admin, "active");
}

on_every_database! {
    /// F-1: an order outlives the server.
    fn f_1_a_crash_in_the_middle_is_made_good(database) {
        let source = Source::start();
        let mut salon = Setup { database, ..Setup::config(&config("[image]\nupload_lease = 2\n")) }.start();
        let alice = salon.alice();
        let image = ordered(&alice, &source.url("/gated"), &[]);
        let untouched = ordered(&alice, &source.url("/gated"), &[("x-image-meta-name", "another")]);
        source.wait_seen("/gated", 2);
        salon.kill();
        salon.restart();
        source.wait_seen("/gated", 4);
        source.open();
        for image in [&image, &untouched] {
            wait(&alice, image, "active");
            assert!(alice.get(image).body == source.shared.bytes);
        }
        assert_eq!(files(&salon), 2);
    }

    /// T-I4: the transfer ends, and nothing stays.
    fn t_i4_deleting_in_the_middle(database) {
        let source = Source::start();
        let salon = Setup { database, ..Setup::config(&config("[image]\nupload_lease = 2\n")) }.start();
        let alice = salon.alice();
        let image = ordered(&alice, &source.url("/gated"), &[]);
        source.wait_seen("/gated", 1);
        assert_eq!(alice.delete(&image).status, 200);
        assert_eq!(status(&alice, &image), "404");
        source.wait_left();
        assert_eq!(files(&salon), 0);
        assert_eq!(alice.get("/v1/images?changes-since=2000-01-01T00:00:00Z").json(), serde_json::json!({"images": []}));
    }
}

/// glance/api/v1/images.py `_external_source`, `_activate`; §6.1: active at once, and served from there.
#[test]
fn t_l4_data_can_stay_where_it_is() {
    let source = Source::start();
    let salon = start("[image_v1]\nenabled = true\n");
    let (alice, admin) = (salon.alice(), salon.admin());
    let (url, size) = (source.url("/image?signature=s3cr3t"), SIZE.to_string());
    let sum = "292163E6D18F52E8CFAA60550B9463CA";
    for headers in [vec![], vec![("x-image-meta-size", size.as_str())], vec![("x-image-meta-checksum", sum)]] {
        let mut all = headers.clone();
        all.push(("x-image-meta-name", "elsewhere"));
        let answer = located(&admin, &url, &all);
        assert_eq!(answer.status, 201, "{answer:?}");
        let shown = &answer.json()["image"];
        assert_eq!((shown["status"].as_str(), shown["size"].as_u64()), (Some("active"), Some(SIZE as u64)));
        let image = format!("/v1/images/{}", shown["id"].as_str().unwrap());
        let data = admin.get(&image);
        assert!(data.body == source.shared.bytes);
        assert_eq!(data.header("x-image-meta-checksum").is_some(), headers.contains(&("x-image-meta-checksum", sum)));
        let modern = image.replace("v1", "v2");
        let part = admin.send("GET", &format!("{modern}/file"), &[("Range", "bytes=5-9")], b"");
        assert!(part.status == 200 && part.body == source.shared.bytes, "{part:?}");
        for answer in [admin.send("HEAD", &image, &[], b""), data, admin.get(&modern), admin.get("/v1/images/detail")] {
            let mut all: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            all.push(if answer.body.len() < SIZE { answer.text().to_owned() } else { String::new() });
            assert!(all.iter().all(|line| !line.contains("s3cr3t") && !line.contains("127.0.0.1:")), "{all:?}");
        }
        // Everybody who may read the image reads it through the server.
        assert_eq!(alice.get(&image).status, 404);
        let member = format!("{image}/members/{}", alice.project_id);
        assert_eq!(admin.put(&member, &serde_json::json!({})).status, 204);
        assert!(alice.get(&image).body == source.shared.bytes);
        assert_eq!(admin.send("PUT", &image, &[(LOCATION, &url)], b"").status, 400);
    }
    let checked = salon.command(&["check", "--deep"]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    assert_eq!(files(&salon), 0);

    // Deleting it removes nothing anywhere.
    let before = source.seen().len();
    for entry in admin.get("/v1/images").json()["images"].as_array().unwrap() {
        assert_eq!(admin.delete(&format!("/v1/images/{}", entry["id"].as_str().unwrap())).status, 200);
    }
    assert_eq!(source.seen().len(), before);
    let queued = queued(&admin);
    let answer = admin.send("PUT", &queued, &[(LOCATION, &url)], b"");
    assert_eq!((answer.status, answer.json()["image"]["status"].as_str()), (200, Some("active")), "{answer:?}");
    assert!(admin.get(&queued).body == source.shared.bytes);
    assert!(!salon.log().contains("s3cr3t"), "a secret is in the log");
}

#[test]
fn locations_are_for_administrators_and_held_to_what_is_there() {
    let source = Source::start();
    let salon = start("");
    let (alice, admin) = (salon.alice(), salon.admin());
    let url = source.url("/image");
    assert_eq!(located(&alice, &url, &[]).status, 403);
    let own = queued(&alice);
    assert_eq!(alice.send("PUT", &own, &[(LOCATION, &url)], b"").status, 403);
    assert!(source.seen().is_empty(), "somebody who may not had the server ask");

    assert_eq!(located(&admin, &url, &[("x-image-meta-size", "7")]).status, 409);
    assert_eq!(located(&admin, &source.url("/absent"), &[]).status, 404);
    assert_eq!(located(&admin, &source.url("/chunks"), &[]).status, 400, "nobody says how much");
    assert_eq!(located(&admin, &source.url("/metadata"), &[]).status, 400);
    assert_eq!(located(&admin, "http://10.0.0.1/", &[]).status, 400);
    assert_eq!(located(&admin, &url, &[("x-image-meta-checksum", "x")]).status, 400);
    assert_eq!(located(&admin, &format!("{url}?{}", "a".repeat(600)), &[]).status, 400);
    assert_eq!(admin.send("POST", "/v1/images", &[(LOCATION, &url)], b"").status, 400, "no formats");
    for bad in ["file:///etc/passwd", "swift+config://x/y"] {
        let answer = located(&admin, bad, &[]);
        assert!(answer.status == 400 && answer.text().contains("External sources are not supported"), "{answer:?}");
    }
    assert_eq!(admin.get("/v1/images").json(), serde_json::json!({"images": []}));

    // F-10: what has changed since, or has gone, is never passed on as if it were whole.
    let promised = SIZE.to_string();
    let cut = located(&admin, &source.url("/short"), &[]).json();
    let cut = format!("/v1/images/{}", cut["image"]["id"].as_str().unwrap());
    let mut connection = salon.connect();
    let token = admin.token.clone().unwrap();
    connection.head("GET", &cut, &[("X-Auth-Token", &token)], None);
    assert!(connection.answer(false).is_none(), "half an image passed for a whole one");
    for headers in [
        ("x-image-meta-size", "2999999"),
        ("x-image-meta-size", "3000001"),
        ("x-image-meta-checksum", "900150983cd24fb0d6963f7d28e17f72"),
    ] {
        let mut all = vec![headers];
        if headers.0 != "x-image-meta-size" {
            all.push(("x-image-meta-size", &promised));
        }
        let other = located(&admin, &source.url("/chunks"), &all).json();
        let other = format!("/v1/images/{}", other["image"]["id"].as_str().unwrap());
        let mut connection = salon.connect();
        connection.head("GET", &other, &[("X-Auth-Token", &token)], None);
        assert!(connection.answer(false).is_none(), "{headers:?}: other bytes passed for the image's");
    }
    let away = located(&admin, &source.url("/gated"), &[("x-image-meta-size", &promised)]).json();
    let away = format!("/v1/images/{}", away["image"]["id"].as_str().unwrap());
    drop(source);
    let answer = admin.get(&away);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(!answer.text().contains("127.0.0.1"), "{answer:?}");
}

/// T-D3: sources that never end are their project's trouble.
#[test]
fn t_d3_one_project_does_not_take_every_place() {
    let source = Source::start();
    let salon = start("workers = 3\nproject_workers = 2\n");
    let (alice, bob) = (salon.alice(), salon.bob());
    let slow: Vec<String> = (0..4).map(|_| ordered(&alice, &source.url("/gated"), &[])).collect();
    source.wait_seen("/gated", 2);
    let other = ordered(&bob, &source.url("/image"), &[]);
    wait(&bob, &other, "active");
    let saving = slow.iter().filter(|image| status(&alice, image) == "saving").count();
    assert_eq!((saving, source.seen().iter().filter(|line| line.contains("/gated")).count()), (2, 2));
    source.open();
    for image in &slow {
        wait(&alice, image, "active");
    }
}

/// F-26: a stop does not wait for a source, and the next start goes on.
#[test]
fn f_26_a_stop_in_the_middle_is_made_good() {
    let source = Source::start();
    let mut salon = start("");
    let alice = salon.alice();
    let image = ordered(&alice, &source.url("/gated"), &[]);
    source.wait_seen("/gated", 1);
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    source.wait_left();
    salon.restart();
    source.wait_seen("/gated", 2);
    source.open();
    wait(&alice, &image, "active");
    assert!(alice.get(&image).body == source.shared.bytes);
}
