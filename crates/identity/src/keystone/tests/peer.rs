//! A peer that stands where Keystone would, to misbehave as no real one does on demand. What the real one says is
//! tested against the real one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};

/// A request that arrived.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) line: String,
    pub(super) headers: HashMap<String, String>,
}

impl Seen {
    pub(super) fn is_login(&self) -> bool {
        self.line.starts_with("POST ")
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What the peer does about it.
pub(super) enum Reply {
    Json(u16, Value),
    /// A login's answer with the service user's token.
    Token(&'static str),
    /// Closes the connection without an answer.
    Hangup,
    /// Never answers.
    Silence,
    /// Answers 200 and half a body.
    Half,
    /// Answers once the gate is open.
    Gated(Value),
}

type Script = Box<dyn FnMut(&Seen) -> Reply + Send>;

pub(super) struct Peer {
    pub(super) url: String,
    pub(super) gate: Arc<Semaphore>,
    seen: Arc<Mutex<Vec<Seen>>>,
    script: Arc<Mutex<Script>>,
    accepting: JoinHandle<()>,
}

impl Peer {
    pub(super) async fn new(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(script)));
        let gate = Arc::new(Semaphore::new(0));
        let shared = (Arc::clone(&seen), Arc::clone(&script), Arc::clone(&gate));
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (seen, script, gate) = shared.clone();
                tokio::spawn(async move { serve(stream, &seen, &script, &gate).await });
            }
        });
        Self { url, gate, seen, script, accepting }
    }

    pub(super) fn behave(&self, script: impl FnMut(&Seen) -> Reply + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// All that arrived so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Validations that arrived so far.
    pub(super) fn validations(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| !seen.is_login()).cloned().collect()
    }

    pub(super) fn logins(&self) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.is_login()).count()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn serve(mut stream: TcpStream, log: &Mutex<Vec<Seen>>, script: &Mutex<Script>, gate: &Semaphore) {
    let Some(seen) = read(&mut stream).await else { return };
    log.lock().unwrap().push(seen.clone());
    let reply = (*script.lock().unwrap())(&seen);
    let (status, more, body) = match reply {
        Reply::Json(status, body) => (status, String::new(), body),
        Reply::Token(token) => {
            (201, format!("X-Subject-Token: {token}\r\n"), token_body("service", "2100-01-01T00:00:00Z"))
        }
        Reply::Gated(body) => {
            let _open = gate.acquire().await.unwrap();
            (200, String::new(), body)
        }
        Reply::Hangup => return,
        Reply::Silence => return std::future::pending().await,
        Reply::Half => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{\"token\"").await;
            return;
        }
    };
    let body = body.to_string();
    let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n{more}Content-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut text = Vec::new();
    let head = loop {
        if let Some(end) = text.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        text.extend_from_slice(&part[..read]);
    };
    let head_text = String::from_utf8_lossy(&text[..head]).into_owned();
    let mut lines = head_text.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while text.len() < head + 4 + length {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.ok().filter(|read| *read > 0)?;
        text.extend_from_slice(&part[..read]);
    }
    Some(Seen { line, headers })
}

/// A validation of a project-scoped token of `user`.
pub(super) fn token_body(user: &str, expires_at: &str) -> Value {
    json!({"token": {
        "methods": ["password"],
        "expires_at": expires_at,
        "issued_at": "2026-01-01T00:00:00.000000Z",
        "user": {"id": format!("id-of-{user}"), "name": user, "domain": {"id": "default", "name": "Default"}},
        "project": {"id": "p1", "name": "alpha", "domain": {"id": "default", "name": "Default"}},
        "roles": [{"id": "r1", "name": "Member"}, {"id": "r2", "name": "reader"}],
        "is_domain": false,
        "audit_ids": ["a"],
    }})
}
