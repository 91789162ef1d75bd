//! A blocking HTTP client over a bare socket, so that malformed requests are possible.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{IpAddr, Shutdown, SocketAddr, TcpStream},
};

use rustix::net;
use serde_json::Value;

use super::PATIENCE;

/// What a caller reads of an answer: status, headers, body, without what differs between any two requests.
pub type Words = (u16, BTreeSet<String>, String);

/// What came back.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Everything the answer says, with `ids` and what differs from request to request taken out. (`Connection` tells
    /// whether a body that was not wanted had arrived already.)
    pub fn words(&self, ids: &[&str]) -> Words {
        let of_request = ["date", "connection", "x-openstack-request-id", "x-amzn-requestid"];
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .filter(|(name, _)| !of_request.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let known = ids.iter().enumerate().filter(|(_, id)| !id.is_empty());
        let text = known.fold(self.text().to_owned(), |text, (at, id)| text.replace(id, &format!("ID{at}")));
        (self.status, headers, text)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = &self.body[..self.body.len().min(2000)];
        write!(f, "{} {:?} {:?}", self.status, self.headers, String::from_utf8_lossy(start))
    }
}

/// One connection.
pub struct Connection {
    pub socket: TcpStream,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    /// As somebody at one of this machine's addresses.
    pub fn open_from(own: IpAddr, address: SocketAddr) -> Self {
        let socket = net::socket(net::AddressFamily::INET, net::SocketType::STREAM, None).unwrap();
        net::bind(&socket, &SocketAddr::new(own, 0)).unwrap();
        net::connect(&socket, &address).unwrap();
        Self::over(TcpStream::from(socket))
    }

    fn over(socket: TcpStream) -> Self {
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { socket }
    }

    /// Sends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).unwrap();
    }

    /// Sends a request with `Content-Length` and reads its answer.
    pub fn exchange(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.head(method, path, headers, (!body.is_empty()).then_some(body.len() as u64));
        // A server that refuses may close before everything is sent; its answer counts.
        let _ = self.socket.write_all(body);
        self.answer(method == "HEAD").unwrap_or_else(|| panic!("no whole answer to {method} {path}"))
    }

    /// Sends a request's head.
    pub fn head(&mut self, method: &str, path: &str, headers: &[(&str, &str)], length: Option<u64>) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(length) = length {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str("\r\n");
        self.write(head.as_bytes());
    }

    /// Reads an answer; `None` when the connection ends before its end.
    pub fn answer(&mut self, head_only: bool) -> Option<Answer> {
        let mut head = Vec::new();
        let mut waiting = [0; 4096];
        // Looked at before it is taken, so that what follows the head stays where it is.
        while !head.ends_with(b"\r\n\r\n") {
            let before = head.len();
            let there = self.socket.peek(&mut waiting).ok()?;
            head.extend_from_slice(&waiting[..there]);
            let end = head.windows(4).position(|four| four == b"\r\n\r\n").map_or(head.len(), |at| at + 4);
            head.truncate(end);
            self.socket.read_exact(&mut waiting[..end - before]).ok()?;
            if there == 0 {
                return None;
            }
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        if status == 100 {
            return self.answer(head_only);
        }
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(':').unwrap())
            .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: Vec::new() };
        if head_only {
            return Some(answer);
        }
        let mut body = Vec::new();
        if answer.header("transfer-encoding").is_some() {
            self.chunks(&mut body)?;
        } else {
            let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
            body.resize(length, 0);
            self.socket.read_exact(&mut body).ok()?;
        }
        answer.body = body;
        Some(answer)
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> Option<()> {
        loop {
            let mut line = Vec::new();
            while !line.ends_with(b"\r\n") {
                let mut byte = [0];
                self.socket.read_exact(&mut byte).ok()?;
                line.push(byte[0]);
            }
            let length = usize::from_str_radix(std::str::from_utf8(&line).ok()?.trim(), 16).ok()?;
            let mut chunk = vec![0; length + 2];
            self.socket.read_exact(&mut chunk).ok()?;
            body.extend_from_slice(&chunk[..length]);
            if length == 0 {
                return Some(());
            }
        }
    }

    /// Whether the server ends the connection without saying anything more.
    pub fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.socket.read_to_end(&mut rest) {
            Ok(_) => rest.is_empty(),
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    /// Says that nothing more is sent.
    pub fn finish(&mut self) {
        self.socket.shutdown(Shutdown::Write).unwrap();
    }
}

/// A client that keeps its connection.
pub struct KeepAlive {
    own: Option<IpAddr>,
    address: SocketAddr,
    connection: Option<Connection>,
}

impl KeepAlive {
    pub fn to(address: SocketAddr) -> Self {
        Self { own: None, address, connection: None }
    }

    /// As somebody at one of this machine's addresses.
    pub fn between(own: IpAddr, address: SocketAddr) -> Self {
        Self { own: Some(own), ..Self::to(address) }
    }

    /// Sends a request and reads its answer; `None` when there was no whole one.
    pub fn exchange(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Option<Answer> {
        let connection = self.connection.get_or_insert_with(|| {
            let connection = match self.own {
                Some(own) => Connection::open_from(own, self.address),
                None => Connection::open(self.address),
            };
            connection.socket.set_nodelay(true).unwrap();
            connection
        });
        connection.head(method, path, headers, (!body.is_empty()).then_some(body.len() as u64));
        // A server that refuses may close before everything is sent; its answer counts.
        let _ = connection.socket.write_all(body);
        let answer = connection.answer(method == "HEAD");
        if answer.as_ref().is_none_or(|answer| answer.header("connection").is_some_and(|word| word == "close")) {
            self.connection = None;
        }
        answer
    }
}
