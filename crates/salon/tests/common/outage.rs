//! A peer that can be cut off: a forwarder in front of a database or of an identity service.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use super::database::{Database, Place};

/// Bytes that a slow line moves at a time.
const PIECE: usize = 1024;

/// What the line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It passes everything on.
    Open,
    /// Nobody listens; what was connected is cut.
    Refused,
    /// Connections are accepted and cut, old ones too.
    Cut,
    /// Connections are accepted, bytes are taken, and nothing ever comes: a switch that fails, a firewall that forgets.
    Silent,
    /// Each KiB takes so long.
    Slow(Duration),
    /// So many bytes of answers pass, over all connections, and then it is [`Line::Cut`].
    CutAfter(u64),
}

/// The line to a peer.
pub struct Outage {
    state: Arc<State>,
    address: SocketAddr,
    /// The real URL of the database, and the one by way of this line.
    url: String,
    place: Option<Place>,
}

struct State {
    now: Mutex<Now>,
    changed: Condvar,
}

struct Now {
    line: Line,
    listening: bool,
    /// Both ends of each connection.
    open: BTreeMap<u64, [TcpStream; 2]>,
    next: u64,
    /// Pieces that were forwarded.
    moved: u64,
}

impl Outage {
    /// A line to a database of its own.
    pub fn before(database: Database) -> Self {
        let place = database.place();
        let real = place.url().unwrap();
        let target = real.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
        let mut outage = Self::to(target.parse().unwrap());
        outage.url = real.replace(&target, &outage.address.to_string());
        outage.place = Some(place);
        outage
    }

    /// A line to an address.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let now = Now { line: Line::Open, listening: true, open: BTreeMap::new(), next: 0, moved: 0 };
        let state = Arc::new(State { now: Mutex::new(now), changed: Condvar::new() });
        let shared = Arc::clone(&state);
        // Ends with the test's process.
        thread::spawn(move || accept(&shared, listener, target));
        Self { state, address, url: String::new(), place: None }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// For `[database] connection`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Connections that the database itself has open.
    pub fn sessions(&self) -> u64 {
        self.place.as_ref().unwrap().sessions()
    }

    /// Pieces that were forwarded so far, in either direction.
    pub fn moved(&self) -> u64 {
        self.state.lock().moved
    }

    /// From now on the line is like that.
    pub fn set(&self, line: Line) {
        let mut now = self.state.lock();
        now.line = line;
        if matches!(line, Line::Refused | Line::Cut) {
            now.cut();
        }
        self.state.changed.notify_all();
        while now.listening == (line == Line::Refused) {
            if line == Line::Refused {
                // Wakes the listener, which closes itself.
                let _ = TcpStream::connect(self.address);
            }
            now = self.state.changed.wait_timeout(now, Duration::from_millis(10)).unwrap().0;
        }
    }
}

impl Now {
    fn cut(&mut self) {
        for stream in std::mem::take(&mut self.open).into_values().flatten() {
            // Those that ended already cannot be ended again.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap()
    }

    /// Waits while the line is as `holds` says; answers how it is then.
    fn wait_while(&self, holds: impl Fn(Line) -> bool) -> Line {
        self.changed.wait_while(self.lock(), |now| holds(now.line)).unwrap().line
    }
}

fn accept(state: &Arc<State>, first: TcpListener, target: SocketAddr) {
    let address = first.local_addr().unwrap();
    let mut listener = Some(first);
    loop {
        let open = listener.take().unwrap_or_else(|| TcpListener::bind(address).unwrap());
        state.lock().listening = true;
        state.changed.notify_all();
        for client in open.incoming().flatten() {
            match state.lock().line {
                Line::Refused => break,
                Line::Cut => continue,
                Line::Open | Line::Silent | Line::Slow(_) | Line::CutAfter(_) => {}
            }
            let state = Arc::clone(state);
            thread::spawn(move || connect(&state, client, target));
        }
        drop(open);
        state.lock().listening = false;
        state.changed.notify_all();
        state.wait_while(|line| line == Line::Refused);
    }
}

fn connect(state: &Arc<State>, client: TcpStream, target: SocketAddr) {
    state.wait_while(|line| line == Line::Silent);
    let Ok(server) = TcpStream::connect(target) else { return };
    let both = || [client.try_clone().unwrap(), server.try_clone().unwrap()];
    let id = {
        let mut now = state.lock();
        if matches!(now.line, Line::Cut | Line::Refused) {
            return;
        }
        now.next += 1;
        let id = now.next;
        now.open.insert(id, both());
        id
    };
    let ([client, server], [to_client, to_server]) = (both(), both());
    let asking = Arc::clone(state);
    thread::spawn(move || forward(&asking, id, client, to_server, false));
    forward(state, id, server, to_client, true);
}

fn forward(state: &State, id: u64, mut from: TcpStream, mut to: TcpStream, answers: bool) {
    let mut buffer = [0; 16 * PIECE];
    'line: loop {
        let length = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for piece in buffer[..length].chunks(PIECE) {
            let mut piece = piece;
            match state.wait_while(|line| line == Line::Silent) {
                Line::Slow(pause) => thread::sleep(pause),
                Line::CutAfter(_) if answers => {
                    let mut now = state.lock();
                    if let Line::CutAfter(left) = now.line {
                        piece = &piece[..piece.len().min(usize::try_from(left).unwrap())];
                        now.line = Line::CutAfter(left - piece.len() as u64);
                    }
                }
                Line::Open | Line::Silent | Line::CutAfter(_) => {}
                Line::Cut | Line::Refused => break 'line,
            }
            if to.write_all(piece).is_err() {
                break 'line;
            }
            let mut now = state.lock();
            now.moved += 1;
            if now.line == Line::CutAfter(0) {
                now.line = Line::Cut;
                now.cut();
                break 'line;
            }
        }
    }
    state.lock().open.remove(&id);
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
