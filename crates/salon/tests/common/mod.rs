//! The black-box harness: a real server process with a data directory of its own, and the people who use it.
//!
//! Tests get *users*, not tokens: `salon.alice().get("/v2/images")`. The server is started with `--dev`, on a free port,
//! and tells systemd's way when it answers, so nothing here waits by sleeping. When a [`Salon`] is dropped nothing may
//! be left over: no image in `saving`, no staged file, no panic in the log.

#![allow(dead_code, unreachable_pub, reason = "every test binary uses a part of the harness")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

pub mod aws;
pub mod bot;
pub mod database;
pub mod envelope;
pub mod http;
pub mod outage;
pub mod process;

use std::{
    ffi::OsString,
    fs,
    net::SocketAddr,
    os::{
        linux::net::SocketAddrExt,
        unix::{
            net::{SocketAddr as UnixAddress, UnixDatagram},
            process::ExitStatusExt,
        },
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use database::Database;
use http::{Answer, Connection};
use serde_json::{Value, json};

/// Only so that a server that hangs fails the test instead of hanging it.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The binary under test: the one that was built with the tests, unless `SALON_BINARY` names another (measurements need
/// one that was built for release).
pub fn program() -> OsString {
    std::env::var_os("SALON_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_salon").into())
}

/// Whether the long form of a proof was asked for (`SALON_PROOF=long`).
pub fn long() -> bool {
    std::env::var("SALON_PROOF").is_ok_and(|form| form == "long")
}

/// A command of the binary without settings from outside.
pub fn command() -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SALON_") {
            command.env_remove(name);
        }
    }
    command.env_remove("NOTIFY_SOCKET").stdin(Stdio::null());
    command
}

/// How a server is started.
pub struct Setup {
    /// Lines of `salon.toml`.
    pub config: String,
    /// `policy.yaml`; none when it is empty.
    pub policy: String,
    /// Where its metadata is.
    pub database: Database,
    /// Whether there are sample users (`--dev`).
    pub dev: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { config: String::new(), policy: String::new(), database: Database::Sqlite, dev: true }
    }
}

impl Setup {
    pub fn config(config: &str) -> Self {
        Self { config: config.to_owned(), ..Self::default() }
    }

    pub fn on(database: Database) -> Self {
        Self { database, ..Self::default() }
    }

    /// Without sample users.
    pub fn without_samples(config: &str) -> Self {
        Self { config: config.to_owned(), dev: false, ..Self::default() }
    }

    pub fn start(self) -> Salon {
        Salon::start(self)
    }
}

/// The lines by which a server takes another one for its Keystone, which it finds at `address`. More lines about
/// `[keystone_authtoken]` may follow.
pub fn keystone_settings(keystone: &Salon, address: SocketAddr) -> String {
    format!(
        "[identity]\nmode = \"keystone\"\n[keystone_authtoken]\nauth_url = \"http://{address}/identity\"\nusername = \"admin\"\n\
         password = {:?}\nproject_name = {:?}\n",
        keystone.sample("admin", "password"),
        keystone.sample("admin", "project_name"),
    )
}

/// Ends with the test, however the test ends.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail when the process was waited for already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running server.
pub struct Salon {
    child: Option<Process>,
    /// Shared with the users: a restart takes another port.
    port: Arc<AtomicU16>,
    home: tempfile::TempDir,
    notify: UnixDatagram,
    dev: bool,
    database: database::Place,
}

impl Salon {
    /// A server with the defaults on SQLite.
    pub fn new() -> Self {
        Setup::default().start()
    }

    fn start(setup: Setup) -> Self {
        let home = tempfile::Builder::new().prefix("salon-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let place = setup.database.place();
        let mut config = setup.config;
        if let Some(url) = place.url() {
            config.push_str(&format!("\n[database]\nconnection = {url:?}\n"));
        }
        fs::write(home.path().join("salon.toml"), config).unwrap();
        if !setup.policy.is_empty() {
            fs::write(home.path().join("policy.yaml"), setup.policy).unwrap();
        }
        // Socket addresses are short; the target directory's path may not be.
        let notify = UnixDatagram::bind_addr(&notify_address(home.path())).unwrap();
        notify.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut salon = Self { child: None, port: Arc::default(), home, notify, dev: setup.dev, database: place };
        salon.spawn();
        salon
    }

    /// The command line of this server.
    pub fn serve_command(&self) -> Command {
        let mut command = command();
        command
            .arg("serve")
            .args(self.dev.then_some("--dev"))
            .args(["--listen", "127.0.0.1:0", "--config"])
            .arg(self.home.path().join("salon.toml"))
            .arg("--data")
            .arg(self.data())
            .env("SALON_SERVER__PORT_FILE", self.home.path().join("address"))
            .env("SALON_LOG__FILE", self.log_file())
            .env("SALON_LOG__LEVEL", "info")
            .stdout(Stdio::null())
            .stderr(fs::File::create(self.home.path().join("stderr")).unwrap());
        command
    }

    /// Another command of the binary on the same data.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command.args(arguments).arg("--config").arg(self.home.path().join("salon.toml")).arg("--data").arg(self.data());
        command
    }

    fn spawn(&mut self) {
        let command = self.serve_command();
        self.spawn_command(command);
    }

    /// Starts the server by a changed [`Salon::serve_command`].
    pub fn spawn_command(&mut self, mut command: Command) {
        // One that still runs has to be gone before another asks for its data.
        drop(self.child.take());
        let name = notify_address(self.home.path());
        let name = String::from_utf8(name.as_abstract_name().unwrap().to_vec()).unwrap();
        let child = command.env("NOTIFY_SOCKET", format!("@{name}")).spawn().unwrap();
        self.child = Some(Process(child));
        self.wait_for("READY=1");
        let address = fs::read_to_string(self.home.path().join("address")).unwrap();
        let address: SocketAddr = address.trim().parse().unwrap();
        self.port.store(address.port(), Ordering::Release);
    }

    /// Waits for a word of the server to its service manager.
    pub fn wait_for(&mut self, state: &str) {
        let mut buffer = [0; 256];
        loop {
            match self.notify.recv(&mut buffer) {
                Ok(length) if &buffer[..length] == state.as_bytes() => return,
                Ok(_) => {}
                Err(_) => {
                    let ended = self.child.as_mut().and_then(|child| child.0.try_wait().unwrap());
                    assert!(ended.is_none(), "the server ended ({ended:?}):\n{}{}", self.stderr(), self.log());
                }
            }
        }
    }

    pub fn address(&self) -> SocketAddr {
        loopback(&self.port)
    }

    /// For `[database] connection` of another server; `None` when nobody else can have it.
    pub fn database_url(&self) -> Option<String> {
        self.database.url()
    }

    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    fn log_file(&self) -> PathBuf {
        self.home.path().join("log")
    }

    /// Everything logged so far (lines are written by a thread of their own: the newest may be missing).
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// What the server wrote to standard error beside the log.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.home.path().join("stderr")).unwrap_or_default()
    }

    /// Writes the configuration anew; it counts after a restart, or partly after SIGHUP.
    pub fn configure(&self, config: &str) {
        fs::write(self.home.path().join("salon.toml"), config).unwrap();
    }

    pub fn process(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child.as_ref().unwrap().0)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(self.process(), signal).unwrap();
    }

    /// Ends the process as a power cut would, for the process.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.0.kill().unwrap();
        assert_eq!(child.0.wait().unwrap().signal(), Some(9));
    }

    /// Waits for the end of the process.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.take().unwrap().0.wait().unwrap()
    }

    /// Starts it again on the same data; one that still runs is killed first.
    pub fn restart(&mut self) {
        self.spawn();
    }

    /// A statement outside of the server.
    pub fn say(&self, statement: &str) {
        self.database.say(&self.data(), statement);
    }

    /// The first column of a query's rows, as texts.
    pub fn rows(&self, query: &str) -> Vec<String> {
        self.database.rows(&self.data(), query)
    }

    /// A connection for requests that no client would send.
    pub fn connect(&self) -> Connection {
        Connection::open(self.address())
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> User {
        User { port: Arc::clone(&self.port), name: String::new(), project_id: String::new(), token: None }
    }

    /// Member of project alpha.
    pub fn alice(&self) -> User {
        self.user("alice")
    }

    /// Member of project beta.
    pub fn bob(&self) -> User {
        self.user("bob")
    }

    /// Administrator.
    pub fn admin(&self) -> User {
        self.user("admin")
    }

    /// Logs one of the sample users in.
    fn user(&self, name: &str) -> User {
        self.log_in(name, &self.sample(name, "password"), &self.sample(name, "project_name"))
    }

    /// What `clouds.yaml` says of a sample user.
    pub fn sample(&self, name: &str, key: &str) -> String {
        let clouds = fs::read_to_string(self.data().join("clouds.yaml")).unwrap();
        let part = clouds.split(&format!("\n  {name}:\n")).nth(1).unwrap();
        let line = part.lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: "))).unwrap();
        line.trim_matches('"').to_owned()
    }

    /// Logs somebody in.
    pub fn log_in(&self, name: &str, password: &str, project: &str) -> User {
        let domain = json!({"id": "default"});
        let user = json!({"name": name, "domain": domain, "password": password});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": project, "domain": domain}},
        }});
        let answer = self.nobody().post("/identity/v3/auth/tokens", &body);
        assert_eq!(answer.status, 201, "{answer:?}");
        User {
            port: Arc::clone(&self.port),
            name: name.to_owned(),
            project_id: answer.json()["token"]["project"]["id"].as_str().unwrap().to_owned(),
            token: Some(answer.header("x-subject-token").unwrap().to_owned()),
        }
    }

    /// The value of a metric; 0 when it is not there yet.
    pub fn metric(&self, name: &str) -> u64 {
        let answer = self.nobody().get("/metrics");
        let sum = |line: &str| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() as u64;
        answer.text().lines().filter(|line| line.split(['{', ' ']).next() == Some(name)).map(sum).sum()
    }

    /// Waits until a metric has come so far.
    pub fn wait_metric(&self, name: &str, least: u64) {
        let began = std::time::Instant::now();
        while self.metric(name) < least {
            assert!(began.elapsed() < PATIENCE, "{name} stays below {least}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn leftovers(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        if self.child.is_some() {
            if self.dev {
                let saving = self.admin().get("/v2/images?status=saving&visibility=all").json();
                if saving["images"] != json!([]) {
                    found.push(format!("images that are still saving: {saving}"));
                }
            }
            self.signal(rustix::process::Signal::TERM);
            let status = self.wait();
            if !status.success() {
                found.push(format!("the server ended with {status}"));
            }
        }
        let staged = self.data().join("images/.staging");
        for entry in fs::read_dir(staged).into_iter().flatten() {
            found.push(format!("a staged file: {:?}", entry.unwrap().path()));
        }
        for line in self.log().lines().chain(self.stderr().lines()).filter(|line| line.contains("panic")) {
            found.push(line.to_owned());
        }
        found
    }
}

impl Drop for Salon {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.child = None;
            eprintln!("--- log of the server\n{}{}", self.stderr(), self.log());
            return;
        }
        let found = self.leftovers();
        assert!(found.is_empty(), "left over: {found:#?}\n{}", self.log());
    }
}

fn loopback(port: &AtomicU16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port.load(Ordering::Acquire)))
}

fn notify_address(home: &Path) -> UnixAddress {
    let name = format!("salon-test-{}", home.file_name().unwrap().to_string_lossy());
    UnixAddress::from_abstract_name(name).unwrap()
}

/// Somebody who sends requests.
#[derive(Clone, Debug)]
pub struct User {
    port: Arc<AtomicU16>,
    pub name: String,
    pub project_id: String,
    pub token: Option<String>,
}

impl User {
    /// The same person and token at another server.
    pub fn at(&self, salon: &Salon) -> Self {
        Self { port: Arc::clone(&salon.port), ..self.clone() }
    }

    /// A connection for answers that may be cut.
    pub fn connect(&self) -> Connection {
        Connection::open(loopback(&self.port))
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        if let Some(token) = &self.token {
            all.push(("X-Auth-Token", token));
        }
        Connection::open(loopback(&self.port)).exchange(method, path, &all, body)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"")
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], b"")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    pub fn upload(&self, path: &str, bytes: &[u8]) -> Answer {
        self.send("PUT", path, &[("Content-Type", "application/octet-stream")], bytes)
    }

    /// Creates a raw image and returns its path.
    pub fn create_image(&self, name: &str) -> String {
        let body = json!({"name": name, "disk_format": "raw", "container_format": "bare"});
        let answer = self.post("/v2/images", &body);
        assert_eq!(answer.status, 201, "{answer:?}");
        format!("/v2/images/{}", answer.json()["id"].as_str().unwrap())
    }

    /// Creates a raw image with data and returns its path.
    pub fn image_with(&self, name: &str, bytes: &[u8]) -> String {
        let image = self.create_image(name);
        let answer = self.upload(&format!("{image}/file"), bytes);
        assert_eq!(answer.status, 204, "{answer:?}");
        image
    }

    pub fn status_of(&self, image: &str) -> String {
        self.get(image).json()["status"].as_str().unwrap().to_owned()
    }
}

/// Bytes that look like no image format and like no other offset of themselves.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
