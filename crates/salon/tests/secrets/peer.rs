//! Somebody that this server asks and that repeats whatever it is told: in its status, its errors, its garbage.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// How one request is answered; it gets the request's first line and all of it.
type Script = dyn Fn(&str, &str) -> String + Send + Sync;

/// An HTTP server of a few lines. It ends with the test's process.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Peer {
    pub(crate) fn start(script: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (script, asked): (Arc<Script>, _) = (Arc::new(script), Arc::<AtomicUsize>::default());
        let count = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (script, count) = (Arc::clone(&script), Arc::clone(&count));
                thread::spawn(move || serve(stream, &*script, &count));
            }
        });
        Self { address, asked }
    }

    /// How often it was asked.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// One request a connection. Errors mean that the client went away.
fn serve(mut stream: TcpStream, script: &Script, asked: &AtomicUsize) -> Option<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    asked.fetch_add(1, Ordering::SeqCst);
    let all = format!("{head}{}", String::from_utf8_lossy(&body));
    stream.write_all(script(head.lines().next()?, &all).as_bytes()).ok()
}

/// An answer that ends its connection.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}
