//! Outages: a database or an identity service that goes away in one of several ways. What must still work works, the rest
//! is refused soon, in the words of each dialect, and everything is as before when the outage is over, without a restart.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and its counts are printed"
)]

mod common;
#[path = "outages/disk.rs"]
mod disk;
#[path = "outages/sqlite.rs"]
mod sqlite;

use std::{
    thread,
    time::{Duration, Instant},
};

use common::{
    PATIENCE, Salon, Setup, User,
    aws::Caller,
    database::Database,
    envelope::{Dialect, flaw},
    http::Answer,
    keystone_settings, noise,
    outage::{Line, Outage},
    process::Held,
};
use rustix::process::Signal;
use serde_json::json;

/// Connections that the server may have to its database.
const POOL: usize = 4;

/// Everybody who calls, and an image with data.
struct World {
    alice: User,
    signed: Caller,
    login: serde_json::Value,
    old_login: serde_json::Value,
    image: String,
    /// To be deleted by whoever can.
    victim: String,
}

/// Far more than the buffers of both sockets hold.
const LENGTH: usize = 24 << 20;

impl World {
    fn of(salon: &Salon) -> Self {
        let alice = salon.alice();
        let (password, project) = (salon.sample("alice", "password"), salon.sample("alice", "project_name"));
        let user = json!({"name": "alice", "domain": {"id": "default"}, "password": password});
        Self {
            image: alice.image_with("there before", &noise(LENGTH)),
            victim: alice.create_image("to be deleted"),
            signed: salon.aws("alice"),
            login: json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}}),
            old_login: json!({"auth": {
                "passwordCredentials": {"username": "alice", "password": password},
                "tenantName": project,
            }}),
            alice,
        }
    }

    /// A request to each dialect, all at once; none of them can be answered without the database.
    fn ask_everywhere(&self) -> Vec<(Dialect, String, Answer, Duration)> {
        let image = &self.image;
        let v1 = image.replace("/v2/", "/v1/");
        let accept = [("Accept", "application/json")];
        let with = |method: &'static str, path: String, body: &'static str| {
            move || self.alice.send(method, &path, &accept, body.as_bytes())
        };
        type Ask<'a> = Box<dyn Fn() -> Answer + Send + 'a>;
        let asks: Vec<(Dialect, &str, Ask<'_>)> = vec![
            (Dialect::Image, "v2 list", Box::new(with("GET", "/v2/images".to_owned(), ""))),
            (Dialect::Image, "v2 show", Box::new(with("GET", image.clone(), ""))),
            (Dialect::Image, "v2 create", Box::new(with("POST", "/v2/images".to_owned(), "{}"))),
            (Dialect::Image, "v2 download", Box::new(with("GET", format!("{image}/file"), ""))),
            (Dialect::Image, "v2 invite", Box::new(with("POST", format!("{image}/members"), "{\"member\": \"x\"}"))),
            (Dialect::Image, "v2 delete", Box::new(with("DELETE", self.victim.clone(), ""))),
            (Dialect::Image, "v1 list", Box::new(with("GET", "/v1/images".to_owned(), ""))),
            (Dialect::Image, "v1 invite", Box::new(with("PUT", format!("{v1}/members/x"), ""))),
            (Dialect::Rackspace, "rackspace list", Box::new(with("GET", "/rackspace/v2/images".to_owned(), ""))),
            (Dialect::IdentityV3, "v3 list", Box::new(with("GET", "/identity/v3/auth/projects".to_owned(), ""))),
            (Dialect::IdentityV3, "v3 login", Box::new(|| self.alice.post("/identity/v3/auth/tokens", &self.login))),
            (Dialect::IdentityV2, "v2.0 login", Box::new(|| self.alice.post("/identity/v2.0/tokens", &self.old_login))),
            (Dialect::Chime, "chime list", Box::new(|| self.signed.get("/accounts"))),
            (Dialect::Chime, "chime create", Box::new(|| self.signed.post("/accounts", &json!({"Name": "x"})))),
        ];
        thread::scope(|scope| {
            let running: Vec<_> = asks
                .into_iter()
                .map(|(dialect, name, ask)| {
                    scope.spawn(move || {
                        let began = Instant::now();
                        (dialect, name.to_owned(), ask(), began.elapsed())
                    })
                })
                .collect();
            running.into_iter().map(|asked| asked.join().unwrap()).collect()
        })
    }

    /// Everything is refused for now, in each dialect's words; answers how long that took at most.
    fn is_refused(&self) -> Duration {
        let mut longest = Duration::ZERO;
        for (dialect, name, answer, took) in self.ask_everywhere() {
            assert_eq!(answer.status, 503, "{name}: {answer:?}");
            assert!(answer.header("retry-after").is_some(), "{name}: {answer:?}");
            assert_eq!(flaw(dialect, &answer), None, "{name}: {answer:?}");
            longest = longest.max(took);
        }
        longest
    }
}

/// Waits until a request succeeds; until then it is refused as in the outage.
fn served_again(ask: impl Fn() -> Answer) -> Duration {
    let began = Instant::now();
    loop {
        let answer = ask();
        match answer.status {
            200..=299 => return began.elapsed(),
            503 => assert!(began.elapsed() < PATIENCE, "{answer:?}"),
            _ => panic!("{answer:?}"),
        }
    }
}

/// SQLite's connections for reading stay open once they are.
const FEW_READERS: &str = "[database]\nmax_pool_size = 2\n";

/// Waits until the server holds no more than before, but for connections for reading with two descriptors each.
fn let_go(salon: &Salon, before: Held) {
    salon.wait_held(before.threads, before.descriptors + 2 * 2);
}

fn health(salon: &Salon) -> Answer {
    salon.nobody().send("GET", "/healthcheck", &[("Accept", "application/json")], b"")
}

fn settings(outage: &Outage) -> String {
    format!(
        "[database]\nconnection = {:?}\nmax_pool_size = {POOL}\npool_timeout = 3\nstatement_timeout = 3\n[healthcheck]\ndetailed = true\n",
        outage.url()
    )
}

/// F-14, F-24.
fn a_database_goes_away(database: Database, line: Line) {
    let outage = Outage::before(database);
    let salon = Setup::config(&settings(&outage)).start();
    let world = World::of(&salon);
    let before = salon.held();
    let others = before.descriptors - usize::try_from(outage.sessions()).unwrap();
    world.ask_everywhere();
    served_again(|| world.alice.post("/v2/images", &json!({"name": "before"})));
    let image = world.alice.image_with("read meanwhile", &noise(LENGTH));

    let token = world.alice.token.clone().unwrap();
    let mut download = salon.connect();
    download.head("GET", &format!("{image}/file"), &[("X-Auth-Token", token.as_str())], None);
    assert_eq!(download.socket.peek(&mut [0]).unwrap(), 1);

    outage.set(line);
    let longest = world.is_refused();
    // More at once than there are connections, so that each has to wait for its turn to find out.
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| world.is_refused());
        }
    });
    let unhealthy = health(&salon);
    assert_eq!(unhealthy.status, 503);
    let words = unhealthy.json();
    let database = words["reasons"].as_array().unwrap().iter().find(|reason| reason["class"] == "Database").unwrap();
    assert_eq!(database["reason"], "FAILED", "{words}");
    // What was authorised before goes on to its end.
    assert!(download.answer(false).is_some_and(|answer| answer.body == noise(LENGTH)), "the download was cut");

    outage.set(Line::Open);
    let recovered = served_again(|| world.alice.post("/v2/images", &json!({"name": "afterwards"})));
    assert_eq!(world.alice.get(&world.image).status, 200);
    served_again(|| world.alice.delete(&world.image));
    while health(&salon).status != 200 {
        thread::yield_now();
    }
    drop(download);
    let sessions = usize::try_from(outage.sessions()).unwrap();
    assert!(sessions <= POOL, "{sessions} connections on the side of the database");
    salon.wait_held(before.threads, others + POOL);
    eprintln!("{line:?}: refused within {longest:?}, served again after {recovered:?}");
}

/// F-14: cut after each of many bytes of the database's answers. Whatever was acknowledged is there, and nothing is there
/// twice.
fn a_database_is_cut_at(database: Database) {
    let outage = Outage::before(database);
    let salon = Setup::config(&settings(&outage)).start();
    let alice = salon.alice();
    let image = alice.create_image("shared");
    let members = format!("{image}/members");
    let step = if common::long() { 8 } else { 400 };
    let (mut cuts, mut acknowledged) = (0, 0);
    for bytes in (0..).step_by(step) {
        // A warm connection, so that the cut falls into the request and not into a login.
        served_again(|| alice.get(&image));
        outage.set(Line::CutAfter(bytes));
        let name = format!("member-{bytes}");
        let answer = alice.post(&members, &json!({"member": name}));
        outage.set(Line::Open);
        match answer.status {
            200 => acknowledged += 1,
            503 => assert!(answer.header("retry-after").is_some(), "{answer:?}"),
            _ => panic!("after {bytes} bytes: {answer:?}"),
        }
        cuts += 1;
        let again = loop {
            let again = alice.post(&members, &json!({"member": name}));
            if again.status != 503 {
                break again.status;
            }
        };
        assert!(again == 409 || (again == 200 && answer.status == 503), "after {bytes} bytes: {again}");
        let listed = alice.get(&members).json();
        let count = listed["members"].as_array().unwrap().iter().filter(|row| row["member_id"] == *name).count();
        assert_eq!(count, 1, "after {bytes} bytes");
        assert_eq!(alice.delete(&format!("{members}/{name}")).status, 204);
        // The whole request has passed, and once more: no later cut would fall into it.
        if acknowledged == 2 {
            break;
        }
    }
    assert!(cuts > 2, "no cut fell into a request");
    eprintln!("cut at {cuts} places, every {step} bytes");
}

/// F-24: a line of a few kilobytes a second.
fn a_database_is_far_away(database: Database) {
    let outage = Outage::before(database);
    let salon = Setup::config(&settings(&outage)).start();
    let alice = salon.alice();
    let image = alice.create_image("shared");
    outage.set(Line::Slow(Duration::from_millis(20)));
    assert_eq!(alice.post(&format!("{image}/members"), &json!({"member": "x"})).status, 200);
    assert_eq!(alice.get(&format!("{image}/members/x")).status, 200);
    assert_eq!(alice.delete(&format!("{image}/members/x")).status, 204);
    assert_eq!(alice.upload(&format!("{image}/file"), &noise(100_000)).status, 204);
    outage.set(Line::Open);
    assert!(alice.get(&format!("{image}/file")).body == noise(100_000));
}

/// F-14: the server says why it does not start, and starts when the database is there.
fn a_database_is_away_at_the_start(database: Database) {
    let outage = Outage::before(database);
    let mut salon = Setup::config(&settings(&outage)).start();
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    for line in [Line::Refused, Line::Cut, Line::Silent] {
        outage.set(line);
        let ended = salon.serve_command().stderr(std::process::Stdio::piped()).output().unwrap();
        assert!(!ended.status.success(), "{line:?}");
        let words = String::from_utf8(ended.stderr).unwrap();
        assert!(words.contains("database"), "{line:?}: {words}");
    }
    outage.set(Line::Open);
    salon.restart();
    assert_eq!(salon.alice().get("/v2/images").status, 200);
}

macro_rules! on_both_servers {
    ($($module:ident: $test:ident($($argument:expr)?);)*) => {$(
        mod $module {
            use super::*;

            #[test]
            fn postgres() {
                super::$test(Database::Postgres $(, $argument)?);
            }

            #[test]
            fn mariadb() {
                super::$test(Database::MariaDb $(, $argument)?);
            }
        }
    )*};
}

on_both_servers! {
    f_14_a_database_that_refuses: a_database_goes_away(Line::Refused);
    f_14_a_database_that_hangs_up: a_database_goes_away(Line::Cut);
    f_24_a_database_that_falls_silent: a_database_goes_away(Line::Silent);
    f_14_a_database_cut_in_the_middle: a_database_is_cut_at();
    f_24_a_database_far_away: a_database_is_far_away();
    f_14_a_database_away_at_the_start: a_database_is_away_at_the_start();
}

/// F-21: another Salon is the Keystone.
#[test]
fn f_21_an_identity_service_that_goes_away() {
    let keystone = Salon::new();
    let line = Outage::to(keystone.address());
    let start = |cache_seconds: u32| {
        let config = format!(
            "{FEW_READERS}{}http_request_timeout = 3\ntoken_cache_time = {cache_seconds}\n\
             [rackspace]\nenabled = true\n[image_v1]\nenabled = true\n[chime]\nenabled = true\n",
            keystone_settings(&keystone, line.address()),
        );
        Setup::without_samples(&config).start()
    };
    let (salon, forgetful) = (start(3600), start(1));
    let alice = keystone.alice();
    let (here, there) = (alice.at(&salon), alice.at(&forgetful));
    let image = here.image_with("there before", b"0123456789");
    assert_eq!(there.get("/v2/images").status, 200);
    let before = salon.held();
    let mut longest = Duration::ZERO;
    for how in [Line::Refused, Line::Cut, Line::Silent] {
        line.set(how);
        // Whom the server knows it goes on serving, whatever they do.
        assert_eq!(here.get(&format!("{image}/file")).body, b"0123456789");
        assert_eq!(here.post("/v2/images", &json!({"name": "meanwhile"})).status, 201);
        // But not beyond the time for which it may believe what it was told.
        let began = Instant::now();
        while there.get("/v2/images").status == 200 {
            assert!(began.elapsed() < PATIENCE);
        }
        // Who is new cannot be judged, which is not a refusal.
        let bob = keystone.bob().at(&salon);
        let accept = [("Accept", "application/json")];
        for (dialect, path) in [
            (Dialect::Image, "/v2/images"),
            (Dialect::Image, "/v1/images"),
            (Dialect::Rackspace, "/rackspace/v2/images"),
        ] {
            let began = Instant::now();
            let answer = bob.send("GET", path, &accept, b"");
            longest = longest.max(began.elapsed());
            assert_eq!(answer.status, 503, "{how:?} {path}: {answer:?}");
            assert!(answer.header("retry-after").is_some(), "{how:?} {path}: {answer:?}");
            assert_eq!(flaw(dialect, &answer), None, "{how:?} {path}");
        }
        let answer = keystone.aws("bob").at(&salon).get("/accounts");
        assert_eq!((answer.status, flaw(Dialect::Chime, &answer)), (503, None), "{how:?}: {answer:?}");
        assert_eq!(salon.nobody().get("/healthcheck").status, 200);
        line.set(Line::Open);
        served_again(|| bob.get("/v2/images"));
        served_again(|| there.get("/v2/images"));
        assert_eq!(salon.nobody().send("GET", "/v2/images", &[("X-Auth-Token", "no token")], b"").status, 401);
    }
    let_go(&salon, before);
    eprintln!("undecided within {longest:?}");
}
