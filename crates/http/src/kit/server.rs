//! The listener: accepts connections within bounds, finds the mount of each request, and drains at the end.

use std::{
    convert::Infallible,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header::CONTENT_TYPE};
use http_body::Body as _;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use salon_core::{Entropy, id::uuid_text};
use salon_identity::strip_identity_headers;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

use crate::kit::{
    Body, Cors, Mount, Request, RequestBody, Response, Trail,
    health::{Health, is_proxied},
    host::{Hosts, host_name},
    incoming::{Arriving, Unread},
    limits::{Limits, RESERVED_CONNECTIONS},
    metrics::Metrics,
    outgoing::Outgoing,
    ticket::Ticket,
    transport::{Link, Transport},
};

/// Pause after the system could not accept (no descriptors, no memory), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long requests that were cut at the end of the drain time get to undo what they began.
const UNDO_TIME: Duration = Duration::from_secs(5);

/// What the server is made of.
pub struct Options {
    /// Bounds of connections and requests.
    pub limits: Limits,
    /// The dialects and their places; the longest matching prefix wins.
    pub mounts: Vec<Mount>,
    /// What `/healthcheck` looks at; `None` leaves that path to the dialects.
    pub health: Option<Health>,
    /// Counters, shown at `/metrics` to [`Options::metrics_sources`].
    pub metrics: Arc<Metrics>,
    /// Peers that may read `/metrics` directly (never through a proxy); for others the path is the dialects'.
    pub metrics_sources: Vec<salon_identity::Network>,
    /// Addresses for links.
    pub hosts: Hosts,
    /// Pages of other origins that may use this server from a browser.
    pub cors: Option<Cors>,
    /// Whether identity headers from this peer are left in the request.
    pub trusts: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// The source of request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Whether blobs leave by `sendfile(2)`; off only where the kernel's way has a defect.
    pub sendfile: bool,
}

/// A bound socket with the name that mounts refer to.
#[derive(Debug)]
pub struct Listener {
    /// The name.
    pub name: String,
    /// The socket.
    pub socket: TcpListener,
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Serve.
    Run,
    /// Accept no more, finish what runs.
    Drain,
    /// Cut what still runs.
    Abort,
}

struct Shared {
    options: Options,
    places: Arc<Semaphore>,
    reserve: Arc<Semaphore>,
    running: AtomicUsize,
    /// Told when the drain is over.
    cut: watch::Sender<bool>,
}

/// Serves until the phase says otherwise and everything is finished or cut; answers whether everything was finished.
pub async fn serve(options: Options, listeners: Vec<Listener>, phase: watch::Receiver<Phase>) -> bool {
    let shared = Arc::new(Shared {
        places: Arc::new(Semaphore::new(options.limits.connections)),
        reserve: Arc::new(Semaphore::new(RESERVED_CONNECTIONS)),
        running: AtomicUsize::new(0),
        cut: watch::Sender::new(false),
        options,
    });
    let loops = listeners.into_iter().map(|listener| accept(Arc::clone(&shared), listener, phase.clone()));
    futures_util::future::join_all(loops).await;

    let mut phase = phase;
    let drained = tokio::select! {
        () = shared.idle() => true,
        () = reached(&mut phase, Phase::Abort) => false,
        () = tokio::time::sleep(shared.options.limits.drain_time) => false,
    };
    if !drained {
        tracing::warn!(requests = shared.running.load(Ordering::Acquire), "cutting requests that are still running");
        shared.cut.send_replace(true);
        let _ = tokio::time::timeout(UNDO_TIME, shared.idle()).await;
    }
    drained
}

impl Shared {
    /// Until no connection is open and no request runs.
    async fn idle(&self) {
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        loop {
            let open = self.options.metrics.connections.get();
            if open == 0 && self.running.load(Ordering::Acquire) == 0 {
                return;
            }
            tick.tick().await;
        }
    }
}

async fn accept(shared: Arc<Shared>, listener: Listener, mut phase: watch::Receiver<Phase>) {
    let name: Arc<str> = listener.name.into();
    loop {
        let accepted = tokio::select! {
            accepted = listener.socket.accept() => accepted,
            () = reached(&mut phase, Phase::Drain) => return,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            // The connection is gone already; the next one may be fine.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
                continue;
            }
            Err(error) => {
                shared.options.metrics.accept_errors.inc();
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (permit, reserved) = match Arc::clone(&shared.places).try_acquire_owned() {
            Ok(permit) => (permit, false),
            Err(_) => {
                shared.options.metrics.connections_refused.inc();
                match Arc::clone(&shared.reserve).try_acquire_owned() {
                    Ok(permit) => (permit, true),
                    Err(_) => continue,
                }
            }
        };
        let connection = Connection { name: Arc::clone(&name), peer: peer.ip().to_canonical(), local: None, reserved };
        tokio::spawn(run(Arc::clone(&shared), socket, connection, permit, phase.clone()));
    }
}

struct Connection {
    name: Arc<str>,
    peer: IpAddr,
    local: Option<SocketAddr>,
    /// Only health and metrics are served.
    reserved: bool,
}

/// Counts an open connection for as long as it lives.
struct Open(Arc<Shared>);

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.options.metrics.connections.inc();
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.options.metrics.connections.dec();
    }
}

async fn run(
    shared: Arc<Shared>,
    socket: TcpStream,
    mut connection: Connection,
    _permit: OwnedSemaphorePermit,
    mut phase: watch::Receiver<Phase>,
) {
    let _open = Open::new(&shared);
    let mut cut = shared.cut.subscribe();
    connection.local = socket.local_addr().ok();
    // Answers are written whole; waiting for more to fill a segment would only add delay.
    let _ = socket.set_nodelay(true);
    let link = Arc::new(Link::new(Arc::clone(&shared.options.metrics)));
    let limits = &shared.options.limits;
    let transport = Transport::new(socket, Arc::clone(&link), limits);
    let connection = Arc::new(connection);
    let service = service_fn(|request| {
        let (shared, connection, link) = (Arc::clone(&shared), Arc::clone(&connection), Arc::clone(&link));
        // Boxed, for hyper has room for it as long as the connection lasts, and most have nothing to answer.
        async move { Ok::<_, Infallible>(answer(shared, connection, link, request).await) }.boxed()
    });
    let mut http = http1::Builder::new();
    http.max_headers(limits.header_count)
        .max_header_size(limits.header_bytes)
        // The transport has the time-outs: it can tell an idle peer from a slow one.
        .header_read_timeout(None)
        .writev(true)
        .half_close(false);
    let mut serving = pin!(http.serve_connection(TokioIo::new(transport), service));
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = reached(&mut phase, Phase::Drain) => {
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                ended = serving.as_mut() => ended,
                () = told(&mut cut) => return,
            }
        }
    };
    if let Err(error) = ended {
        if error.is_parse() {
            shared.options.metrics.heads_refused.inc();
        }
        tracing::debug!(peer = %connection.peer, %error, "a connection ended with an error");
    }
}

/// Until `phase` has come (or nobody can announce it any more).
async fn reached(receiver: &mut watch::Receiver<Phase>, phase: Phase) {
    let _ = receiver.wait_for(|now| *now >= phase).await;
}

async fn told(receiver: &mut watch::Receiver<bool>) {
    let _ = receiver.wait_for(|told| *told).await;
}

async fn answer(
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    link: Arc<Link>,
    request: hyper::Request<Incoming>,
) -> hyper::Response<Outgoing> {
    link.busy.store(true, Ordering::Release);
    shared.options.metrics.requests_running.inc();
    let (head, body) = request.into_parts();
    let (request_id, request_id_too_long) =
        request_id(&head.headers, shared.options.limits.request_id_chars, &*shared.options.entropy);
    let mut ticket = Ticket {
        metrics: Arc::clone(&shared.options.metrics),
        link,
        trail: Arc::new(Trail::default()),
        dialect: "-",
        method: head.method.clone(),
        path: head.uri.path().to_owned(),
        request_id,
        peer: connection.peer,
        started: Instant::now(),
        status: None,
        sent: 0,
        problem: None,
        complete: false,
    };
    let unread = Unread::of(&head);
    let body = request_body(&shared, &head.headers, body, &unread);
    let response = match own_answer(&shared, &connection, &head, &mut ticket).await {
        Some(response) => {
            drop(body);
            response
        }
        None => dialect_answer(&shared, &connection, head, body, request_id_too_long, &mut ticket).await,
    };
    let goes_on = !connection.reserved && unread.read().await;
    let (mut parts, body) = response.into_parts();
    ticket.status = Some(parts.status);
    let head_only = ticket.method == Method::HEAD;
    // hyper tells the length of every body it sends; for answers without one it has to be told.
    if let Some(length) = body.length().filter(|_| parts.status != StatusCode::NOT_MODIFIED) {
        parts.headers.entry(http::header::CONTENT_LENGTH).or_insert_with(|| length.into());
    }
    if !goes_on {
        parts.headers.insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    }
    let mut outgoing = Outgoing::new(body, ticket, shared.options.sendfile);
    if head_only || outgoing.is_end_stream() {
        outgoing.head_only();
    }
    hyper::Response::from_parts(parts, outgoing)
}

/// The answers the kit gives itself: health, metrics, and refusals.
async fn own_answer(
    shared: &Shared,
    connection: &Connection,
    head: &http::request::Parts,
    ticket: &mut Ticket,
) -> Option<Response> {
    if let ("/healthcheck", Some(health)) = (head.uri.path(), &shared.options.health)
        && let Some(response) = health.answer(&head.method, &head.headers, connection.peer).await
    {
        ticket.dialect = "kit";
        ticket.trail.set_route("/healthcheck", "healthcheck");
        return Some(response);
    }
    if head.uri.path() == "/metrics"
        && head.method == Method::GET
        && !is_proxied(&head.headers)
        && shared.options.metrics_sources.iter().any(|network| network.contains(connection.peer))
    {
        ticket.dialect = "kit";
        ticket.trail.set_route("/metrics", "metrics");
        let mut response = Response::new(Body::text(shared.options.metrics.render()));
        let media = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, media);
        return Some(response);
    }
    if connection.reserved {
        let mount = mount_of(shared, head, connection);
        let mut response = mount.map_or_else(
            || plain(StatusCode::SERVICE_UNAVAILABLE, "The server has too many connections open.\n"),
            |mount| mount.dialect.crowded(&ticket.request_id),
        );
        response.headers_mut().insert(http::header::RETRY_AFTER, HeaderValue::from_static("2"));
        return Some(response);
    }
    if !head.uri.path().starts_with('/') {
        return Some(plain(StatusCode::BAD_REQUEST, "The request target is not a path.\n"));
    }
    None
}

async fn dialect_answer(
    shared: &Arc<Shared>,
    connection: &Connection,
    mut head: http::request::Parts,
    body: RequestBody,
    request_id_too_long: bool,
    ticket: &mut Ticket,
) -> Response {
    let path = head.uri.path();
    let Some(mount) = mount_of(shared, &head, connection) else {
        return plain(StatusCode::NOT_FOUND, "There is nothing at this address.\n");
    };
    ticket.dialect = mount.dialect.name();
    let cors = shared.options.cors.as_ref();
    if let Some(response) = cors.and_then(|cors| cors.preflight(&head.method, &head.headers)) {
        return response;
    }
    let origin = cors.and_then(|cors| cors.origin(&head.headers));
    if !(shared.options.trusts)(connection.peer) {
        strip_identity_headers(&mut head.headers);
    }
    let local = connection.local.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 80)));
    let mut base = shared.options.hosts.base(&head.headers, connection.peer, local);
    base.push_str(&mount.prefix);
    let rest = path.get(mount.prefix.len()..).unwrap_or_default();
    // Nothing of the head stays here: it is the dialect's to let go of.
    let request = Request {
        method: head.method,
        path: if rest.is_empty() { "/".to_owned() } else { rest.to_owned() },
        query: head.uri.query().map(str::to_owned),
        uri: head.uri,
        body,
        headers: head.headers,
        peer: connection.peer,
        base,
        request_id: ticket.request_id.clone(),
        request_id_too_long,
        trail: Arc::clone(&ticket.trail),
    };
    let dialect = Arc::clone(&mount.dialect);
    let work = AssertUnwindSafe(async move { dialect.handle(request).await }).catch_unwind();
    let mut response = match Finishing::new(Arc::clone(shared), work).await {
        Ok(response) => response,
        Err(_) => {
            // The panic hook has logged what and where.
            shared.options.metrics.panics.inc();
            ticket.problem = Some("panic".to_owned());
            mount.dialect.broken(&ticket.request_id)
        }
    };
    if let (Some(cors), Some(origin)) = (cors, &origin) {
        cors.permit(origin, response.headers_mut());
    }
    response
}

fn request_body(shared: &Shared, headers: &HeaderMap, body: Incoming, unread: &Arc<Unread>) -> RequestBody {
    let chunked = headers.contains_key(http::header::TRANSFER_ENCODING);
    let declared = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse().ok());
    if body.is_end_stream() && !chunked {
        return RequestBody::from_stream(Box::pin(futures_util::stream::empty()), declared, false);
    }
    let metrics = Arc::clone(&shared.options.metrics);
    let arriving = Arriving::new(body, &shared.options.limits, metrics, Arc::clone(unread));
    RequestBody::from_stream(Box::pin(arriving), declared, chunked)
}

/// The mount that a request is for.
fn mount_of<'a>(shared: &'a Shared, head: &http::request::Parts, connection: &Connection) -> Option<&'a Mount> {
    let host = head.headers.get(http::header::HOST).and_then(|value| value.to_str().ok()).map(host_name);
    find_mount(&shared.options.mounts, head.uri.path(), host, &connection.name)
}

/// The mount with the longest prefix of `path` among those for this host and listener.
fn find_mount<'a>(mounts: &'a [Mount], path: &str, host: Option<&str>, listener: &str) -> Option<&'a Mount> {
    mounts
        .iter()
        .filter(|mount| mount.listener.as_deref().is_none_or(|own| own == listener))
        .filter(|mount| mount.host.as_deref().is_none_or(|own| host.is_some_and(|host| own.eq_ignore_ascii_case(host))))
        .filter(|mount| {
            path.strip_prefix(mount.prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .max_by_key(|mount| (mount.prefix.len(), mount.host.is_some(), mount.listener.is_some()))
}

/// The client's own id if it is acceptable, a fresh one otherwise; and whether the client's was too long.
fn request_id(headers: &HeaderMap, longest: usize, entropy: &dyn Entropy) -> (String, bool) {
    let given = headers.get("x-openstack-request-id");
    let too_long = given.is_some_and(|value| value.len() > longest);
    let taken = given.and_then(|value| value.to_str().ok()).filter(|text| {
        !text.is_empty()
            && text.len() <= longest
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
    });
    let id = taken.map_or_else(|| format!("req-{}", uuid_text(entropy)), str::to_owned);
    (id, too_long)
}

pub(super) fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::text(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=UTF-8"));
    response
}

/// A request's work that is finished even if nobody waits for it any more.
///
/// hyper drops the work when the client goes away. A use case that was cut in the middle would be correct (every write
/// is one transaction) but wasteful to reason about, so it runs on by itself to its end; its body, if it has one, is
/// gone, which ends an upload with an error.
struct Finishing<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    work: Option<Pin<Box<F>>>,
    shared: Arc<Shared>,
}

impl<F> Finishing<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn new(shared: Arc<Shared>, work: F) -> Self {
        shared.running.fetch_add(1, Ordering::AcqRel);
        Self { work: Some(Box::pin(work)), shared }
    }
}

impl<F> Future for Finishing<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let answer = work.as_mut().poll(cx);
        if answer.is_ready() {
            self.work = None;
        }
        answer
    }
}

impl<F> Drop for Finishing<F>
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn drop(&mut self) {
        let shared = Arc::clone(&self.shared);
        let done = move || {
            shared.running.fetch_sub(1, Ordering::AcqRel);
        };
        match (self.work.take(), tokio::runtime::Handle::try_current()) {
            (Some(work), Ok(runtime)) => {
                runtime.spawn(async move {
                    let _ = work.await;
                    done();
                });
            }
            _ => done(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::kit::{BoxFuture, Dialect, RouteInfo};

    struct Counting(Mutex<u8>);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            bytes.fill(*next);
            *next += 1;
        }
    }

    struct Named(&'static str);

    impl Dialect for Named {
        fn name(&self) -> &'static str {
            self.0
        }
        fn routes(&self) -> Vec<RouteInfo> {
            Vec::new()
        }
        fn handle(&self, _request: Request) -> BoxFuture<'_, Response> {
            Box::pin(async { Response::new(Body::empty()) })
        }
    }

    #[test]
    fn t_h7_request_ids_are_taken_over_only_when_harmless() {
        let entropy = Counting(Mutex::new(0));
        let with = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert("x-openstack-request-id", HeaderValue::from_bytes(value).unwrap());
            request_id(&headers, 64, &entropy)
        };
        assert_eq!(with(b"req-1234"), ("req-1234".to_owned(), false));
        for bad in [&b"a b"[..], b"a\tb", b"\xff", b"", b"a\"b", b"a,b"] {
            let (id, too_long) = with(bad);
            assert!(id.starts_with("req-") && id.len() == 40 && !too_long);
        }
        let (id, too_long) = with(&[b'x'; 65]);
        assert!(id.len() == 40 && too_long);
    }

    #[test]
    fn the_longest_prefix_for_host_and_listener_wins() {
        let root = Mount::at("", Arc::new(Named("root")));
        let identity = Mount::at("/identity", Arc::new(Named("identity")));
        let hosted = Mount { host: Some("chime.example".to_owned()), ..Mount::at("", Arc::new(Named("hosted"))) };
        let inner = Mount { listener: Some("inner".to_owned()), ..Mount::at("", Arc::new(Named("inner"))) };
        let mounts = [root, identity, hosted, inner];
        let name = |path: &str, host: Option<&str>, listener: &str| {
            find_mount(&mounts, path, host, listener).map(|mount| mount.dialect.name())
        };
        assert_eq!(name("/v2/images", None, "main"), Some("root"));
        assert_eq!(name("/identity", None, "main"), Some("identity"));
        assert_eq!(name("/identity/v3", Some("x"), "main"), Some("identity"));
        assert_eq!(name("/identityx", None, "main"), Some("root"));
        assert_eq!(name("/v2", Some("Chime.Example"), "main"), Some("hosted"));
        assert_eq!(name("/v2", None, "inner"), Some("inner"));
    }
}
