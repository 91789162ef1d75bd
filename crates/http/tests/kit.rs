//! The kit over real sockets, under a dialect of a few lines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

use std::{
    fs::File,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use http::StatusCode;
use salon_core::Entropy;
use salon_http::kit::{
    Body, BoxFuture, Dialect, Health, Hosts, Limits, Listener, Metrics, Mount, Options, Phase, Request, Response,
    RouteInfo, serve,
};
use salon_store::Blob;
use tokio::sync::watch;

/// Longer than one slice of the kernel path, and not a multiple of anything.
const BLOB: usize = 5 * (1 << 20) + 12_345;

struct Counting(std::sync::atomic::AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    }
}

struct Sample {
    blob: Blob,
    /// Says that it has one byte more than its file.
    short: Blob,
}

impl Dialect for Sample {
    fn name(&self) -> &'static str {
        "sample"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        Vec::new()
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async move {
            request.trail.set_route("/sample", "sample");
            match request.path.as_str() {
                "/blob" => Response::new(Body::blob(self.blob.clone(), 0..u64::MAX)),
                "/short" => Response::new(Body::blob(self.short.clone(), 0..u64::MAX)),
                "/range" => Response::new(Body::blob(self.blob.clone(), 1_000_001..3_000_017)),
                "/panic" => panic!("on purpose"),
                "/echo" => match request.body.read_all(1 << 20).await {
                    Ok(bytes) => Response::new(Body::bytes(bytes)),
                    Err(error) => {
                        let mut response = Response::new(Body::text(error.message()));
                        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
                        response
                    }
                },
                "/unread" => Response::new(Body::text("not read")),
                "/who" => {
                    let user = request.header("x-user-id").unwrap_or("nobody").to_owned();
                    Response::new(Body::text(format!("{user} {} {}", request.base, request.request_id)))
                }
                _ => {
                    let mut response = Response::new(Body::text("absent"));
                    *response.status_mut() = StatusCode::NOT_FOUND;
                    response
                }
            }
        })
    }
}

/// Has words of its own for a defect, and tells what was sent.
struct Worded;

impl Dialect for Worded {
    fn name(&self) -> &'static str {
        "worded"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        Vec::new()
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async move {
            if request.path == "/panic" {
                panic!("on purpose");
            }
            Response::new(Body::text(format!("{} {}", request.path, request.uri)))
        })
    }

    fn broken(&self, request_id: &str) -> Response {
        let mut response = Response::new(Body::text(format!("sorry, {request_id}")));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    }
}

struct Server {
    address: SocketAddr,
    phase: watch::Sender<Phase>,
    thread: Option<std::thread::JoinHandle<bool>>,
    content: Vec<u8>,
    file: tempfile::NamedTempFile,
}

impl Server {
    fn start(limits: Limits, sendfile: bool) -> Self {
        let content: Vec<u8> = (0..BLOB).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        let mut file = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        file.write_all(&content).unwrap();
        let open = Arc::new(File::open(file.path()).unwrap());
        let sample = Sample {
            blob: Blob::from_file(Arc::clone(&open), BLOB as u64),
            short: Blob::from_file(open, BLOB as u64 + 1),
        };
        let options = Options {
            limits,
            mounts: vec![Mount::at("", Arc::new(sample)), Mount::at("/worded", Arc::new(Worded))],
            health: Some(Health::default()),
            metrics: Arc::new(Metrics::new()),
            metrics_sources: vec!["127.0.0.0/8".parse().unwrap()],
            cors: None,
            hosts: Hosts::default(),
            trusts: Box::new(|_| false),
            entropy: Arc::new(Counting(0.into())),
            sendfile,
        };
        let (phase, receiver) = watch::channel(Phase::Run);
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async move {
                let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(socket.local_addr().unwrap()).unwrap();
                serve(options, vec![Listener { name: "main".to_owned(), socket }], receiver).await
            })
        });
        Self { address: told.recv().unwrap(), phase, thread: Some(thread), content, file }
    }

    fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.address).unwrap();
        // Only so that a hanging server fails the test instead of hanging it.
        socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        socket
    }

    fn send(&self, request: &str) -> Answer {
        let mut socket = self.connect();
        socket.write_all(request.as_bytes()).unwrap();
        Answer::read(&mut socket)
    }

    fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    fn stop(&mut self) -> bool {
        self.phase.send_replace(Phase::Drain);
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.phase.send_replace(Phase::Abort);
            let _ = thread.join();
        }
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn read(socket: &mut TcpStream) -> Self {
        Self::try_read(socket, false).unwrap()
    }

    /// `None` when the connection ends before the answer does.
    fn try_read(socket: &mut TcpStream, head_only: bool) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if socket.read(&mut byte).unwrap_or(0) == 0 {
                return None;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length =
            head.split("content-length: ").nth(1).map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
        let mut body = vec![0; if head_only { 0 } else { length }];
        socket.read_exact(&mut body).ok()?;
        Some(Self { status, head, body })
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

fn ended(socket: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    match socket.read_to_end(&mut rest) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn blobs_arrive_whole_by_the_kernel_and_without_it() {
    for sendfile in [true, false] {
        let server = Server::start(Limits::default(), sendfile);
        assert!(server.get("/blob").body == server.content, "sendfile {sendfile}");
        assert!(server.get("/range").body == server.content[1_000_001..3_000_017], "sendfile {sendfile}");
        let by_kernel = metric(&server, "salon_http_sendfile_bytes_total");
        assert_eq!(by_kernel > 0, sendfile);
    }
}

#[test]
fn a_blob_that_is_not_in_memory_arrives_whole() {
    let server = Server::start(Limits::default(), true);
    server.file.as_file().sync_all().unwrap();
    rustix::fs::fadvise(server.file.as_file(), 0, None, rustix::fs::Advice::DontNeed).unwrap();
    assert!(server.get("/blob").body == server.content);
}

fn metric(server: &Server, name: &str) -> u64 {
    let answer = server.get("/metrics");
    let line = answer.text().lines().find(|line| line.starts_with(name)).unwrap_or("x 0");
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn pipelined_downloads_keep_their_order() {
    let server = Server::start(Limits::default(), true);
    let mut socket = server.connect();
    let mut writer = socket.try_clone().unwrap();
    let sending = std::thread::spawn(move || {
        for path in ["/range", "/who", "/blob", "/range", "/blob"] {
            writer.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes()).unwrap();
        }
    });
    let range = &server.content[1_000_001..3_000_017];
    assert!(Answer::read(&mut socket).body == range);
    assert!(Answer::read(&mut socket).text().starts_with("nobody"));
    assert!(Answer::read(&mut socket).body == server.content);
    assert!(Answer::read(&mut socket).body == range);
    assert!(Answer::read(&mut socket).body == server.content);
    sending.join().unwrap();
}

#[test]
fn head_of_a_blob_sends_no_bytes_and_keeps_the_connection() {
    let server = Server::start(Limits::default(), true);
    let mut socket = server.connect();
    socket.write_all(b"HEAD /blob HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let head = Answer::try_read(&mut socket, true).unwrap();
    assert!(head.head.contains(&format!("content-length: {BLOB}\r\n")));
    socket.write_all(b"GET /blob HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    assert!(Answer::read(&mut socket).body == server.content);
}

#[test]
fn p5_a_short_file_cuts_the_connection() {
    for sendfile in [true, false] {
        let server = Server::start(Limits::default(), sendfile);
        let mut socket = server.connect();
        socket.write_all(b"GET /short HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        assert!(Answer::try_read(&mut socket, false).is_none(), "sendfile {sendfile}");
        assert!(metric(&server, "salon_http_answers_cut_total") >= 1);
        assert_eq!(metric(&server, "salon_http_blobs_cut_total"), 1);
    }
}

#[test]
fn t_d6_a_client_that_leaves_in_the_middle_harms_nobody() {
    let server = Server::start(Limits::default(), true);
    for _ in 0..20 {
        let mut socket = server.connect();
        socket.write_all(b"GET /blob HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut some = [0; 1000];
        socket.read_exact(&mut some).unwrap();
        drop(socket);
    }
    assert!(server.get("/blob").body == server.content);
}

#[test]
fn t_h1_ambiguous_framing_is_refused_and_the_connection_closed() {
    let server = Server::start(Limits::default(), true);
    for head in [
        "GET /who HTTP/1.1\nHost: localhost\n\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc",
        "GET /who HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    ] {
        let mut socket = server.connect();
        socket.write_all(head.as_bytes()).unwrap();
        assert_eq!(Answer::read(&mut socket).status, 400, "{head:?}");
        assert!(ended(&mut socket));
    }
    // The last one is counted when its connection is over, which the peer sees a moment before.
    let begun = std::time::Instant::now();
    while metric(&server, "salon_http_heads_refused_total") < 5 {
        assert!(begun.elapsed() < std::time::Duration::from_secs(30));
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(metric(&server, "salon_http_heads_refused_total"), 5);
}

#[test]
fn heads_are_bounded() {
    let server = Server::start(Limits::default(), true);
    let long = format!("GET /who HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(70_000));
    assert_eq!(server.send(&long).status, 431);
    let many = format!("GET /who HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(201));
    assert_eq!(server.send(&many).status, 431);
}

#[test]
fn bodies_are_bounded() {
    let server = Server::start(Limits::default(), true);
    let mut socket = server.connect();
    socket.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n").unwrap();
    assert_eq!(Answer::read(&mut socket).status, 413);
    let mut socket = server.connect();
    socket.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    let chunk = [&b"10000\r\n"[..], &[b'x'; 65_536], b"\r\n"].concat();
    for _ in 0..20 {
        if socket.write_all(&chunk).is_err() {
            break;
        }
    }
    assert_eq!(Answer::read(&mut socket).status, 413);
}

#[test]
fn an_answer_before_the_body_is_read_still_arrives() {
    let server = Server::start(Limits::default(), true);
    let mut socket = server.connect();
    socket.write_all(b"PUT /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n").unwrap();
    socket.write_all(&vec![b'x'; 8_000_000]).unwrap();
    let answer = Answer::read(&mut socket);
    assert_eq!(answer.text(), "not read");
}

#[test]
fn silent_and_dripping_peers_are_cut() {
    let limits = Limits {
        header_time: Duration::from_millis(200),
        keep_alive_time: Duration::from_millis(300),
        body_window: Duration::from_millis(200),
        body_window_bytes: 1000,
        ..Limits::default()
    };
    let server = Server::start(limits, true);
    // Idle, inside a head, inside a body: each ends by itself.
    assert!(ended(&mut server.connect()));
    let mut socket = server.connect();
    socket.write_all(b"GET /who HT").unwrap();
    assert!(ended(&mut socket));
    let mut socket = server.connect();
    socket.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc").unwrap();
    assert!(ended(&mut socket));
}

#[test]
fn a_peer_that_does_not_read_is_cut() {
    let limits = Limits { body_window: Duration::from_millis(200), ..Limits::default() };
    let server = Server::start(limits, true);
    let mut socket = server.connect();
    for _ in 0..8 {
        socket.write_all(b"GET /blob HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    while metric(&server, "salon_http_answers_cut_total") == 0 {
        std::thread::yield_now();
    }
    drop(socket);
}

#[test]
fn t_h4_identity_headers_are_stripped_and_links_are_own() {
    let server = Server::start(Limits::default(), true);
    let answer = server
        .send("GET /who HTTP/1.1\r\nHost: evil.example\r\nX-User-Id: root\r\nX-OpenStack-Request-ID: req-mine\r\n\r\n");
    assert_eq!(answer.text(), format!("nobody http://{} req-mine", server.address));
}

#[test]
fn a_dialect_sees_what_was_sent_and_has_its_own_words_for_a_defect() {
    let server = Server::start(Limits::default(), true);
    let said = |target: &str| server.get(target).text().to_owned();
    assert_eq!(said("/worded/a%2fb//../c?x=%20&y"), "/a%2fb//../c /worded/a%2fb//../c?x=%20&y");
    assert_eq!(said("/worded"), "/ /worded");
    let broken = server.get("/worded/panic");
    assert_eq!(broken.status, 500);
    assert!(broken.text().starts_with("sorry, req-"), "{}", broken.text());
}

#[test]
fn panics_are_answered_and_the_server_goes_on() {
    let server = Server::start(Limits::default(), true);
    let mut socket = server.connect();
    socket.write_all(b"GET /panic HTTP/1.1\r\nHost: x\r\n\r\nGET /who HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(Answer::read(&mut socket).status, 500);
    assert_eq!(Answer::read(&mut socket).status, 200);
    assert_eq!(metric(&server, "salon_http_panics_total"), 1);
}

#[test]
fn too_many_connections_leave_health_reachable() {
    let server = Server::start(Limits { connections: 3, ..Limits::default() }, true);
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut socket = server.connect();
        socket.write_all(b"GET /who HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert_eq!(Answer::read(&mut socket).status, 200);
        held.push(socket);
    }
    let refused = server.get("/who");
    assert_eq!((refused.status, refused.head.contains("retry-after: ")), (503, true));
    assert_eq!(server.get("/healthcheck").status, 200);
    held.clear();
    while server.get("/who").status != 200 {
        std::thread::yield_now();
    }
}

#[test]
fn a_drain_finishes_what_runs_and_accepts_no_more() {
    let mut server = Server::start(Limits::default(), true);
    let mut running = server.connect();
    running.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc").unwrap();
    let idle = server.connect();
    while metric(&server, "salon_http_requests_running") < 2 {
        std::thread::yield_now();
    }
    server.phase.send_replace(Phase::Drain);
    running.write_all(b"def").unwrap();
    assert_eq!(Answer::read(&mut running).text(), "abcdef");
    assert!(server.stop());
    assert!(TcpStream::connect(server.address).is_err());
    drop(idle);
}

#[test]
fn an_abort_cuts_what_runs() {
    let mut server = Server::start(Limits::default(), true);
    let mut running = server.connect();
    running.write_all(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc").unwrap();
    while metric(&server, "salon_http_requests_running") < 2 {
        std::thread::yield_now();
    }
    server.phase.send_replace(Phase::Abort);
    assert!(!server.thread.take().unwrap().join().unwrap());
    assert!(ended(&mut running));
}

#[test]
fn t_d5_unknown_paths_and_methods_do_not_grow_the_metrics() {
    let server = Server::start(Limits::default(), true);
    server.get("/who");
    let before = server.get("/metrics").text().lines().count();
    let mut socket = server.connect();
    for at in 0..200 {
        let request = format!("X{at} /nothing/{at} HTTP/1.1\r\nHost: h{at}\r\n\r\n");
        socket.write_all(request.as_bytes()).unwrap();
        Answer::read(&mut socket);
    }
    let after = server.get("/metrics").text().lines().count();
    // One more counter and one more histogram for "other" methods, and the same for /metrics itself.
    assert!(after < before + 40, "{before} lines became {after}");
}

#[test]
fn health_is_negotiated() {
    let server = Server::start(Limits::default(), true);
    assert_eq!(server.get("/healthcheck").text(), "OK");
    let json = server.send("GET /healthcheck HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\n\r\n");
    assert_eq!(json.text(), r#"{"detailed":false,"reasons":["OK"]}"#);
    let mut socket = server.connect();
    socket.write_all(b"HEAD /healthcheck HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(Answer::try_read(&mut socket, true).unwrap().status, 204);
    socket.shutdown(Shutdown::Both).unwrap();
}
