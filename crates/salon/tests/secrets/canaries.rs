//! Values that nobody may find where they do not belong, and the places that are searched for them.

use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::common::{
    PATIENCE, Salon, User,
    http::{Answer, Connection},
};

/// Secrets of one run, by what they are.
#[derive(Default)]
pub(crate) struct Canaries(Mutex<Vec<(String, String)>>);

impl Canaries {
    /// A value of this test's own making that is secret from now on. It is a word, so that it stands in URLs, headers and
    /// JSON as it is.
    pub(crate) fn new_one(&self, what: &str) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let letters: String = what.chars().filter(char::is_ascii_alphanumeric).collect();
        self.learn(what, &format!("cnry{number}x{letters}x{:08x}", std::process::id()))
    }

    /// A value that the server gave out is secret from now on.
    pub(crate) fn learn(&self, what: &str, value: &str) -> String {
        assert!(value.len() >= 8, "{what} is too short to be told from other words: {value:?}");
        self.0.lock().unwrap().push((what.to_owned(), value.to_owned()));
        value.to_owned()
    }

    /// From now on a value may be seen.
    pub(crate) fn forget(&self, value: &str) {
        self.0.lock().unwrap().retain(|(_, own)| own != value);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The secrets in a text, plainly or as an encoding that a careless line could have: base64, hexadecimal digits, and
    /// the numbers of a list of bytes.
    pub(crate) fn in_text(&self, place: &str, text: &str) -> Vec<String> {
        let lower = text.to_ascii_lowercase();
        let mut found = Vec::new();
        for (what, value) in self.0.lock().unwrap().iter() {
            let bytes = value.as_bytes();
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let numbers = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
            let base64 = STANDARD.encode(bytes);
            let forms = [value.to_ascii_lowercase(), hex, numbers, base64.trim_end_matches('=').to_ascii_lowercase()];
            if let Some(at) = forms.iter().find_map(|form| lower.find(form.as_str())) {
                let from = text.floor_char_boundary(at.saturating_sub(200));
                let to = text.floor_char_boundary((at + 200).min(text.len()));
                found.push(format!("{what} is in {place}: …{}…", &text[from..to]));
            }
        }
        found
    }
}

/// Sends requests, waits until each is in the log, and looks at every answer.
pub(crate) struct Watch<'a> {
    pub(crate) salon: &'a Salon,
    pub(crate) canaries: &'a Canaries,
    log: Mutex<Tail>,
    count: AtomicU64,
    found: Mutex<Vec<String>>,
}

struct Tail {
    file: File,
    unread: String,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(salon: &'a Salon, log: &PathBuf, canaries: &'a Canaries) -> Self {
        let log = Mutex::new(Tail { file: File::open(log).unwrap(), unread: String::new() });
        Self { salon, canaries, log, count: AtomicU64::new(0), found: Mutex::default() }
    }

    /// Sends a request, signed or with a token or with neither, and looks for secrets in the whole answer.
    pub(crate) fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let answer = self.send_for_secrets(method, target, headers, body);
        self.look(&format!("the answer to {method} {}", target.split('?').next().unwrap()), &whole(&answer));
        answer
    }

    /// The same for a request whose answer gives a secret.
    pub(crate) fn send_for_secrets(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        // The id goes through the log, so this waits for all lines of the request: none is lost for being too many.
        let id = format!("watch-{}", self.count.fetch_add(1, Ordering::Relaxed));
        let mut all = vec![("X-OpenStack-Request-ID", id.as_str())];
        all.extend_from_slice(headers);
        let mut connection = Connection::open(self.salon.address());
        connection.head(method, target, &all, (!body.is_empty()).then_some(body.len() as u64));
        // A server that refuses may close before everything is sent; its answer counts.
        let _ = connection.socket.write_all(body);
        // One whose source breaks off cuts its answer.
        let cut = Answer { status: 0, headers: Vec::new(), body: Vec::new() };
        let answer = connection.answer(method == "HEAD").unwrap_or(cut);
        self.wait_logged(&id);
        answer
    }

    /// As a user of tokens.
    pub(crate) fn ask(&self, user: &User, method: &str, target: &str, body: &[u8]) -> Answer {
        let token = user.token.clone().unwrap_or_default();
        self.send(method, target, &[("X-Auth-Token", &token), ("Content-Type", "application/json")], body)
    }

    /// As a user of tokens, for an answer that may have secrets.
    pub(crate) fn salon_get(&self, user: &User, target: &str) -> Answer {
        let token = user.token.clone().unwrap_or_default();
        self.send_for_secrets("GET", target, &[("X-Auth-Token", &token)], b"")
    }

    fn wait_logged(&self, id: &str) {
        let began = Instant::now();
        let mut log = self.log.lock().unwrap();
        let line =
            |text: &str| text.lines().any(|line| line.contains("salon::access") && line.contains(&format!("\"{id}\"")));
        loop {
            let mut more = String::new();
            log.file.read_to_string(&mut more).unwrap();
            log.unread.push_str(&more);
            if line(&log.unread) {
                log.unread.clear();
                return;
            }
            assert!(began.elapsed() < PATIENCE, "the request {id} never came into the log");
            std::thread::yield_now();
        }
    }

    /// Searches a place.
    pub(crate) fn look(&self, place: &str, text: &str) {
        self.found.lock().unwrap().extend(self.canaries.in_text(place, text));
    }

    /// How many requests were sent.
    pub(crate) fn requests(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    pub(crate) fn found(self) -> Vec<String> {
        self.found.into_inner().unwrap()
    }
}

/// An answer as text: status, headers, body.
pub(crate) fn whole(answer: &Answer) -> String {
    let headers: Vec<String> = answer.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{}\n{}\n\n{}", answer.status, headers.join("\n"), String::from_utf8_lossy(&answer.body))
}
