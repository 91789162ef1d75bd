//! A bot: a real HTTPS server on the loopback interface that is told of events.

use std::{
    collections::VecDeque,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio_rustls::rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use super::PATIENCE;

pub const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/bot.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/bot.key");

/// What the bot does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Takes it, and answers a challenge.
    Take,
    /// Answers with this status, and a body that is nothing.
    Status(u16),
    /// Sends the client elsewhere.
    Redirect(String),
    /// Says nothing for so long, then closes.
    Silence(Duration),
    /// Closes the connection.
    Close,
}

/// What the bot was told.
#[derive(Clone, Debug)]
pub struct Told {
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Told {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// How long after `earlier` this was sent, by the sender's own word: when it arrived depends on who runs beside the test.
    pub fn after(&self, earlier: &Self) -> Duration {
        const DAY: u64 = 86_400_000;
        let of_day = |told: &Self| {
            let stamp = told.header("Chime-Request-Timestamp");
            let time = stamp.split_once('T').and_then(|(_, time)| time.strip_suffix('Z')).unwrap();
            let units = time.split([':', '.']).map(|number| number.parse::<u64>().unwrap());
            units.zip([3_600_000, 60_000, 1000, 1]).map(|(number, unit)| number * unit).sum::<u64>()
        };
        Duration::from_millis((of_day(self) + DAY - of_day(earlier)) % DAY)
    }

    /// Checks the signature, as the documentation says a bot should.
    pub fn verify(&self, security_token: &str) {
        let signature = STANDARD.decode(self.header("Chime-Signature")).unwrap();
        let text = format!("{}|{}", self.header("Chime-Request-Timestamp"), self.text);
        let key = hmac::Key::new(hmac::HMAC_SHA256, security_token.as_bytes());
        hmac::verify(&key, text.as_bytes(), &signature).unwrap();
    }
}

/// The TLS side of a server whose certificate nobody trusts who was not told to.
pub fn tls() -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(CERTIFICATE).unwrap().map(Result::unwrap).collect();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(KEY).unwrap())
        .unwrap();
    Arc::new(config)
}

/// The bot. What it was told is taken in order; how it replies is said in advance.
pub struct Bot {
    pub address: SocketAddr,
    told: Receiver<Told>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Bot {
    pub fn start() -> Self {
        let config = tls();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, told) = channel();
        let replies = Arc::new(Mutex::new(VecDeque::new()));
        let script = Arc::clone(&replies);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (config, sender, script) = (Arc::clone(&config), sender.clone(), Arc::clone(&script));
                thread::spawn(move || serve(connection.unwrap(), config, &sender, &script));
            }
        });
        Self { address, told, replies }
    }

    /// Settings under which the server talks to this bot.
    pub fn settings() -> String {
        format!("[chime]\nbot_networks = [\"127.0.0.1\"]\nbot_ports = []\nbot_cafile = {CERTIFICATE:?}\n")
    }

    /// Where it is told.
    pub fn url(&self) -> String {
        format!("https://{}/events?of=bot", self.address)
    }

    /// How it replies from now on; when nothing is left, it takes what it is told.
    pub fn reply(&self, replies: &[Reply]) {
        *self.replies.lock().unwrap() = replies.iter().cloned().collect();
    }

    /// What it was told next.
    pub fn told(&self) -> Told {
        self.told.recv_timeout(PATIENCE).expect("the bot was not told")
    }

    /// Whether it was told nothing that was not taken.
    pub fn is_quiet(&self) -> bool {
        self.told.try_recv().is_err()
    }
}

/// Serves one request. A client that goes away, or that does not trust this server, is no failure.
fn serve(
    socket: TcpStream,
    config: Arc<ServerConfig>,
    told: &Sender<Told>,
    replies: &Mutex<VecDeque<Reply>>,
) -> Option<()> {
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), socket);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let mut lines = head.trim_end().split("\r\n");
    assert_eq!(lines.next().unwrap(), "POST /events?of=bot HTTP/1.1");
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut one = Told { headers, text: String::new() };
    let mut body = vec![0; one.header("content-length").parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    one.text = String::from_utf8(body).unwrap();
    let reply = replies.lock().unwrap().pop_front().unwrap_or(Reply::Take);
    let challenge = one.body().get("Challenge").cloned();
    told.send(one).ok()?;
    let (status, more, text) = match reply {
        Reply::Take => (200, String::new(), serde_json::json!({"Challenge": challenge}).to_string()),
        Reply::Status(status) => (status, String::new(), "{}".to_owned()),
        Reply::Redirect(to) => (307, format!("Location: {to}\r\n"), String::new()),
        Reply::Silence(time) => {
            thread::sleep(time);
            return None;
        }
        Reply::Close => return None,
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(answer.as_bytes()).ok()?;
    stream.conn.send_close_notify();
    stream.flush().ok()
}
