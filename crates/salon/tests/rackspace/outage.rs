//! A database that can be cut off: a forwarder in front of PostgreSQL.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use super::common::database::{Database, Place};

pub(crate) struct Outage {
    state: Arc<State>,
    url: String,
    _place: Place,
}

#[derive(Default)]
struct State {
    down: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Outage {
    pub(crate) fn new() -> Self {
        let place = Database::Postgres.place();
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
                if shared.down.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(target) else { continue };
                let mut open = shared.open.lock().unwrap();
                open.extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
                drop(open);
                forward(client.try_clone().unwrap(), server.try_clone().unwrap());
                forward(server, client);
            }
        });
        Self { state, url, _place: place }
    }

    /// For `[database] connection`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Cuts every connection and refuses new ones.
    pub(crate) fn begin(&self) {
        self.state.down.store(true, Ordering::SeqCst);
        for stream in self.state.open.lock().unwrap().drain(..) {
            // Those that ended already cannot be ended again.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(crate) fn end(&self) {
        self.state.down.store(false, Ordering::SeqCst);
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
}
