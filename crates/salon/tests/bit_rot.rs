//! Damage at rest (P5, F-10, F-11, F-12): single bits, and whole files, changed below a running server. None of it may be
//! served as good, and all of it is found by `salon check` and by the scrub.
//!
//! `SALON_PROOF=long` has a thousand times as many flips; `SALON_SEED` repeats a run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod common;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    os::unix::fs::FileExt,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use common::{Salon, Setup, User, database::Database, http::Answer, long, noise};
use rustix::process::Signal;

/// Bytes of a block that has a sum of its own.
const BLOCK: usize = 256 * 1024;

/// Dice that fall the same way for the same seed.
struct Dice(u64);

impl Dice {
    /// Seeded from outside, or by the process; prints the seed.
    fn new(what: &str) -> Self {
        let given = std::env::var("SALON_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()) | 1);
        eprintln!("{what}: SALON_SEED={seed}");
        Self::seeded(seed)
    }

    fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Others, which fall as these say.
    fn another(&mut self) -> Self {
        Self::seeded(self.below(1 << 40) as u64)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % end
    }
}

/// How much: a thousandth of it in the short form.
fn times(short: usize) -> usize {
    if long() { short * 1000 } else { short }
}

/// The files of an image: its data and the sums of its blocks.
struct Stored {
    id: String,
    data: PathBuf,
    sums: PathBuf,
    bytes: Vec<u8>,
}

impl Stored {
    fn upload(salon: &Salon, user: &User, bytes: Vec<u8>) -> Self {
        let image = user.image_with("at rest", &bytes);
        let id = image.rsplit('/').next().unwrap().to_owned();
        let images = salon.data().join("images");
        let name = fs::read_dir(&images)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .find(|name| name.starts_with(&id))
            .unwrap();
        Self { data: images.join(&name), sums: images.join(".sums").join(&name), id, bytes }
    }

    fn whole(&self, user: &User) -> Option<Answer> {
        fetch(user, &format!("/v2/images/{}/file", self.id), None)
    }

    fn part(&self, user: &User, from: usize, to: usize) -> Option<Answer> {
        fetch(user, &format!("/v2/images/{}/file", self.id), Some(format!("bytes={from}-{}", to - 1)))
    }

    fn v1(&self, user: &User) -> Option<Answer> {
        fetch(user, &format!("/v1/images/{}", self.id), None)
    }

    fn flip(&self, place: &Place) {
        let file =
            File::options().read(true).write(true).open(if place.sums { &self.sums } else { &self.data }).unwrap();
        let mut byte = [0];
        file.read_exact_at(&mut byte, place.at as u64).unwrap();
        file.write_all_at(&[byte[0] ^ 1 << place.bit], place.at as u64).unwrap();
    }
}

/// An answer; `None` when it was cut.
fn fetch(user: &User, path: &str, range: Option<String>) -> Option<Answer> {
    let mut headers = vec![("X-Auth-Token", user.token.as_deref().unwrap())];
    headers.extend(range.as_deref().map(|range| ("Range", range)));
    let mut connection = user.connect();
    connection.head("GET", path, &headers, None);
    connection.answer(false)
}

/// That damage was not served: cut, or refused with a status that says whose fault it is.
fn assert_not_served(answer: Option<Answer>, what: &str) {
    if let Some(answer) = answer {
        assert!((500..600).contains(&answer.status), "{what}: {} with {} bytes", answer.status, answer.body.len());
    }
}

/// Where a bit is flipped.
#[derive(Debug)]
struct Place {
    sums: bool,
    at: usize,
    bit: usize,
}

impl Place {
    /// Header, middle, last block, any byte; and the sums' head, sums and last bytes.
    fn choose(dice: &mut Dice, stored: &Stored) -> Self {
        let (length, sums) = (stored.bytes.len(), fs::metadata(&stored.sums).unwrap().len() as usize);
        let last = (length - 1) / BLOCK * BLOCK;
        let (in_sums, from, to) = match dice.below(8) {
            0 => (false, 0, 512.min(length)),
            1 => (false, length / 2, (length / 2 + 512).min(length)),
            2 => (false, last, length),
            3 => (false, length - 1, length),
            4 | 5 => (false, 0, length),
            6 => (true, 0, 64),
            _ => (true, 0, sums),
        };
        Self { sums: in_sums, at: from + dice.below(to - from), bit: dice.below(8) }
    }
}

#[test]
fn f_11_no_flipped_bit_is_served_as_good() {
    let salon = Salon::new();
    let alice = salon.alice();
    let mut dice = Dice::new("flips while serving");
    let stored: Vec<Stored> = [1, 4096, BLOCK, BLOCK + 1, 5 * BLOCK + 4321]
        .map(|length| Stored::upload(&salon, &alice, noise(length)))
        .into_iter()
        .collect();
    let (flips, began) = (times(1000), Instant::now());
    let mut in_sums = 0;
    for number in 0..flips {
        let stored = &stored[if number % 2 == 0 { 4 } else { dice.below(5) }];
        let place = Place::choose(&mut dice, stored);
        stored.flip(&place);
        let length = stored.bytes.len();
        let block = place.at / BLOCK * BLOCK;
        // Everything that touches the block; of damaged sums, everything.
        let from = if place.sums { dice.below(length) } else { block + dice.below((length - block).min(BLOCK)) };
        let to = from + 1 + dice.below((length - from).min(2 * BLOCK));
        let what = format!("flip {number}, {place:?} of {length} bytes, {from}-{to}");
        match number % 4 {
            0 => assert_not_served(stored.v1(&alice), &what),
            1 | 2 => assert_not_served(stored.whole(&alice), &what),
            _ => {}
        }
        assert_not_served(stored.part(&alice, from, to), &what);
        // The other blocks are as good as before.
        if !place.sums && block > 0 {
            let part = stored.part(&alice, block - 1, block).unwrap();
            assert!(part.status == 206 && part.body == stored.bytes[block - 1..block], "{what}");
        }
        in_sums += usize::from(place.sums);
        stored.flip(&place);
        if number % 16 == 0 {
            assert!(stored.whole(&alice).unwrap().body == stored.bytes, "after {what}");
        }
    }
    for stored in &stored {
        assert!(stored.whole(&alice).unwrap().body == stored.bytes);
    }
    assert!(salon.metric("salon_store_damaged_blocks_total") >= flips as u64);
    eprintln!("{flips} flips ({in_sums} in sums), 0 served, {:.1} s", began.elapsed().as_secs_f64());
}

/// Beyond the first bytes the status is out: the transfer is cut, logged once with image and place, and counted.
#[test]
fn f_11_a_damaged_block_far_from_the_start_cuts_the_transfer() {
    for sendfile in [true, false] {
        let salon = Setup::config(&format!("[server]\nsendfile = {sendfile}\n")).start();
        let alice = salon.alice();
        let stored = Stored::upload(&salon, &alice, noise(24 << 20));
        let place = Place { sums: false, at: (20 << 20) + 77, bit: 5 };
        // Verified a moment ago, and remembered as such.
        assert!(stored.whole(&alice).unwrap().body == stored.bytes);
        stored.flip(&place);
        assert!(stored.whole(&alice).is_none(), "the transfer is cut");
        salon.wait_metric("salon_http_blobs_cut_total", 1);
        assert_eq!(salon.metric("salon_http_blobs_cut_total"), 1);
        assert_eq!(salon.metric("salon_store_damaged_blocks_total"), 1);
        // What comes before it, and after it, is served.
        let part = stored.part(&alice, 20 << 20, (20 << 20) + 10);
        assert_eq!(part.unwrap().status, 500);
        assert!(stored.part(&alice, 0, 20 << 20).unwrap().body == stored.bytes[..20 << 20]);
        assert!(stored.part(&alice, 21 << 20, 24 << 20).unwrap().body == stored.bytes[21 << 20..]);
        let line = format!("image {}: data is damaged, block at byte {}", stored.id, 20 << 20);
        while salon.log().matches(&line).count() < 2 {
            thread::yield_now();
        }
        stored.flip(&place);
        assert!(stored.whole(&alice).unwrap().body == stored.bytes);
    }
}

/// What `salon check` says of each image.
fn check(salon: &Salon, arguments: &[&str]) -> BTreeMap<String, String> {
    let output = salon.command(&[&["check"], arguments].concat()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let found: BTreeMap<String, String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("image ")?.split_once(": "))
        .map(|(image, finding)| (image.to_owned(), finding.to_owned()))
        .collect();
    assert_eq!(output.status.success(), found.is_empty(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    found
}

/// A server whose scrub hardly pauses.
fn scrubbing() -> Salon {
    Setup::config("[scrub]\nperiod = 1\nbytes_per_second = 0\n[healthcheck]\ndetailed = true\n").start()
}

/// Waits for a pass that began after this was called.
fn wait_pass(salon: &Salon) {
    let passes = salon.metric("salon_scrub_passes_total");
    salon.wait_metric("salon_scrub_passes_total", passes + 2);
}

#[test]
fn f_11_every_flipped_bit_is_found_by_check_and_scrub() {
    let mut dice = Dice::new("flips at rest");
    // A round is mostly waiting for the scrub: the long form has eight servers beside each other.
    let servers = if long() { 8 } else { 1 };
    let (rounds, began) = (times(7) / servers, Instant::now());
    let dice: Vec<Dice> = (0..servers).map(|_| dice.another()).collect();
    let done = thread::scope(|scope| {
        let running: Vec<_> =
            dice.into_iter().map(|mut dice| scope.spawn(move || flips_at_rest(&mut dice, rounds))).collect();
        running.into_iter().map(|server| server.join().unwrap()).collect::<Vec<_>>()
    });
    let (flips, renewed) = done.iter().fold((0, 0), |sum, done| (sum.0 + done.0, sum.1 + done.1));
    eprintln!(
        "{flips} flips ({renewed} in sums), 0 missed by check, 0 by scrub, {:.1} s",
        began.elapsed().as_secs_f64()
    );
}

/// So many rounds on a server of its own, in each of which every image has one flipped bit: flips, and those of them in sums.
fn flips_at_rest(dice: &mut Dice, rounds: usize) -> (u64, u64) {
    let salon = scrubbing();
    let alice = salon.alice();
    // As many as the scrub names one by one.
    let stored: Vec<Stored> = (0..150)
        .map(|number| {
            let length = [1, 700, BLOCK - 1, BLOCK, BLOCK + 1][number % 5] + dice.below(400);
            Stored::upload(&salon, &alice, noise(length))
        })
        .collect();
    let (mut flips, mut renewed) = (0, 0);
    assert_eq!(check(&salon, &["--deep"]), BTreeMap::new());
    for round in 0..rounds {
        let mut places = Vec::new();
        for stored in &stored {
            let place = Place::choose(dice, stored);
            stored.flip(&place);
            places.push(place);
            flips += 1;
        }
        // The scrub goes on beside it: of damaged sums the check may find those that it has not come to yet.
        let found = check(&salon, &["--deep"]);
        wait_pass(&salon);
        let scrubbed = check(&salon, &[]);
        for (stored, place) in stored.iter().zip(&places) {
            let what = format!("round {round}, {place:?} of image {}, {} bytes", stored.id, stored.bytes.len());
            let (by_check, by_scrub) = (found.get(&stored.id), scrubbed.get(&stored.id));
            if place.sums {
                assert!(by_check.is_none_or(|finding| finding.contains("data is right")), "{what}: {by_check:?}");
                assert_eq!(by_scrub, None, "{what}");
                renewed += 1;
            } else {
                let expected = format!("data is damaged, in the block at byte {}", place.at / BLOCK * BLOCK);
                assert_eq!(by_check, Some(&expected), "{what}");
                assert_eq!(by_scrub, Some(&format!("{expected} (found by the scrub)")), "{what}");
                stored.flip(place);
            }
        }
    }
    wait_pass(&salon);
    assert_eq!(check(&salon, &["--deep"]), BTreeMap::new());
    assert_eq!(salon.metric("salon_scrub_renewed_images_total"), renewed);
    for stored in &stored {
        assert!(stored.whole(&alice).unwrap().body == stored.bytes);
    }
    (flips, renewed)
}

/// truncated, extended, swapped, zeroed, replaced, removed; and F-12: what is not the server's stays.
#[test]
fn f_12_whole_files_that_are_not_what_was_stored() {
    let salon = scrubbing();
    let alice = salon.alice();
    let length = 3 * BLOCK + 99;
    let stored: Vec<Stored> =
        (0..9).map(|number| Stored::upload(&salon, &alice, noise(length + number)[number..].to_vec())).collect();
    let files: Vec<File> =
        stored.iter().map(|stored| File::options().write(true).open(&stored.data).unwrap()).collect();
    let replace = |number: usize, bytes: &[u8]| {
        fs::remove_file(&stored[number].data).unwrap();
        fs::write(&stored[number].data, bytes).unwrap();
    };
    files[0].set_len(1000).unwrap();
    files[1].set_len(length as u64 + 1).unwrap();
    replace(2, &stored[3].bytes);
    replace(3, &stored[2].bytes);
    files[4].write_all_at(&[0; BLOCK], BLOCK as u64).unwrap();
    replace(5, &vec![0; length]);
    fs::remove_file(&stored[6].data).unwrap();
    files[7].set_len(0).unwrap();
    let foreign = salon.data().join("images/somebody-elses");
    fs::write(&foreign, b"not the server's").unwrap();
    let expected = [
        (0, format!("data has 1000 bytes instead of {length}")),
        (1, format!("data has {} bytes instead of {length}", length + 1)),
        (2, "data is damaged, in the block at byte 0".to_owned()),
        (3, "data is damaged, in the block at byte 0".to_owned()),
        (4, format!("data is damaged, in the block at byte {BLOCK}")),
        (5, "data is damaged, in the block at byte 0".to_owned()),
        (6, "data is missing".to_owned()),
        (7, format!("data has 0 bytes instead of {length}")),
    ];
    wait_pass(&salon);
    let (deep, scrubbed) = (check(&salon, &["--deep"]), check(&salon, &[]));
    for (number, expected) in &expected {
        let stored = &stored[*number];
        let answer = stored.whole(&alice);
        let refused = answer.as_ref().is_none_or(|answer| answer.status >= 404);
        assert!(refused, "{expected}: {:?}", answer.map(|answer| answer.status));
        assert!(deep[&stored.id].starts_with(expected.as_str()), "{expected}: {}", deep[&stored.id]);
        assert!(scrubbed[&stored.id].starts_with(expected.as_str()), "{expected}: {}", scrubbed[&stored.id]);
        let line = format!("\"{expected}\"");
        assert!(salon.log().contains(&stored.id) && (salon.log().contains(expected) || salon.log().contains(&line)));
    }
    assert_eq!((deep.len(), scrubbed.len()), (expected.len(), expected.len()));
    assert!(stored[8].whole(&alice).unwrap().body == stored[8].bytes);
    // Nothing was removed, and the operator is told where operators look.
    assert!(foreign.exists() && stored[0].data.exists() && stored[7].data.exists());
    let health = salon.nobody().send("GET", "/healthcheck", &[("Accept", "application/json")], b"");
    assert_eq!(health.status, 200, "damaged images are no reason to take the server out of service");
    assert!(health.text().contains("8 images have damaged data"), "{}", health.text());
    for (number, _) in &expected {
        assert_eq!(alice.delete(&format!("/v2/images/{}", stored[*number].id)).status, 204);
    }
    fs::remove_file(foreign).unwrap();
    wait_pass(&salon);
    assert_eq!(check(&salon, &["--deep"]), BTreeMap::new());
}

/// Images from before there were sums are served, compared with their digests, and get sums when they are right.
#[test]
fn images_without_sums_are_verified_whole_and_get_them() {
    let salon = scrubbing();
    let alice = salon.alice();
    let [good, bad] = [1_000_000, 1_000_001].map(|length| Stored::upload(&salon, &alice, noise(length)));
    let sums = fs::read(&good.sums).unwrap();
    for stored in [&good, &bad] {
        fs::remove_file(&stored.sums).unwrap();
        assert!(stored.whole(&alice).unwrap().body == stored.bytes);
    }
    bad.flip(&Place { sums: false, at: 777_777, bit: 1 });
    wait_pass(&salon);
    assert_eq!(fs::read(&good.sums).unwrap(), sums);
    assert!(!bad.sums.exists(), "what is damaged gets no sums");
    let found = check(&salon, &[]);
    assert_eq!(found[&bad.id], "data is damaged, its md5 is not the recorded one (found by the scrub)");
    assert_eq!(found.len(), 1);
    good.flip(&Place { sums: false, at: 5, bit: 1 });
    assert_not_served(good.whole(&alice), "a flip after the sums came");
    assert_eq!(salon.metric("salon_scrub_renewed_images_total"), 1);
}

/// The rate is kept, a stop is obeyed at once, and a restart goes on where it was.
#[test]
fn the_scrub_is_slow_and_remembers_where_it_was() {
    let config = |rate: u32| format!("[scrub]\nperiod = 1\nbytes_per_second = {rate}\n");
    let mut salon = Setup::config(&config(1 << 20)).start();
    let alice = salon.alice();
    let stored: Vec<Stored> = (0..3).map(|_| Stored::upload(&salon, &alice, noise(40 << 20))).collect();
    salon.wait_metric("salon_scrub_bytes_total", 1);
    let (began, before) = (Instant::now(), salon.metric("salon_scrub_bytes_total"));
    salon.wait_metric("salon_scrub_bytes_total", before + (6 << 20));
    assert!(began.elapsed().as_secs_f64() > 5.0, "{:?}", began.elapsed());
    salon.signal(Signal::TERM);
    assert!(salon.wait().success());
    // The pass goes on in the middle of the image it was in.
    salon.configure(&config(0));
    salon.restart();
    salon.wait_metric("salon_scrub_passes_total", 1);
    let read = salon.metric("salon_scrub_bytes_total");
    assert!(read < 3 * (40 << 20) - (6 << 20), "{read}");
    for stored in &stored {
        assert!(stored.data.exists());
    }
}

/// How the server that scrubs leaves the rest to the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaves {
    Killed,
    /// Stopped for longer than its lease, and then it goes on.
    Asleep,
}

/// Two servers of one catalog have one scrub: what one found both tell, and when it leaves the other goes on where it was.
fn one_scrub_of_two_servers(database: Database, how: Leaves) {
    // A pass takes eight seconds, and is written down after five.
    const IMAGES: u64 = 16;
    const RATE: u64 = 1 << 20;
    let settings = format!("[image]\nupload_lease = 2\n[scrub]\nperiod = 1\nbytes_per_second = {RATE}\n");
    let first = Setup { database, ..Setup::config(&settings) }.start();
    let alice = first.alice();
    let stored: Vec<Stored> = (0..IMAGES).map(|_| Stored::upload(&first, &alice, noise(2 * BLOCK))).collect();
    // The scrub goes in the order of ids: it comes to this one first.
    let damaged = stored.iter().min_by_key(|stored| &stored.id).unwrap();
    damaged.flip(&Place { sums: false, at: BLOCK + 5, bit: 3 });
    let url = first.database_url().unwrap();
    let images = first.data().join("images");
    let second = Setup::without_samples(&format!(
        "{settings}[store]\nfilesystem_store_datadir = {images:?}\n[database]\nconnection = {url:?}\n"
    ));
    let mut servers = [first, second.start()];
    let all = |servers: &[Salon; 2], name: &str| servers.iter().map(|salon| salon.metric(name)).sum::<u64>();
    let report = |salon: &Salon| -> serde_json::Value {
        salon
            .rows("SELECT payload FROM jobs WHERE id = 'scrub'")
            .first()
            .map(|text| serde_json::from_str(text).unwrap())
            .unwrap()
    };
    let logged = |servers: &[Salon; 2], line: &str| -> usize {
        servers.iter().map(|salon| salon.log().matches(line).count()).sum()
    };
    let wait = |what: &str, until: &mut dyn FnMut() -> bool| {
        let began = Instant::now();
        while !until() {
            assert!(began.elapsed() < common::PATIENCE, "{what}");
            thread::sleep(Duration::from_millis(20));
        }
    };

    // Both together read no faster than one may.
    let (before, began) = (all(&servers, "salon_scrub_bytes_total"), Instant::now());
    wait("no pass ended", &mut || all(&servers, "salon_scrub_passes_total") >= 1);
    let read = all(&servers, "salon_scrub_bytes_total") - before;
    let most = RATE as f64 * (began.elapsed().as_secs_f64() + 1.0);
    assert!((read as f64) < most, "{read} bytes in {:?}", began.elapsed());
    let expected = format!("data is damaged, in the block at byte {BLOCK} (found by the scrub)");
    // The first pass may have begun before the flip, and what it found is written down after it is counted.
    let mut seen = 0;
    wait("no damage is kept", &mut || {
        let report = report(&servers[0]);
        seen = report["pass"].as_u64().unwrap();
        report["damaged"] != serde_json::json!([])
    });
    for salon in &servers {
        assert_eq!(check(salon, &[]), BTreeMap::from([(damaged.id.clone(), expected.clone())]));
    }

    // In the middle of the next pass, when it was written down how far it is.
    let (mut pass, mut kept) = (0, 0);
    wait("nothing is kept", &mut || {
        let report = report(&servers[0]);
        (pass, kept) = (report["pass"].as_u64().unwrap(), report["images"].as_u64().unwrap());
        pass > seen && report["after"].is_string()
    });
    assert!(0 < kept && kept < IMAGES, "{kept}");
    let reading = servers.iter().map(|salon| salon.metric("salon_scrub_bytes_total")).collect::<Vec<_>>();
    let mut busy = None;
    wait("nobody reads", &mut || {
        busy = servers.iter().zip(&reading).position(|(salon, bytes)| salon.metric("salon_scrub_bytes_total") > *bytes);
        busy.is_some()
    });
    let (busy, idle) = (busy.unwrap(), 1 - busy.unwrap());
    match how {
        Leaves::Killed => servers[busy].kill(),
        Leaves::Asleep => servers[busy].signal(Signal::STOP),
    }
    let before = servers[idle].metric("salon_scrub_images_total");
    let passes = servers[idle].metric("salon_scrub_passes_total");
    // The rest of the images, and none of those that were done before it was written down. The next pass begins at once: what
    // counts was read while this one had not ended yet.
    let (mut rest, mut latest) = (0, 0);
    wait("the pass does not end", &mut || {
        rest = latest;
        latest = servers[idle].metric("salon_scrub_images_total") - before;
        servers[idle].metric("salon_scrub_passes_total") > passes
    });
    assert!(0 < rest && rest <= IMAGES - kept, "{rest} images after {kept}");
    assert_eq!(logged(&servers, "the scrub goes on where it was left"), 1);
    if how == Leaves::Asleep {
        servers[busy].signal(Signal::CONT);
        wait("it does not see that somebody else goes on", &mut || {
            logged(&servers, "a job went to another node in the middle") == 1
        });
    } else {
        servers[busy].restart();
    }
    // Found again in each pass, and told once.
    wait("no further pass", &mut || report(&servers[0])["pass"].as_u64().unwrap() > pass);
    assert_eq!(logged(&servers, "the scrub found damage"), 1);
    for salon in &servers {
        assert_eq!(check(salon, &[]), BTreeMap::from([(damaged.id.clone(), expected.clone())]));
    }
    // The second goes before the first, whose database it is.
    let [first, second] = servers;
    drop(second);
    assert_eq!(first.alice().delete(&format!("/v2/images/{}", damaged.id)).status, 204);
}

macro_rules! two_servers {
    ($($name:ident: $database:ident, $how:ident;)*) => {
        $(
            #[test]
            fn $name() {
                one_scrub_of_two_servers(Database::$database, Leaves::$how);
            }
        )*
    };
}

two_servers! {
    f_11_one_scrub_of_two_servers_and_one_is_killed_postgres: Postgres, Killed;
    f_11_one_scrub_of_two_servers_and_one_is_killed_mariadb: MariaDb, Killed;
    f_11_one_scrub_of_two_servers_and_one_sleeps_postgres: Postgres, Asleep;
    f_11_one_scrub_of_two_servers_and_one_sleeps_mariadb: MariaDb, Asleep;
}
