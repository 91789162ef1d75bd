//! Where images are fetched from: each number has its data.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use super::wire::bytes_of;

/// An HTTP server of a few lines, which lives as long as the process.
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve(stream.unwrap()));
        }
    });
    address
}

/// Sends what is asked for in two halves, so that others come in between. A client that goes away is no failure.
fn serve(mut stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let line = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    let data = line.split(' ').nth(1).and_then(|path| path.strip_prefix('/')).unwrap().parse().unwrap();
    let bytes = bytes_of(data);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(first)).ok()?;
    thread::sleep(Duration::from_millis(u64::from(data % 5)));
    stream.write_all(second).ok()
}
