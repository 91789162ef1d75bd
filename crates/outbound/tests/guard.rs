//! The guard against real peers on loopback, which is let through where a test says so.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture};
use http::HeaderMap;
use salon_core::{Error, Network};
use salon_outbound::{Failure, Fetched, Guard, Options, Post, Reason, Resolve, Scheme};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/source.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/source.key");

/// What a peer does after it has read a request's headers.
#[derive(Clone)]
enum Reply {
    /// Sends this and closes.
    Text(String),
    /// Sends headers without a length, and then bytes for as long as they are taken.
    Endless,
    /// Sends a first byte, and another one every so often.
    Drip(Duration),
    /// Never answers.
    Silence,
}

fn ok(body: &str) -> Reply {
    Reply::Text(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
}

fn redirect(status: u16, location: &str) -> Reply {
    Reply::Text(format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"))
}

type Script = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

struct Peer {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    accepting: JoinHandle<()>,
}

impl Peer {
    async fn start(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1", None, script).await
    }

    async fn tls(script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let chain = CertificateDer::pem_file_iter(CERTIFICATE).unwrap().map(Result::unwrap).collect();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, PrivateKeyDer::from_pem_file(KEY).unwrap())
            .unwrap();
        Self::at("127.0.0.1", Some(TlsAcceptor::from(Arc::new(config))), script).await
    }

    async fn at(
        address: &str,
        tls: Option<TlsAcceptor>,
        script: impl Fn(&str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Script = Arc::new(script);
        let log = Arc::clone(&seen);
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (log, script, tls) = (Arc::clone(&log), Arc::clone(&script), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &log, &script).await;
                            }
                        }
                        None => serve(stream, &log, &script).await,
                    }
                });
            }
        });
        Self { port, seen, accepting }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, log: &Mutex<Vec<String>>, script: &Script) {
    let mut request = Vec::new();
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        let mut part = [0; 4096];
        match stream.read(&mut part).await {
            Ok(read) if read > 0 => request.extend_from_slice(&part[..read]),
            _ => return,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(request);
    match script(&path) {
        Reply::Text(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Reply::Endless => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
        }
        Reply::Drip(pause) => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n").await;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(pause).await;
            }
        }
        Reply::Silence => std::future::pending().await,
    }
}

/// Names with scripted answers; each answer is used once, the last one for ever.
#[derive(Default)]
struct Names {
    answers: Vec<Vec<&'static str>>,
    asked: AtomicUsize,
}

impl Names {
    fn new(answers: &[&[&'static str]]) -> Arc<Self> {
        Arc::new(Self { answers: answers.iter().map(|answer| answer.to_vec()).collect(), asked: AtomicUsize::new(0) })
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, _host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let at = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        let answer = self.answers[at].iter().map(|address| address.parse().unwrap()).collect();
        Box::pin(async move { Ok(answer) })
    }
}

fn network(text: &str) -> Vec<Network> {
    vec![text.parse().unwrap()]
}

/// Lets exactly 127.0.0.1 through, on any port.
fn lenient() -> Options {
    Options { ports: Vec::new(), allowed_networks: network("127.0.0.1"), min_bytes: 1, ..Options::default() }
}

fn guard(options: Options) -> Guard {
    Guard::new(options).unwrap()
}

async fn whole(fetched: Fetched) -> Result<Vec<u8>, Failure> {
    let mut body = fetched.body;
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece.map_err(|error| error.downcast::<Failure>().unwrap())?);
    }
    Ok(bytes)
}

async fn fetch(guard: &Guard, url: &str) -> Result<Vec<u8>, Reason> {
    let fetched = guard.get(url).await.map_err(|failure| failure.reason())?;
    whole(fetched).await.map_err(|failure| failure.reason())
}

#[tokio::test]
async fn what_is_allowed_comes_through() {
    let peer = Peer::start(|_| ok("hello")).await;
    let fetched = guard(lenient()).get(&peer.url("/a?b=c")).await.unwrap();
    assert_eq!(fetched.body.length(), Some(5));
    assert!(fetched.body.is_delimited());
    assert_eq!(whole(fetched).await.unwrap(), b"hello");
    let seen = peer.seen();
    let lower = seen[0].to_lowercase();
    assert!(lower.starts_with("get /a?b=c http/1.1\r\n"), "{lower}");
    assert!(lower.contains(&format!("host: 127.0.0.1:{}\r\n", peer.port)), "{lower}");
    assert!(lower.contains("accept-encoding: identity\r\n"), "{lower}");
    assert!(!lower.contains("referer"), "{lower}");
}

#[tokio::test]
async fn t_s1_nothing_but_public_addresses_by_default() {
    let peer = Peer::start(|_| ok("secret")).await;
    let strict = guard(Options { ports: Vec::new(), ..Options::default() });
    for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[::]"] {
        let refused = strict.get(&format!("http://{host}:{}/", peer.port)).await.unwrap_err();
        assert_eq!(refused.reason(), Reason::Address, "{host}: {refused}");
    }
    for (url, reason) in [
        ("http://169.254.169.254/latest/meta-data/", Reason::Address),
        ("http://[fd00:ec2::254]/latest/meta-data/", Reason::Address),
        ("http://100.100.100.200/", Reason::Address),
        ("http://10.0.0.1/", Reason::Address),
        ("http://192.168.0.1/", Reason::Address),
        ("http://172.16.0.1/", Reason::Address),
        ("http://224.0.0.1/", Reason::Address),
        ("http://[2002:7f00:1::]/", Reason::Address),
        ("http://2130706433/", Reason::Url),
        ("http://0x7f.1/", Reason::Url),
        ("http://0177.0.0.1/", Reason::Url),
        ("http://127.1/", Reason::Url),
        ("http://allowed@127.0.0.1/", Reason::Url),
        ("http://127.0.0.1#@allowed/", Reason::Address),
        ("file:///etc/passwd", Reason::Url),
    ] {
        assert_eq!(strict.get(url).await.unwrap_err().reason(), reason, "{url}");
        assert_eq!(strict.check(url).unwrap_err().reason(), reason, "{url}");
    }
    assert!(peer.seen().is_empty(), "the peer was reached");
}

#[tokio::test]
async fn ports_schemes_and_hosts() {
    let peer = Peer::start(|_| ok("hello")).await;
    let by_default = Options { allowed_networks: network("127.0.0.1"), ..Options::default() };
    assert_eq!(guard(by_default).get(&peer.url("/")).await.unwrap_err().reason(), Reason::Url);
    let only_tls = Options { schemes: vec![Scheme::Https], ..lenient() };
    assert_eq!(guard(only_tls).get(&peer.url("/")).await.unwrap_err().reason(), Reason::Url);
    let denied = Options { denied_networks: network("127.0.0.0/8"), ..lenient() };
    assert_eq!(guard(denied).get(&peer.url("/")).await.unwrap_err().reason(), Reason::Address);

    let local = Options { ports: Vec::new(), allowed_hosts: vec!["Source.Test".to_owned()], ..Options::default() };
    let denied = Options { denied_hosts: vec!["source.test".to_owned()], ..local.clone() };
    let names = || Names::new(&[&["127.0.0.1"]]);
    let by_name = |host: &str| format!("http://{host}:{}/", peer.port);
    let lets = Guard::with_resolver(local, names()).unwrap();
    assert_eq!(fetch(&lets, &by_name("source.test")).await.unwrap(), b"hello");
    assert_eq!(fetch(&lets, &by_name("SOURCE.test.")).await.unwrap(), b"hello");
    assert_eq!(fetch(&lets, &by_name("other.test")).await, Err(Reason::Address));
    let denies = Guard::with_resolver(denied, names()).unwrap();
    assert_eq!(fetch(&denies, &by_name("source.TEST.")).await, Err(Reason::Address));
    assert!(Guard::new(Options { schemes: Vec::new(), ..Options::default() }).is_err());
}

#[tokio::test]
async fn t_s3_names_lead_where_they_were_checked_to_lead() {
    let good = Peer::start(|_| ok("good")).await;
    let evil = Peer::at("127.0.0.2", None, |_| ok("evil")).await;
    let url = |peer: &Peer| format!("http://rebinding.test:{}/", peer.port);

    // A name that leads to an allowed address once and elsewhere ever after: what was checked is what is reached.
    let names = Names::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let flipping = Guard::with_resolver(lenient(), Arc::clone(&names) as Arc<dyn Resolve>).unwrap();
    assert_eq!(fetch(&flipping, &url(&good)).await.unwrap(), b"good");
    assert_eq!(names.asked.load(Ordering::SeqCst), 1, "a second answer was asked for");
    assert_eq!(fetch(&flipping, &url(&evil)).await, Err(Reason::Address));

    for answer in [&["127.0.0.2"][..], &["127.0.0.1", "127.0.0.2"], &["::1", "127.0.0.1"], &["8.8.8.8", "10.0.0.1"]] {
        let mixed = Guard::with_resolver(lenient(), Names::new(&[answer])).unwrap();
        assert_eq!(fetch(&mixed, &url(&evil)).await, Err(Reason::Address), "{answer:?}");
    }
    let nowhere = Guard::with_resolver(lenient(), Names::new(&[&[]])).unwrap();
    assert_eq!(fetch(&nowhere, &url(&good)).await, Err(Reason::Connection));
    assert!(evil.seen().is_empty(), "the other address was reached");
}

#[tokio::test]
async fn t_s2_every_hop_is_looked_at_anew() {
    let inside = Peer::at("127.0.0.2", None, |_| ok("inside")).await;
    let inner = inside.port;
    let peer = Peer::start(move |path| match path {
        "/once" => redirect(302, "/end"),
        "/twice" => redirect(307, "once"),
        "/loop" => redirect(301, "/loop"),
        "/inside" => redirect(302, &format!("http://127.0.0.2:{inner}/")),
        "/disguised" => redirect(302, &format!("http://0x7f000002:{inner}/")),
        "/file" => redirect(302, "file:///etc/passwd"),
        "/user" => redirect(302, &format!("http://user@127.0.0.1:{inner}/")),
        "/nowhere" => Reply::Text("HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n".to_owned()),
        "/end" => ok("end"),
        _ => Reply::Text("HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n".to_owned()),
    })
    .await;
    let follows = guard(Options { max_redirects: 2, ..lenient() });
    assert_eq!(fetch(&follows, &peer.url("/once")).await.unwrap(), b"end");
    assert_eq!(fetch(&follows, &peer.url("/twice")).await.unwrap(), b"end");
    for (path, reason) in [
        ("/loop", Reason::Redirect),
        ("/inside", Reason::Address),
        ("/disguised", Reason::Address),
        ("/file", Reason::Redirect),
        ("/user", Reason::Redirect),
        ("/nowhere", Reason::Redirect),
        ("/absent", Reason::Status(404)),
    ] {
        assert_eq!(fetch(&follows, &peer.url(path)).await, Err(reason), "{path}");
    }
    let once = guard(Options { max_redirects: 1, ..lenient() });
    assert_eq!(fetch(&once, &peer.url("/twice")).await, Err(Reason::Redirect));
    let never = guard(Options { max_redirects: 0, ..lenient() });
    assert_eq!(fetch(&never, &peer.url("/once")).await, Err(Reason::Redirect));
    assert_eq!(fetch(&never, &peer.url("/end")).await.unwrap(), b"end");
    assert!(inside.seen().is_empty(), "a redirect led inside");

    // A redirect to a name, which leads elsewhere than before.
    let port = peer.port;
    let names = Names::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let flipping = Guard::with_resolver(lenient(), names).unwrap();
    assert_eq!(fetch(&flipping, &format!("http://a.test:{port}/once")).await, Err(Reason::Address));
}

#[tokio::test]
async fn t_s5_bodies_are_held_to_what_they_promise() {
    let peer = Peer::start(|path| match path {
        "/endless" => Reply::Endless,
        "/huge" => Reply::Text("HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\nx".to_owned()),
        "/short" => Reply::Text("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour".to_owned()),
        "/long" => Reply::Text("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour and more".to_owned()),
        "/chunks" => {
            Reply::Text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n".to_owned())
        }
        "/cut" => Reply::Text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n".to_owned()),
        "/bare" => Reply::Text("HTTP/1.1 200 OK\r\n\r\nbare".to_owned()),
        "/gzip" => Reply::Text("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx".to_owned()),
        "/part" => Reply::Text("HTTP/1.1 206 X\r\nContent-Length: 1\r\n\r\nx".to_owned()),
        _ => Reply::Text("nonsense\r\n\r\n".to_owned()),
    })
    .await;
    let guard = guard(Options { max_bytes: 1_000_000, ..lenient() });
    for (path, outcome) in [
        ("/endless", Err(Reason::TooLarge)),
        ("/huge", Err(Reason::TooLarge)),
        ("/short", Err(Reason::Body)),
        ("/long", Ok(b"four".to_vec())),
        ("/chunks", Ok(b"four".to_vec())),
        ("/cut", Err(Reason::Body)),
        ("/bare", Ok(b"bare".to_vec())),
        ("/gzip", Err(Reason::Body)),
        ("/part", Err(Reason::Status(206))),
        ("/nonsense", Err(Reason::Connection)),
    ] {
        assert_eq!(fetch(&guard, &peer.url(path)).await, outcome, "{path}");
    }
    let delimited = async |path: &str| guard.get(&peer.url(path)).await.unwrap().body.is_delimited();
    assert!(delimited("/chunks").await);
    assert!(!delimited("/bare").await, "a body that ends with the connection may be half a body");
}

#[tokio::test]
async fn t_s5_slow_peers_are_left() {
    let peer = Peer::start(|path| match path {
        "/drip" => Reply::Drip(Duration::from_millis(20)),
        "/stop" => Reply::Drip(Duration::from_secs(3600)),
        _ => Reply::Silence,
    })
    .await;
    let short = Duration::from_millis(300);
    let paced = guard(Options { stall_timeout: short, min_bytes: 1000, ..lenient() });
    assert_eq!(fetch(&paced, &peer.url("/drip")).await, Err(Reason::TooSlow));
    assert_eq!(fetch(&paced, &peer.url("/stop")).await, Err(Reason::TooSlow));
    let timed = guard(Options { total_timeout: Some(short), ..lenient() });
    assert_eq!(fetch(&timed, &peer.url("/drip")).await, Err(Reason::TooSlow));
    let answers = guard(Options { answer_timeout: short, ..lenient() });
    assert_eq!(fetch(&answers, &peer.url("/silence")).await, Err(Reason::Connection));
}

#[tokio::test]
async fn t_s6_certificates_are_verified() {
    let peer = Peer::tls(|_| ok("over TLS")).await;
    let options = Options { ca_file: Some(CERTIFICATE.into()), ..lenient() };
    let by = |options: Options| Guard::with_resolver(options, Names::new(&[&["127.0.0.1"]])).unwrap();
    let url = |name: &str| format!("https://{name}:{}/", peer.port);
    assert_eq!(fetch(&by(options.clone()), &url("source.test")).await.unwrap(), b"over TLS");
    assert_eq!(fetch(&by(options), &url("other.test")).await, Err(Reason::Connection));
    assert_eq!(fetch(&by(lenient()), &url("source.test")).await, Err(Reason::Connection));
    for file in ["/nonexistent/ca.pem", KEY] {
        assert!(Guard::new(Options { ca_file: Some(file.into()), ..lenient() }).is_err(), "{file}");
    }
}

#[tokio::test]
async fn a_post_is_sent_once_and_its_answer_bounded() {
    let peer = Peer::start(|path| match path {
        "/hook" => Reply::Text("HTTP/1.1 202 X\r\nX-Answer: 1\r\nContent-Length: 2\r\n\r\nok".to_owned()),
        "/moved" => redirect(307, "/hook"),
        "/endless" => Reply::Endless,
        _ => Reply::Silence,
    })
    .await;
    let guard = guard(lenient());
    let post = async |path: &str| {
        let url = peer.url(path);
        let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, "application/json".parse().unwrap())]);
        let body = Bytes::from_static(b"{\"a\":1}");
        guard.post(Post { url: &url, headers, body, timeout: Duration::from_millis(500), max_answer: 1000 }).await
    };
    let answer = post("/hook").await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (202, &b"ok"[..]));
    assert_eq!(answer.headers["x-answer"], "1");
    assert!(peer.seen()[0].to_lowercase().contains("content-type: application/json\r\n"));
    assert_eq!(post("/moved").await.unwrap().status.as_u16(), 307);
    assert_eq!(post("/endless").await.unwrap_err().reason(), Reason::TooLarge);
    assert_eq!(post("/silence").await.unwrap_err().reason(), Reason::TooSlow);
    assert_eq!(peer.seen().len(), 4, "something was repeated or followed");
}

#[tokio::test]
async fn t_s4_clients_learn_nothing_of_the_network() {
    let peer = Peer::start(|_| Reply::Text("HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n".to_owned())).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed_port = closed.local_addr().unwrap().port();
    drop(closed);
    let options = Options { connect_timeout: Duration::from_millis(500), ..lenient() };
    let guard = Guard::with_resolver(options, Names::new(&[&[]])).unwrap();
    let mut texts = Vec::new();
    for url in [
        peer.url("/"),
        format!("http://127.0.0.1:{closed_port}/"),
        format!("https://127.0.0.1:{}/", peer.port),
        "http://10.0.0.1/".to_owned(),
        "http://name.invalid/".to_owned(),
    ] {
        let failure = guard.get(&url).await.unwrap_err();
        let error = Error::from(failure);
        texts.push(error.message().to_owned());
        assert!(error.report().len() > error.message().len() + 10, "the operator reads nothing: {}", error.report());
    }
    texts.dedup();
    assert_eq!(texts, ["The URL could not be read."]);
}
