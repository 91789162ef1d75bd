//! Callers of the Chime API. They sign by hand (AWS Signature Version 4, written here once more so that a mistake in the
//! server's own is seen), so that every request is possible.

use std::{
    fs,
    process::Stdio,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{digest, hmac};
use salon_core::Timestamp;
use serde_json::Value;

use super::{
    Salon,
    http::{Answer, Connection},
    loopback,
};

const REGION: &str = "eu-west-1";

/// An access key and its secret.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: String,
    pub secret: String,
}

/// Somebody who calls the Chime API; without a key the requests are unsigned.
#[derive(Clone, Debug)]
pub struct Caller {
    port: Arc<std::sync::atomic::AtomicU16>,
    pub name: String,
    pub key: Option<Key>,
}

impl Caller {
    /// The same person and key at another server.
    pub fn at(&self, salon: &Salon) -> Self {
        Self { port: Arc::clone(&salon.port), ..self.clone() }
    }

    /// Sends a request. `target` is the path with its query, already encoded.
    pub fn send(&self, method: &str, target: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        self.send_bytes(method, target, body.as_bytes())
    }

    /// Sends a body that may be no JSON.
    pub fn send_bytes(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        let mut headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        if let Some(key) = &self.key {
            headers.extend(sign(key, now(), method, target, body));
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Connection::open(loopback(&self.port)).exchange(method, target, &headers, body)
    }

    pub fn get(&self, target: &str) -> Answer {
        self.send("GET", target, None)
    }

    pub fn delete(&self, target: &str) -> Answer {
        self.send("DELETE", target, None)
    }

    pub fn post(&self, target: &str, body: &Value) -> Answer {
        self.send("POST", target, Some(body))
    }

    pub fn put(&self, target: &str, body: &Value) -> Answer {
        self.send("PUT", target, Some(body))
    }

    /// A text in the answer to a request that must succeed.
    pub fn made(&self, target: &str, body: &Value, at: &str) -> String {
        let answer = self.post(target, body);
        assert_eq!(answer.status, 201, "{target}: {answer:?}");
        let value = answer.json();
        value.pointer(at).and_then(Value::as_str).unwrap_or_else(|| panic!("no {at} in {value}")).to_owned()
    }
}

impl Salon {
    /// A caller without credentials.
    pub fn aws_nobody(&self) -> Caller {
        Caller { port: Arc::clone(&self.port), name: "nobody".to_owned(), key: None }
    }

    /// One of the sample users, with the key in the file for AWS clients.
    pub fn aws(&self, name: &str) -> Caller {
        let file = fs::read_to_string(self.data().join("aws-credentials")).unwrap();
        let part = file.split(&format!("[{name}]\n")).nth(1).unwrap();
        let value = |key: &str| {
            part.lines().find_map(|line| line.strip_prefix(&format!("{key} = "))).unwrap().trim().to_owned()
        };
        let key = Key { id: value("aws_access_key_id"), secret: value("aws_secret_access_key") };
        Caller { key: Some(key), name: name.to_owned(), ..self.aws_nobody() }
    }

    /// A new user with a role on a project, with a new key.
    pub fn aws_person(&self, name: &str, project: &str, role: &str) -> Caller {
        self.told(&["user", "create", name, "--project", project, "--role", role, "--generate-password"]);
        let key = self.told_json(&["key", "create", "--user", name, "--project", project, "--json"]);
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        Caller { key: Some(Key { id: text("id"), secret: text("secret") }), name: name.to_owned(), ..self.aws_nobody() }
    }

    /// A new Enterprise account of a project: its id.
    pub fn enterprise(&self, name: &str, project: &str) -> String {
        let made = self.told_json(&["chime", "account", "create", "--name", name, "--project", project, "--json"]);
        made["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned()
    }

    /// What a command of the binary prints; it must succeed.
    pub fn told(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn told_json(&self, arguments: &[&str]) -> Value {
        let text = self.told(arguments);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }
}

/// The time in seconds.
#[expect(clippy::disallowed_methods, reason = "a client has a clock of its own")]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

/// The headers that sign a request for the harness's `Host`.
pub fn sign(key: &Key, at: u64, method: &str, target: &str, body: &[u8]) -> Vec<(String, String)> {
    let time = Timestamp(i64::try_from(at).unwrap() * 1_000_000).to_iso_seconds().replace(['-', ':'], "");
    let day = &time[..8];
    let scope = format!("{day}/{REGION}/chime/aws4_request");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut query: Vec<String> = query
        .split('&')
        .map(|part| if part.is_empty() || part.contains('=') { part.to_owned() } else { format!("{part}=") })
        .collect();
    query.sort();
    let canonical = format!(
        "{method}\n{}\n{}\nhost:localhost\nx-amz-date:{time}\n\nhost;x-amz-date\n{}",
        path.replace('%', "%25"),
        query.join("&"),
        hex(digest::digest(&digest::SHA256, body).as_ref()),
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
        hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
    );
    let signing = [day, REGION, "chime", "aws4_request"]
        .iter()
        .fold(format!("AWS4{}", key.secret).into_bytes(), |secret, part| mac(&secret, part));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=host;x-amz-date, Signature={}",
        key.id,
        hex(&mac(&signing, &text))
    );
    vec![("X-Amz-Date".to_owned(), time), ("Authorization".to_owned(), authorization)]
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
