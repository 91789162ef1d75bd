//! `salon demo`: the main job, visibly, on a real server.

mod rooms;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, channel},
};

use clap::Args;
use salon_core::{Error, Result};
use salon_http::kit::Phase;
use salon_identity::Person;
use serde_json::{Value, json};

use crate::{
    client::{self, Answer},
    config::Loaded,
    dev::Samples,
    output::{Paint, say},
    serve::{self, Ready},
};

/// The data directory when none is named.
const DIRECTORY: &str = "salon-data-demo";
/// Directories that are tried when a demo is running already.
const DIRECTORIES: u32 = 100;
/// Bytes of the sample image.
const IMAGE_BYTES: usize = 64 << 10;
/// Longest body that is printed.
const SHOWN_CHARS: usize = 1200;

/// `salon demo`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Stop after the story instead of serving on.
    #[arg(long)]
    once: bool,
}

/// The command. `named` says that the data directory was named by the person.
///
/// # Errors
/// The server could not be started, or an answer was not what it should be.
pub(crate) fn run(mut loaded: Loaded, options: &Options, named: bool) -> Result<()> {
    let config = &mut loaded.config;
    if !named {
        config.server.data_dir = free_directory()?;
    }
    if !loaded.level_given {
        "warn".clone_into(&mut config.log.level);
    }
    config.server.public_endpoint = None;
    config.server.listen = vec![free_address()];
    let directory = config.server.data_dir.clone();
    let once = options.once;
    let (tell, told) = channel();
    serve::run_until_stopped(loaded, true, move |ready| {
        // The server needs this thread; the story has its own.
        std::thread::spawn(move || {
            let stop = ready.stop.clone();
            let ended = Story::new(&ready, &directory).and_then(|story| story.tell(once));
            let failed = ended.is_err();
            let _ = tell.send(ended);
            if once || failed {
                stop.send_replace(Phase::Drain);
            }
        });
    })?;
    outcome(&told)
}

/// How the story ended. A server that was stopped before its end is no failure.
fn outcome(told: &Receiver<Result<()>>) -> Result<()> {
    told.try_recv().unwrap_or(Ok(()))
}

/// A directory that no running demo has.
fn free_directory() -> Result<PathBuf> {
    for number in 1..=DIRECTORIES {
        let name = if number == 1 { DIRECTORY.to_owned() } else { format!("{DIRECTORY}-{number}") };
        let path = PathBuf::from(name);
        crate::data_dir::make(&path)?;
        if crate::data_dir::lock(&path).is_ok() {
            return Ok(path);
        }
    }
    Err(Error::conflict(format!("{DIRECTORIES} demos are running here; name a directory with --data")))
}

/// The usual address, or a free port when it is taken.
fn free_address() -> SocketAddr {
    let usual = SocketAddr::from(([127, 0, 0, 1], 9292));
    match TcpListener::bind(usual) {
        Ok(_) => usual,
        Err(_) => SocketAddr::from(([127, 0, 0, 1], 0)),
    }
}

struct Story<'a> {
    address: SocketAddr,
    samples: &'a Samples,
    alice: &'a Person,
    bob: &'a Person,
    /// The sample image, and where bob's copy goes.
    image: PathBuf,
    copy: PathBuf,
    paint: Paint,
}

/// A request as it is sent and as it is printed.
struct Step<'a> {
    method: &'a str,
    path: &'a str,
    /// The variable with the token in the printed line, and the token.
    token: (&'a str, &'a str),
    json: Option<Value>,
    /// File whose content is sent.
    file: Option<&'a Path>,
    /// File that gets the answer in the printed line.
    output: Option<&'a Path>,
    status: u16,
}

impl<'a> Story<'a> {
    fn new(ready: &'a Ready, directory: &Path) -> Result<Self> {
        let missing = || Error::internal("the sample users are missing");
        let samples = ready.samples.as_ref().ok_or_else(missing)?;
        let person = |name: &str| samples.people.iter().find(|person| person.name == name).ok_or_else(missing);
        let directory = std::path::absolute(directory).map_err(failed)?;
        Ok(Self {
            address: *ready.addresses.first().ok_or_else(missing)?,
            samples,
            alice: person("alice")?,
            bob: person("bob")?,
            image: directory.join("demo-image.raw"),
            copy: directory.join("demo-download.raw"),
            paint: Paint::for_stdout(),
        })
    }

    fn tell(&self, once: bool) -> Result<()> {
        let (alpha, beta) = (&self.alice.project_id, &self.bob.project_id);
        let content: Vec<u8> = (0..IMAGE_BYTES).map(|at| (at.wrapping_mul(31) >> 3) as u8).collect();
        std::fs::write(&self.image, &content).map_err(failed)?;
        say(self.paint.strong("Salon: one image, two projects, one guest list"));
        say(format!("The server is real and answers at {}. Every line works as typed.", self.samples.base));

        self.title("alice of project alpha and bob of project beta log in");
        let alice = ("ALICE", self.log_in(self.alice, "ALICE")?);
        let bob = ("BOB", self.log_in(self.bob, "BOB")?);
        let (alice, bob) = ((alice.0, alice.1.as_str()), (bob.0, bob.1.as_str()));

        self.title("alice creates an image and uploads its data");
        let body = json!({"name": "demo", "disk_format": "raw", "container_format": "bare", "visibility": "shared"});
        let created = self.step(&Step { json: Some(body), ..Step::new("POST", "/v2/images", alice, 201) })?;
        let created: Value = serde_json::from_slice(&created.body).map_err(failed)?;
        let id = created.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let image = format!("/v2/images/{id}");
        let file = format!("{image}/file");
        let members = format!("{image}/members");
        let guest = format!("{members}/{beta}");
        self.step(&Step { file: Some(&self.image), ..Step::new("PUT", &file, alice, 204) })?;
        let shown = self.step(&Step::new("GET", &image, alice, 200))?;
        let shown: Value = serde_json::from_slice(&shown.body).map_err(failed)?;
        let digest = shown.get("os_hash_value").and_then(Value::as_str).unwrap_or_default();

        self.title("For bob it does not exist");
        self.step(&Step::new("GET", &image, bob, 404))?;

        self.title(&format!("alice invites project beta ({beta})"));
        let invitation = Some(json!({"member": beta}));
        self.step(&Step { json: invitation, ..Step::new("POST", &members, alice, 200) })?;

        self.title("bob sees the invitation, and the image is not in his list yet");
        self.step(&Step::new("GET", &guest, bob, 200))?;
        self.step(&Step::new("GET", "/v2/images", bob, 200))?;

        self.title("bob accepts; now it is in his list");
        let accepted = Some(json!({"status": "accepted"}));
        self.step(&Step { json: accepted, ..Step::new("PUT", &guest, bob, 200) })?;
        self.step(&Step::new("GET", "/v2/images", bob, 200))?;

        self.title("bob downloads it, and has what alice uploaded");
        let downloaded = self.step(&Step { output: Some(&self.copy), ..Step::new("GET", &file, bob, 200) })?;
        std::fs::write(&self.copy, &downloaded.body).map_err(failed)?;
        self.verify(&downloaded, &content, digest)?;

        self.title("alice revokes; from this moment it does not exist for bob");
        self.step(&Step::new("DELETE", &guest, alice, 204))?;
        self.step(&Step::new("GET", &image, bob, 404))?;
        self.step(&Step::new("GET", &file, bob, 404))?;

        self.rooms()?;

        say(format!(
            "\n{}",
            self.paint.strong("That was it. Invite, accept, download, revoke; and in and out of a room.")
        ));
        if !once {
            say(format!("(alpha is project {alpha}, beta is project {beta}.)\n"));
            say(self.samples.words());
            say(format!(
                "The data is in {}. Ctrl-C stops the server.",
                self.image.parent().unwrap_or(Path::new(".")).display()
            ));
        }
        Ok(())
    }

    fn title(&self, text: &str) {
        say(format!("\n{}", self.paint.strong(&format!("── {text}"))));
    }

    /// Logs in; the printed line leaves the token in a variable of the shell.
    fn log_in(&self, person: &Person, variable: &str) -> Result<String> {
        let domain = json!({"id": "default"});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": person.name, "domain": domain, "password": person.password.reveal(),
            }}},
            "scope": {"project": {"name": person.project, "domain": domain}},
        }})
        .to_string();
        let path =
            format!("{}/v3/auth/tokens", self.samples.identity.strip_prefix(&self.samples.base).unwrap_or("/identity"));
        say(format!(
            "{} {variable}=$(curl -s -o /dev/null -D - -H 'Content-Type: application/json' -d '{body}' \
             {}{path} | tr -d '\\r' | sed -n 's/^x-subject-token: //ip')",
            self.paint.faint("$"),
            self.samples.base
        ));
        let answer =
            client::send(self.address, "POST", &path, &[("Content-Type", "application/json")], body.as_bytes())
                .map_err(failed)?;
        self.show(&answer, 201, false)?;
        answer
            .header("x-subject-token")
            .map(str::to_owned)
            .ok_or_else(|| Error::internal("the answer to a login has no token"))
    }

    fn step(&self, step: &Step<'_>) -> Result<Answer> {
        say(format!("{} {}", self.paint.faint("$"), step.curl(&self.samples.base)));
        let mut headers = vec![("X-Auth-Token", step.token.1)];
        let body = match (&step.json, step.file) {
            (Some(json), _) => {
                headers.push(("Content-Type", "application/json"));
                json.to_string().into_bytes()
            }
            (None, Some(file)) => {
                headers.push(("Content-Type", "application/octet-stream"));
                std::fs::read(file).map_err(failed)?
            }
            (None, None) => Vec::new(),
        };
        let answer = client::send(self.address, step.method, step.path, &headers, &body).map_err(failed)?;
        self.show(&answer, step.status, step.output.is_none())?;
        Ok(answer)
    }

    /// Prints an answer; another status than the expected one ends the story.
    fn show(&self, answer: &Answer, expected: u16, body: bool) -> Result<()> {
        let line = format!("{} {}", answer.status, answer.reason);
        let fits = answer.status == expected;
        say(if fits { self.paint.good(&line) } else { self.paint.bad(&line) });
        if body && !answer.body.is_empty() {
            let text = String::from_utf8_lossy(&answer.body);
            let text = text.trim();
            let shown = text.get(..text.floor_char_boundary(SHOWN_CHARS)).unwrap_or_default();
            say(if shown.len() < text.len() { format!("{shown} …") } else { shown.to_owned() });
        }
        if fits { Ok(()) } else { Err(Error::internal(format!("the demo expected status {expected}, and got {line}"))) }
    }

    fn verify(&self, downloaded: &Answer, content: &[u8], recorded: &str) -> Result<()> {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, &downloaded.body);
        let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let same = downloaded.body == content && digest == recorded;
        let short = digest.get(..16).unwrap_or_default();
        let line = format!(
            "{} bytes, SHA-512 {short}… – {}",
            downloaded.body.len(),
            if same { "the same" } else { "NOT the same" }
        );
        say(if same { self.paint.good(&line) } else { self.paint.bad(&line) });
        if same { Ok(()) } else { Err(Error::internal("the download is not what was uploaded")) }
    }
}

impl<'a> Step<'a> {
    fn new(method: &'a str, path: &'a str, token: (&'a str, &'a str), status: u16) -> Self {
        Self { method, path, token, json: None, file: None, output: None, status }
    }

    /// The same request for curl.
    fn curl(&self, base: &str) -> String {
        let mut line = String::from("curl -s");
        if self.output.is_none() {
            line.push('i');
        }
        // curl takes GET by itself, and POST when there is data.
        let implied = matches!((self.method, &self.json), ("GET", None) | ("POST", Some(_)));
        if !implied {
            line.push_str(&format!(" -X {}", self.method));
        }
        line.push_str(&format!(" -H \"X-Auth-Token: ${}\"", self.token.0));
        if let Some(json) = &self.json {
            line.push_str(&format!(" -H 'Content-Type: application/json' -d '{json}'"));
        }
        if let Some(file) = self.file {
            line.push_str(&format!(" -H 'Content-Type: application/octet-stream' --data-binary @{}", quoted(file)));
        }
        if let Some(output) = self.output {
            line.push_str(&format!(" -o {}", quoted(output)));
        }
        line.push_str(&format!(" {base}{}", self.path));
        line
    }
}

/// A path for the shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte));
    if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn failed(error: impl Into<io::Error>) -> Error {
    Error::internal("the demo could not go on").with_source(error.into())
}
