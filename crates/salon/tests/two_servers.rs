//! Two servers on one database and one store, and many clients that share a few images and rooms at once through all
//! dialects. Everything each client saw of each object must be what the reference model shows for some order of the calls,
//! one after the other, that agrees with the times (F-23, P3, P4).
//!
//! `SALON_PROOF=long` runs ten million requests; `SALON_SEED` repeats the choice of operations (what meets what at which instant
//! no seed can repeat).

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(clippy::print_stderr, reason = "the seed and the counts of a proof")]

mod common;
#[path = "two_servers/guests.rs"]
mod guests;
#[path = "two_servers/history.rs"]
mod history;
#[path = "two_servers/image.rs"]
mod image;
#[path = "two_servers/load.rs"]
mod load;
#[path = "two_servers/room.rs"]
mod room;
#[path = "two_servers/source.rs"]
mod source;
#[path = "two_servers/talk.rs"]
mod talk;
#[path = "two_servers/wire.rs"]
mod wire;

use std::{
    io::Write,
    net::TcpListener,
    process::Stdio,
    time::{Duration, Instant},
};

use common::{Salon, Setup, User, bot::Bot, database::Database};
use load::{Counts, ROOMS, run};
use room::PERSONS;
use serde_json::json;
use wire::World;

/// Requests of the short form and of the long one, each on every database.
const REQUESTS: (u64, u64) = (34_000, 3_400_000);
/// The short form ends after this time at the latest, with what it has done by then.
const TIME: Duration = Duration::from_secs(100);

/// Servers, and what both have in common.
struct Scene {
    world: World,
    _second: Option<Salon>,
    first: Salon,
    _bot: Bot,
    _home: tempfile::TempDir,
}

impl Scene {
    fn on(database: Database) -> Self {
        let home = tempfile::Builder::new().prefix("salon-both-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut config = format!(
            "[store]\nfilesystem_store_datadir = {:?}\n[image_v1]\nenabled = true\n\
             [rackspace]\nenabled = true\nget_per_minute = 0\npost_per_minute = 0\nput_per_minute = 0\n\
             patch_per_minute = 0\ndelete_per_minute = 0\n\
             [outbound]\nports = []\nallowed_networks = [\"127.0.0.1\"]\n{}enabled = true\nrequests_per_second = 0\n",
            home.path().join("images"),
            Bot::settings(),
        );
        // The first server has the database that is removed in the end; it is dropped last.
        let mut first = Setup { database, ..Setup::config(&config) }.start();
        let (second, addresses) = match database {
            // One process has the data to itself: it gets a second listener.
            Database::Sqlite => {
                let other = listen_twice(&mut first);
                let addresses = [first.address(), other];
                (None, addresses)
            }
            Database::Postgres | Database::MariaDb => {
                let url = first.database_url().unwrap();
                config.push_str(&format!("\n[database]\nconnection = {url:?}\n"));
                let second = Setup::without_samples(&config).start();
                let addresses = [first.address(), second.address()];
                (Some(second), addresses)
            }
        };
        let bot = Bot::start();
        let world = world(&first, addresses, &bot);
        Self { world, _second: second, first, _bot: bot, _home: home }
    }
}

/// Starts the server again with one more address.
fn listen_twice(salon: &mut Salon) -> std::net::SocketAddr {
    salon.signal(rustix::process::Signal::TERM);
    assert!(salon.wait().success());
    // Free a moment ago; nothing else here asks for a port by its number.
    let other = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = salon.serve_command();
    command.args(["--listen", &other.to_string()]);
    salon.spawn_command(command);
    other
}

fn world(salon: &Salon, servers: [std::net::SocketAddr; 2], bot: &Bot) -> World {
    for project in ["gamma", "delta"] {
        salon.told(&["project", "create", project]);
    }
    let guests = [salon.bob(), somebody(salon, "carol", "gamma"), somebody(salon, "dave", "delta")];
    let people = [salon.alice()].into_iter().chain(guests).chain([salon.admin()]);
    let account = format!("/accounts/{}", salon.enterprise("Shared", "alpha"));
    let alice = salon.aws("alice");
    let persons = (0..PERSONS)
        .map(|number| {
            let body = json!({"Email": format!("p{number}@example.com"), "Username": "P"});
            alice.made(&format!("{account}/users?operation=create"), &body, "/User/UserId")
        })
        .collect();
    let mut persons: Vec<String> = persons;
    let bots = (0..ROOMS).map(|_| {
        let id = alice.made(&format!("{account}/bots"), &json!({"DisplayName": "bot"}), "/Bot/BotId");
        // Bots that could not be told anything cannot be in rooms.
        let endpoint = json!({"OutboundEventsHTTPSEndpoint": bot.url()});
        assert_eq!(alice.put(&format!("{account}/bots/{id}/events-configuration"), &endpoint).status, 201);
        id
    });
    let bots = bots.collect();
    // Lists of members are in the order of their ids.
    persons.sort();
    World {
        servers,
        people: people.map(|user| (user.project_id, user.token.unwrap())).collect(),
        key: alice.key.unwrap(),
        account,
        persons,
        bots,
        source: format!("http://{}", source::start()),
    }
}

fn somebody(salon: &Salon, name: &str, project: &str) -> User {
    let password = format!("password of {name}");
    let mut command =
        salon.command(&["user", "create", name, "--project", project, "--role", "member", "--password-stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    assert!(child.wait().unwrap().success());
    salon.log_in(name, &password, project)
}

fn linearizable(database: Database) {
    let seed = std::env::var("SALON_SEED").map_or_else(|_| common::aws::now(), |text| text.parse().unwrap());
    let (requests, time) = if common::long() { (REQUESTS.1, Duration::MAX) } else { (REQUESTS.0, TIME) };
    let requests = std::env::var("SALON_REQUESTS").map_or(requests, |text| text.parse().unwrap());
    eprintln!("two servers on {database:?}: SALON_SEED={seed}");
    let scene = Scene::on(database);
    let began = Instant::now();
    let mut counts = Counts::default();
    while counts.requests < requests && began.elapsed() < time {
        run(&scene.world, &scene.first, seed, &mut counts);
    }
    let seconds = began.elapsed().as_secs();
    eprintln!("two servers on {database:?}: seed {seed}, {counts}, 0 violations, {seconds} s");
    assert!(counts.objects > 0);
}

#[test]
fn f23_sqlite_two_listeners() {
    linearizable(Database::Sqlite);
}

#[test]
fn f23_postgres_two_servers() {
    linearizable(Database::Postgres);
}

#[test]
fn f23_mariadb_two_servers() {
    linearizable(Database::MariaDb);
}
