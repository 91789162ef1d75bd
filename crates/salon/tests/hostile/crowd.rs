//! T-D1: crowds of clients that send or take 100 bytes a second, or nothing, and those beside them.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
    time::sleep,
};

use super::{
    common::{Salon, Setup, noise},
    long, nothing_broke,
};

/// Bytes in a second.
const RATE: usize = 100;
/// Nobody is cut for being slow: all of them are there at once, however long it takes them to come.
const PATIENT: &str = "[server]\nbody_timeout = 36000\nheader_timeout = 36000\nkeep_alive_timeout = 36000\n";
/// For so long they may be coming, or going: some seconds for 20 000, minutes on a machine that is emulated.
const COMING: Duration = Duration::from_secs(600);
/// What the idle hold open in the middle of a head.
const HALF_A_HEAD: &[u8] = b"GET /v2/im";

/// In an emulated kernel (`faults/crowd`) a system call takes as long as a request does elsewhere.
fn emulated() -> bool {
    std::env::var_os("SALON_EMULATED").is_some()
}

/// Seconds between two times that a slow client moves something.
fn period() -> u8 {
    if emulated() { 10 } else { 1 }
}

/// What the crowd is doing.
#[derive(Default)]
struct Counts {
    /// Connections that were opened.
    opened: AtomicU64,
    /// Connections that the server ended.
    ended: AtomicU64,
    bytes: AtomicU64,
}

/// One of the crowd.
enum Member {
    /// Sends the head of an upload and its body slowly.
    Writer { head: String },
    /// Asks for data and takes it slowly.
    Reader { head: String },
    /// Says nothing, or half a head.
    Idle { says: &'static [u8] },
}

impl Member {
    /// Comes again whenever the server has had enough of it.
    async fn stay(self, server: SocketAddr, source: IpAddr, mut stop: watch::Receiver<bool>, counts: Arc<Counts>) {
        while !*stop.borrow() {
            let Ok(stream) = connect(server, source, matches!(self, Self::Reader { .. })).await else {
                sleep(Duration::from_millis(100)).await;
                continue;
            };
            counts.opened.fetch_add(1, Ordering::Relaxed);
            if self.one(stream, &mut stop, &counts).await.is_err() {
                counts.ended.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    async fn one(
        &self,
        mut stream: TcpStream,
        stop: &mut watch::Receiver<bool>,
        counts: &Counts,
    ) -> std::io::Result<()> {
        let period = period();
        let mut buffer = vec![0; usize::from(period) * RATE];
        match self {
            Self::Writer { head } | Self::Reader { head } => stream.write_all(head.as_bytes()).await?,
            Self::Idle { says } => stream.write_all(says).await?,
        }
        while !*stop.borrow() {
            match self {
                Self::Writer { .. } => stream.write_all(&buffer).await?,
                Self::Reader { .. } => {
                    stream.read_exact(&mut buffer).await?;
                }
                Self::Idle { .. } => tokio::select! {
                    _ = stream.read(&mut buffer) => return Err(std::io::ErrorKind::ConnectionAborted.into()),
                    _ = stop.wait_for(|stop| *stop) => return Ok(()),
                },
            }
            counts.bytes.fetch_add(buffer.len() as u64, Ordering::Relaxed);
            sleep(Duration::from_secs(period.into())).await;
        }
        Ok(())
    }
}

async fn connect(server: SocketAddr, source: IpAddr, reader: bool) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if reader {
        // The kernel is not to take for the client what the client does not take.
        socket.set_recv_buffer_size(4096)?;
    }
    socket.bind(SocketAddr::new(source, 0))?;
    socket.connect(server).await
}

/// How many of each kind there can be, at most `wanted`: the server counts three descriptors for each connection, and who
/// may not raise the limit (CAP_SYS_RESOURCE) has to do with what there is.
fn that_fit(wanted: usize) -> usize {
    let needed = 6 * wanted as u64 + 1_024;
    let limit = getrlimit(Resource::Nofile);
    let enough = limit.maximum.map(|maximum| maximum.max(needed));
    for maximum in [enough, limit.maximum] {
        if setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok() {
            break;
        }
    }
    let there = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    wanted.min(usize::try_from(there.saturating_sub(400) / 6).unwrap()) & !1
}

/// How long each of many requests took, sorted.
fn latencies(count: usize, mut ask: impl FnMut()) -> Vec<Duration> {
    let mut all: Vec<Duration> = (0..count)
        .map(|_| {
            let began = Instant::now();
            ask();
            began.elapsed()
        })
        .collect();
    all.sort();
    all
}

fn shown(all: &[Duration]) -> String {
    let at = |share: usize| all[(all.len() - 1) * share / 1000];
    format!("p50 {:?}, p99 {:?}, p99.9 {:?} of {}", at(500), at(990), at(999), all.len())
}

#[test]
fn t_d1_a_crowd_of_slow_and_idle_clients() {
    // Each kind; half of the slow ones send, the other half take.
    let each = that_fit(if long() { 10_000 } else { 500 });
    assert!(each >= 500, "more descriptors are needed (ulimit -n)");
    let samples = if long() { 5_000 } else { 1_000 };
    let salon = Setup::config(PATIENT).start();
    let (alice, bob) = (salon.alice(), salon.bob());
    let token = alice.token.clone().unwrap();
    let big = alice.image_with("taken slowly", &noise(8 << 20));
    let members = format!("{big}/members");
    assert_eq!(alice.post(&members, &json!({"member": bob.project_id})).status, 200);
    let member = format!("{members}/{}", bob.project_id);
    let images: Vec<String> = (0..each / 2).map(|_| alice.create_image("sent slowly")).collect();
    let mut beside = salon.connect();
    let mut show = || {
        beside.head("GET", &member, &[("X-Auth-Token", token.as_str())], None);
        assert_eq!(beside.answer(false).unwrap().status, 200);
    };
    let alone = latencies(samples, &mut show);

    let ((stop, stopping), counts) = (watch::channel(false), Arc::new(Counts::default()));
    let head = |method: &str, path: &str, more: &str| {
        format!("{method} {path}/file HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {token}\r\n{more}\r\n")
    };
    let body = "Content-Type: application/octet-stream\r\nContent-Length: 100000000\r\n";
    let writers = images.iter().map(|image| Member::Writer { head: head("PUT", image, body) });
    let readers = images.iter().map(|_| Member::Reader { head: head("GET", &big, "") });
    let idle = (0..each).map(|at| Member::Idle { says: if at % 2 == 0 { b"" } else { HALF_A_HEAD } });
    let crowd: Vec<Member> = writers.chain(readers).chain(idle).collect();
    assert_eq!(crowd.len(), 2 * each);
    let (server, counting) = (salon.address(), Arc::clone(&counts));
    let (room, mut allowed) = watch::channel(0);
    let clients = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            for (at, member) in crowd.into_iter().enumerate() {
                let _ = allowed.wait_for(|allowed| at < *allowed).await;
                let source = IpAddr::V4(Ipv4Addr::new(127, 0, 1, 1 + (at % 200) as u8));
                tasks.spawn(member.stay(server, source, stopping.clone(), Arc::clone(&counting)));
            }
            tasks.join_all().await;
        });
    });
    let whole = 2 * each as u64;
    let began = Instant::now();
    while let there = salon.metric("salon_http_connections")
        && there < whole * 95 / 100
    {
        assert!(began.elapsed() < COMING, "{there} of {whole} came");
        // Not all in one instant: the queue of new connections has an end.
        room.send_replace(there as usize + 400);
        thread::sleep(Duration::from_millis(50));
    }
    room.send_replace(usize::MAX);
    eprintln!("{whole} came in {:?}", began.elapsed());
    // The others see nothing of it.
    let crowded = latencies(samples, &mut show);
    assert_eq!(salon.nobody().get("/healthcheck").status, 200);
    let bytes = noise(2 << 20);
    let image = bob.image_with("beside the crowd", &bytes);
    assert!(bob.get(&format!("{image}/file")).body == bytes);
    assert_eq!(bob.delete(&image).status, 204);
    assert_eq!(bob.get("/v2/images?limit=1000").status, 200);
    let still = Instant::now();
    let last = if long() {
        let mut all = Vec::new();
        while still.elapsed() < Duration::from_secs(90) {
            all.extend(latencies(1_000, &mut show));
            thread::sleep(Duration::from_millis(500));
        }
        all.sort();
        all
    } else {
        latencies(samples, &mut show)
    };
    let connections = salon.metric("salon_http_connections");
    let memory = salon.held().peak_memory;
    let [opened, ended, moved] =
        [&counts.opened, &counts.ended, &counts.bytes].map(|count| count.load(Ordering::Relaxed));
    eprintln!(
        "{each} slow (half senders, half takers at {RATE} B/s) and {each} idle: {opened} connections opened, {ended} ended \
         by the server, {connections} open at the end, {moved} bytes moved slowly, peak memory {} MiB\nmember GET alone: {}\n\
         beside the crowd: {}\nto the end: {}",
        memory >> 20,
        shown(&alone),
        shown(&crowded),
        shown(&last),
    );
    assert!(connections >= whole * 9 / 10, "{connections} connections");
    let most = if long() { 512 << 20 } else { 160 << 20 };
    assert!(memory < most, "{} MiB", memory >> 20);
    if long() && !cfg!(debug_assertions) && !emulated() {
        let p99 = last[(last.len() - 1) * 99 / 100];
        assert!(p99 < Duration::from_millis(10), "{p99:?}");
    }
    stop.send_replace(true);
    clients.join().unwrap();
    let began = Instant::now();
    while salon.metric("salon_http_connections") > 2 || saving(&salon) {
        assert!(began.elapsed() < COMING);
        thread::sleep(Duration::from_millis(100));
    }
    nothing_broke(&salon);
}

/// What a slow sender has sent is not kept: not what a format is recognised by, and no more of the rest than comes in a second.
#[test]
fn t_d1_senders_weigh_the_same_however_much_they_sent() {
    const SENDERS: usize = 200;
    const PIECES: usize = 48;
    let salon = Setup::config(PATIENT).start();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap();
    let mut senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let path = format!("{}/file", alice.create_image("sent slowly"));
            let mut sender = salon.connect();
            let headers = [("X-Auth-Token", token.as_str()), ("Content-Type", "application/octet-stream")];
            sender.head("PUT", &path, &headers, Some(100_000_000));
            sender.write(&[1; RATE]);
            sender
        })
        .collect();
    salon.wait_metric("salon_http_connections", SENDERS as u64);
    thread::sleep(Duration::from_millis(500));
    let before = salon.held().peak_memory;
    for _ in 0..PIECES {
        senders.iter_mut().for_each(|sender| sender.write(&[1; 10 * RATE]));
        thread::sleep(Duration::from_millis(100));
    }
    let more = (salon.held().peak_memory - before) / SENDERS as u64;
    eprintln!("{} bytes sent by each of {SENDERS}: {} KiB more for each", PIECES * 10 * RATE, more >> 10);
    // Its head and a block of each would be some 80 KiB.
    assert!(more < 40 << 10, "{} KiB for each", more >> 10);
    drop(senders);
    let began = Instant::now();
    while saving(&salon) {
        assert!(began.elapsed() < COMING);
        thread::sleep(Duration::from_millis(100));
    }
    nothing_broke(&salon);
}

/// What the kernel holds for the one who asked for an image and does not take it.
#[test]
fn t_d1_a_slow_reader_takes_little_of_the_kernel() {
    let salon = Setup::config(PATIENT).start();
    let alice = salon.alice();
    let token = alice.token.clone().unwrap();
    let data = noise(12 << 20);
    let image = alice.image_with("not taken", &data);
    let mut reader = salon.connect();
    reader.head("GET", &format!("{image}/file"), &[("X-Auth-Token", token.as_str())], None);
    let (server, own) = (salon.address().port(), reader.socket.local_addr().unwrap().port());
    let mut held = 0;
    let began = Instant::now();
    loop {
        thread::sleep(Duration::from_millis(300));
        let before = std::mem::replace(&mut held, unread(server, own));
        if held > 0 && held == before {
            break;
        }
        assert!(began.elapsed() < COMING);
    }
    eprintln!("{} KiB wait in the kernel", held >> 10);
    // As much as it lets a connection have would be megabytes.
    assert!(held < 512 << 10, "{} KiB", held >> 10);
    assert!(reader.answer(false).unwrap().body == data);
    nothing_broke(&salon);
}

/// Bytes that were written to the connection between two ports of this machine, and that the other end does not have yet.
fn unread(from: u16, to: u16) -> u64 {
    let ports = [format!(":{from:04X}"), format!(":{to:04X}")];
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let row = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|row| row[1].ends_with(&ports[0]) && row[2].ends_with(&ports[1]));
    row.map_or(0, |row| u64::from_str_radix(row[4].split(':').next().unwrap(), 16).unwrap())
}

fn saving(salon: &Salon) -> bool {
    salon.admin().get("/v2/images?status=saving&visibility=all").json()["images"] != json!([])
}
