//! A way to a database that can lose one commit, or its answer.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::common::database::{Database, Place};

/// Where the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The database never gets the COMMIT.
    Before,
    /// The database has committed and says so to nobody.
    After,
    /// The server hears that the connection ended, and the database gets the COMMIT only later.
    Late,
}

impl Cut {
    pub(crate) const ALL: [Self; 3] = [Self::Before, Self::After, Self::Late];
}

/// How long a late COMMIT is on its way: longer than it takes to look for the outcome once.
const LATE: Duration = Duration::from_millis(150);

/// What is to be cut: the transaction in which the server sends `needle`.
struct Order {
    cut: Cut,
    needle: Vec<u8>,
}

#[derive(Default)]
struct State {
    order: Mutex<Option<Order>>,
    cuts: AtomicUsize,
    /// Nobody gets through any more.
    shut: AtomicBool,
    /// With the next cut nobody gets through any more.
    shuts: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

pub(crate) struct Proxy {
    state: Arc<State>,
    url: String,
    _place: Place,
}

impl Proxy {
    pub(crate) fn before(database: Database) -> Self {
        let place = database.place();
        let real = place.url().unwrap();
        let address = real.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
        let target: SocketAddr = address.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = real.replace(&address, &listener.local_addr().unwrap().to_string());
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        // Ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if shared.shut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(target) else { continue };
                for socket in [&client, &server] {
                    socket.set_nodelay(true).unwrap();
                }
                shared.open.lock().unwrap().extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                let link = Link { client, server, mute: Arc::default(), state: Arc::clone(&shared) };
                let back = link.clone();
                thread::spawn(move || link.there());
                thread::spawn(move || back.back());
            }
        });
        Self { state, url, _place: place }
    }

    /// For `[database] connection`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Cuts the next commit of a transaction in which the server sends `needle`.
    pub(crate) fn cut(&self, cut: Cut, needle: &str) {
        *self.state.order.lock().unwrap() = Some(Order { cut, needle: needle.as_bytes().to_vec() });
    }

    /// Cuts everything together with the next commit that is cut, until [`Proxy::open`].
    pub(crate) fn shut_with_cut(&self) {
        self.state.shuts.store(true, Ordering::SeqCst);
    }

    pub(crate) fn open(&self) {
        self.state.shut.store(false, Ordering::SeqCst);
    }

    /// How many commits were cut.
    pub(crate) fn cuts(&self) -> usize {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

struct Link {
    client: TcpStream,
    server: TcpStream,
    /// What the database says is kept back.
    mute: Arc<AtomicBool>,
    state: Arc<State>,
}

impl Clone for Link {
    fn clone(&self) -> Self {
        Self {
            client: self.client.try_clone().unwrap(),
            server: self.server.try_clone().unwrap(),
            mute: Arc::clone(&self.mute),
            state: Arc::clone(&self.state),
        }
    }
}

impl Link {
    /// From the server under test to its database.
    fn there(mut self) {
        let mut buffer = vec![0; 256 << 10];
        // What was said since the last commit.
        let mut said = Vec::new();
        loop {
            let length = match self.client.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(length) => length,
            };
            let part = &buffer[..length];
            said.extend_from_slice(part);
            // Both protocols send it as this text in a message of its own; statements of the server have no such word.
            if holds(part, b"COMMIT") {
                let cut = self.state.take(&said);
                said.clear();
                if let Some(cut) = cut {
                    self.lose(cut, part);
                    break;
                }
            }
            if self.server.write_all(part).is_err() {
                break;
            }
        }
        self.end();
    }

    fn lose(&mut self, cut: Cut, commit: &[u8]) {
        self.mute.store(true, Ordering::SeqCst);
        match cut {
            Cut::Before => {}
            Cut::After => {
                let _ = self.server.write_all(commit);
                // The other direction ends with the answer.
                while self.client.peek(&mut [0]).is_ok_and(|length| length > 0) {}
            }
            Cut::Late => {
                let _ = self.client.shutdown(Shutdown::Both);
                thread::sleep(LATE);
                let _ = self.server.write_all(commit);
                let _ = self.server.shutdown(Shutdown::Write);
                // Until the database is done with it.
                let mut rest = Vec::new();
                let _ = self.server.read_to_end(&mut rest);
            }
        }
    }

    /// From the database back.
    fn back(mut self) {
        let mut buffer = vec![0; 256 << 10];
        loop {
            match self.server.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(_) if self.mute.load(Ordering::SeqCst) => break,
                Ok(length) => {
                    if self.client.write_all(&buffer[..length]).is_err() {
                        break;
                    }
                }
            }
        }
        let _ = self.client.shutdown(Shutdown::Both);
    }

    fn end(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

impl State {
    /// Whether a commit after these words is to be cut, and how.
    fn take(&self, said: &[u8]) -> Option<Cut> {
        let mut order = self.order.lock().unwrap();
        order.as_ref().filter(|order| holds(said, &order.needle))?;
        let cut = order.take()?.cut;
        if self.shuts.swap(false, Ordering::SeqCst) {
            self.shut.store(true, Ordering::SeqCst);
            for socket in self.open.lock().unwrap().drain(..) {
                let _ = socket.shutdown(Shutdown::Read);
            }
        }
        self.cuts.fetch_add(1, Ordering::SeqCst);
        Some(cut)
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
