//! Windows of random calls: objects are made, used by everybody at once, looked at from both servers in quiet, and removed.

use std::{fmt, thread, time::Instant};

use salon_core::membership::MemberRole;

use super::{
    common::Salon,
    history::{Call, Event, LONGEST, Object, Verdict, judge},
    image::{self, ADMIN, Change, Dialect, GUESTS, Image, List, OWNER, Visibility, Who},
    room::{self, BOT, PERSONS, Room},
    talk::{Chat, TALKING, open_hooks},
    wire::{ANSWERS, Client, World},
};

/// Clients at once.
const CLIENTS: usize = 8;
/// Calls of each in a window.
const CALLS: u64 = 28;
/// Objects of a window.
const IMAGES: usize = 4;
pub(crate) const ROOMS: usize = 2;
/// Every so many windows the rooms have webhooks: making them takes long.
const TALKS: u64 = 4;

/// What was done.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) windows: u64,
    pub(crate) requests: u64,
    pub(crate) objects: u64,
    events: u64,
    longest: usize,
    unknown: u64,
    overtaken: u64,
    /// Orders to fetch data that were taken.
    ordered: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { windows, requests, objects, events, longest, unknown, overtaken, ordered } = self;
        write!(
            f,
            "{requests} requests in {windows} windows, {objects} histories of {events} events (the longest {longest}), \
             {ordered} orders of data, {unknown} without an answer, {overtaken} overtaken"
        )
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn flip(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// The objects of a window.
struct Scene {
    name: String,
    images: Vec<String>,
    rooms: Vec<Chat>,
}

/// What one client saw, by object.
#[derive(Default)]
struct Log {
    images: Vec<(usize, Event<Image>)>,
    rooms: Vec<(usize, Event<Room>)>,
}

struct Worker<'a> {
    client: Client<'a>,
    clock: Instant,
    random: Random,
    log: Log,
    number: u32,
}

impl Worker<'_> {
    fn now(&self) -> u64 {
        u64::try_from(self.clock.elapsed().as_nanos()).unwrap()
    }

    fn note_image(&mut self, at: usize, began: u64, action: image::Action, seen: image::Seen) {
        let uncertain = seen == image::Seen::Unknown;
        let event = |continues: usize, action, seen| Event {
            began,
            ended: self.now(),
            uncertain,
            continues,
            server: self.client.server,
            call: Call { action, seen },
        };
        let done = image::Seen::Status(204);
        let events = match (&action, &seen) {
            // Claimed and published, claimed and lost, or refused at once.
            (image::Action::Upload(_, data), image::Seen::Status(204 | 410)) => {
                vec![event(0, action.clone(), done), event(1, image::Action::Publish(*data), seen)]
            }
            (image::Action::Order(_, data), image::Seen::Image(_) | image::Seen::Unknown) => {
                // Nobody is told when the server does its part: later than it was asked, or never, if something else came first.
                let later = |action| Event { uncertain: true, ..event(1, action, image::Seen::Unknown) };
                let (fetch, publish) = (image::Action::Fetch(*data), image::Action::Publish(*data));
                vec![event(0, action.clone(), seen.clone()), later(fetch), later(publish)]
            }
            (image::Action::Upload(_, data), image::Seen::Unknown) => vec![
                event(0, action.clone(), seen.clone()),
                event(1, image::Action::Publish(*data), image::Seen::Unknown),
                event(2, image::Action::Release(*data), image::Seen::Unknown),
            ],
            _ => vec![event(0, action, seen)],
        };
        self.log.images.extend(events.into_iter().map(|event| (at, event)));
    }

    fn image(&mut self, scene: &Scene, at: usize, action: image::Action) {
        let began = self.now();
        if let Some(seen) = self.client.image(&scene.images[at], &action) {
            self.note_image(at, began, action, seen);
        }
    }

    /// One list is seen of every image.
    fn list_images(&mut self, scene: &Scene, list: List, who: Who) {
        let began = self.now();
        if let Some(ids) = self.client.images(list, who, &scene.name) {
            for (at, id) in scene.images.iter().enumerate() {
                self.note_image(at, began, image::Action::Listed(list, who), image::Seen::Listed(ids.contains(id)));
            }
        }
    }

    /// What has just become open to everybody, or to nobody, is so at once for a stranger at the other server.
    fn look_as_stranger(&mut self, scene: &Scene, at: usize) {
        self.client.server ^= 1;
        let stranger = self.random.of(&GUESTS);
        let dialect = self.random.of(&Dialect::ALL);
        match (self.random.below(4), dialect) {
            (0, Dialect::V2 | Dialect::V1) => self.image(scene, at, image::Action::Download(dialect, stranger)),
            (0 | 1, _) => self.image(scene, at, image::Action::Show(dialect, stranger)),
            _ => {
                let list = self.random.of(&List::ALL);
                self.list_images(scene, list, stranger);
            }
        }
    }

    fn note_room(&mut self, at: usize, began: u64, action: room::Action, seen: room::Seen) {
        let (ended, uncertain) = (self.now(), seen == room::Seen::Unknown);
        let call = Call { action, seen };
        let event = Event { began, ended, uncertain, continues: 0, server: self.client.server, call };
        self.log.rooms.push((at, event));
    }

    fn room(&mut self, scene: &Scene, at: usize, action: room::Action) {
        let began = self.now();
        if let Some(seen) = self.client.room(&scene.rooms[at], &action) {
            self.note_room(at, began, action, seen);
        }
    }

    fn list_rooms(&mut self, scene: &Scene, person: room::Person) {
        let began = self.now();
        let member = &self.client.world.persons[usize::from(person)];
        if let Some(ids) = self.client.rooms(member) {
            for (at, room) in scene.rooms.iter().enumerate() {
                self.note_room(at, began, room::Action::Listed(person), room::Seen::Listed(ids.contains(&room.id)));
            }
        }
    }

    /// Every room has a bot of its own.
    fn list_rooms_of_bot(&mut self, scene: &Scene, at: usize) {
        let (began, room) = (self.now(), &scene.rooms[at]);
        if let Some(ids) = self.client.rooms(&room.bot) {
            self.note_room(at, began, room::Action::Listed(BOT), room::Seen::Listed(ids.contains(&room.id)));
        }
    }

    /// One random call.
    fn call(&mut self, scene: &Scene) {
        self.client.server = self.random.below(2);
        self.number += 1;
        if self.random.below(IMAGES + ROOMS) < IMAGES {
            let at = self.random.below(scene.images.len());
            match self.random.below(30) {
                0 => {
                    let (list, who) = (self.random.of(&List::ALL), self.random.below(5) as Who);
                    self.list_images(scene, list, who);
                }
                _ => {
                    let action = image_action(&mut self.random, self.number);
                    let opens = matches!(action, image::Action::Set(_, _, Change::Visibility(_)));
                    self.image(scene, at, action);
                    if opens {
                        self.look_as_stranger(scene, at);
                    }
                }
            }
        } else {
            let at = self.random.below(scene.rooms.len());
            match self.random.below(48) {
                0..4 => {
                    let person = self.random.below(PERSONS.into()) as room::Person;
                    self.list_rooms(scene, person);
                }
                4 => self.list_rooms_of_bot(scene, at),
                _ => {
                    let action = room_action(&mut self.random, self.number, &scene.rooms[at]);
                    self.room(scene, at, action);
                }
            }
        }
    }
}

fn image_action(random: &mut Random, number: u32) -> image::Action {
    use image::Action as A;
    const ALL: [Dialect; 3] = Dialect::ALL;
    const NEW: [Dialect; 2] = [Dialect::V2, Dialect::Rackspace];
    let guest = random.of(&GUESTS);
    let manager = if random.below(4) == 0 { ADMIN } else { OWNER };
    // Mostly they: others are refused.
    let owner = if random.below(8) == 0 { guest } else { manager };
    let anybody = random.below(5) as Who;
    match random.below(100) {
        0..10 => A::Show(random.of(&ALL), anybody),
        10..16 => A::Set(random.of(&ALL), owner, Change::Property(number)),
        16..26 => visibility(random, owner),
        26..28 => A::Set(random.of(&NEW), owner, Change::Protected(random.flip())),
        28..31 => A::Set(Dialect::V2, owner, Change::Hidden(random.below(3) == 0)),
        31..39 => A::Tag(random.of(&NEW), owner, random.below(3) as u8, random.flip()),
        39..43 => A::Activate(owner, random.flip()),
        43 => A::Delete(random.of(&ALL), owner),
        44..47 => A::Upload(owner, number),
        47..50 => A::Order(owner, number),
        50..54 => A::Download(random.of(&ALL[..2]), anybody),
        54..66 => {
            let dialect = random.of(&ALL);
            let who = if dialect == Dialect::V1 { manager } else { owner };
            A::Invite(dialect, who, guest, random.flip())
        }
        66..70 => {
            let wanted: Vec<Who> = GUESTS.into_iter().filter(|_| random.flip()).collect();
            A::Replace(manager, wanted.into_iter().map(|who| (who, random.flip())).collect())
        }
        70..78 => {
            let who = if random.below(6) == 0 { anybody } else { guest };
            A::Answer(random.of(&NEW), who, guest, random.of(&ANSWERS))
        }
        78..88 => {
            let dialect = random.of(&ALL);
            let who = if dialect == Dialect::V1 { manager } else { owner };
            A::Revoke(dialect, who, guest)
        }
        88..95 => A::Members(random.of(&ALL), anybody),
        _ => A::Member(anybody, guest),
    }
}

/// Mostly shared, because there are no guests otherwise; public by the operator, and by whoever may not.
fn visibility(random: &mut Random, owner: Who) -> image::Action {
    let older = random.of(&[Dialect::V2, Dialect::V1]);
    let (dialect, who, visibility) = match random.below(10) {
        0..3 => (older, ADMIN, Visibility::Public),
        3 => (older, owner, Visibility::Public),
        4 => (Dialect::V2, owner, Visibility::Private),
        5 => (Dialect::V2, owner, Visibility::Community),
        _ => (older, owner, Visibility::Shared),
    };
    image::Action::Set(dialect, who, Change::Visibility(visibility))
}

fn room_action(random: &mut Random, number: u32, room: &Chat) -> room::Action {
    use room::Action as A;
    if !room.hooks.is_empty() && random.flip() {
        return talk(random, number, room);
    }
    let anybody = |random: &mut Random| match random.below(4) {
        0 => BOT,
        _ => random.below(PERSONS.into()) as room::Person,
    };
    let person = anybody(random);
    let role = random.of(&[MemberRole::Member, MemberRole::Administrator]);
    match random.below(100) {
        0..8 => A::Show,
        8..14 => A::Rename(number),
        14 => A::Delete,
        15..35 => A::Join(person, role),
        35..45 => {
            let many = 1 + random.below(5);
            A::JoinMany((0..many).map(|_| (anybody(random), role)).collect())
        }
        45..54 => A::Amend(person, role),
        54..58 => A::Switch(random.flip()),
        58..60 => A::Bot,
        60..80 => A::Leave(person),
        _ => A::Members,
    }
}

fn talk(random: &mut Random, number: u32, room: &Chat) -> room::Action {
    use room::Action as A;
    let said = room.said();
    match random.below(10) {
        0..4 => A::Post(random.below(TALKING) as u8, number),
        4..6 if !said.is_empty() => A::Redact(random.of(&said)),
        _ => A::Messages(random.below(4) == 0, random.of(&[1, 2, 3, 100])),
    }
}

/// One window. `salon` is the server whose operator makes webhooks.
pub(crate) fn run(world: &World, salon: &Salon, seed: u64, counts: &mut Counts) {
    let window = counts.windows;
    let clock = Instant::now();
    let worker = |number: usize| Worker {
        client: Client::new(world),
        clock,
        random: Random(seed ^ (window << 16) ^ (number as u64) << 8),
        log: Log::default(),
        // Data and names of different calls differ.
        number: (number as u32) * 1_000,
    };
    let mut workers: Vec<_> = (0..CLIENTS).map(worker).collect();
    let mut scene = create(&mut workers, format!("window-{window}"));
    if window.is_multiple_of(TALKS) {
        hook(&mut workers, &mut scene, salon);
    }
    together(&mut workers, |worker, _| {
        for _ in 0..CALLS {
            worker.call(&scene);
        }
    });
    wait_for_orders(&mut workers, &scene, counts);
    // In quiet both servers show the same; then everything is removed, and both show that.
    together(&mut workers, |worker, number| look(worker, &scene, number));
    together(&mut workers, |worker, number| remove(worker, &scene, number));
    together(&mut workers, |worker, number| look(worker, &scene, number));
    let mut images: Vec<Vec<_>> = (0..IMAGES).map(|_| Vec::new()).collect();
    let mut rooms: Vec<Vec<_>> = (0..ROOMS).map(|_| Vec::new()).collect();
    for worker in workers {
        worker.log.images.into_iter().for_each(|(at, event)| images[at].push(event));
        worker.log.rooms.into_iter().for_each(|(at, event)| rooms[at].push(event));
        counts.requests += worker.client.sent;
        counts.unknown += worker.client.unknown;
        counts.overtaken += worker.client.overtaken;
    }
    counts.windows += 1;
    let names = |kind: &str, ids: &[String]| {
        ids.iter().map(|id| format!("{kind} {id} of window {window}, seed {seed}")).collect::<Vec<_>>()
    };
    let room_ids: Vec<String> = scene.rooms.iter().map(|room| room.id.clone()).collect();
    for (history, name) in images.into_iter().zip(names("image", &scene.images)) {
        check(&Image::unborn(), history, &name, counts);
    }
    for (history, name) in rooms.into_iter().zip(names("room", &room_ids)) {
        check(&Room::unborn(), history, &name, counts);
    }
}

/// What was ordered comes, as far as clients can know that there is still something to come.
fn wait_for_orders(workers: &mut [Worker<'_>], scene: &Scene, counts: &mut Counts) {
    for (at, id) in scene.images.iter().enumerate() {
        let calls = || workers.iter().flat_map(|worker| &worker.log.images).filter(|(of, _)| *of == at);
        let is_taken = |event: &Event<Image>| {
            let Call { action, seen } = &event.call;
            matches!((action, seen), (image::Action::Order(..), image::Seen::Image(_)))
        };
        // What was not answered may have the image for longer.
        let is_open = |event: &Event<Image>| event.uncertain && event.continues == 0;
        let orders = calls().filter(|(_, event)| is_taken(event)).count();
        let open = calls().any(|(_, event)| is_open(event));
        counts.ordered += orders as u64;
        if orders > 0 && !open {
            workers[at % CLIENTS].client.wait_for_data(id);
        }
    }
}

/// Runs something by all clients at once.
fn together<'a>(workers: &mut [Worker<'a>], task: impl Fn(&mut Worker<'a>, usize) + Sync) {
    thread::scope(|scope| {
        for (number, worker) in workers.iter_mut().enumerate() {
            let task = &task;
            scope.spawn(move || task(worker, number));
        }
    });
}

fn create(workers: &mut [Worker<'_>], name: String) -> Scene {
    let mut scene = Scene { name, images: Vec::new(), rooms: Vec::new() };
    for at in 0..IMAGES {
        let worker = &mut workers[at % CLIENTS];
        worker.client.server = at % 2;
        let began = worker.now();
        scene.images.push(worker.client.create_image(&scene.name));
        worker.note_image(at, began, image::Action::Create, image::Seen::Status(201));
    }
    for at in 0..ROOMS {
        let worker = &mut workers[(IMAGES + at) % CLIENTS];
        worker.client.server = at % 2;
        let began = worker.now();
        let id = worker.client.create_room();
        worker.note_room(at, began, room::Action::Create, room::Seen::Status(201));
        scene.rooms.push(Chat::new(id, worker.client.world.bots[at].clone()));
        // As the window before left it is not known to this one.
        let began = worker.now();
        assert_eq!(worker.client.room(&scene.rooms[at], &room::Action::Switch(false)), Some(room::Seen::Bot(false)));
        worker.note_room(at, began, room::Action::Switch(false), room::Seen::Bot(false));
    }
    scene
}

/// Makes webhooks for the rooms.
fn hook(workers: &mut [Worker<'_>], scene: &mut Scene, salon: &Salon) {
    let worker = &mut workers[0];
    let account = worker.client.world.account.trim_start_matches("/accounts/");
    let began = worker.now();
    open_hooks(salon, account, &mut scene.rooms);
    for (at, room) in scene.rooms.iter().enumerate() {
        for _ in &room.hooks {
            worker.note_room(at, began, room::Action::Hook, room::Seen::Status(201));
        }
    }
}

/// Each looks at another object, on both servers.
fn look(worker: &mut Worker<'_>, scene: &Scene, number: usize) {
    for server in [0, 1] {
        worker.client.server = server;
        if let Some(at) = number.checked_sub(IMAGES) {
            if at < ROOMS {
                worker.room(scene, at, room::Action::Members);
                worker.room(scene, at, room::Action::Show);
                worker.room(scene, at, room::Action::Bot);
                worker.list_rooms_of_bot(scene, at);
                worker.room(scene, at, room::Action::Messages(false, 100));
            }
            continue;
        }
        worker.image(scene, number, image::Action::Show(Dialect::V2, OWNER));
        worker.image(scene, number, image::Action::Members(Dialect::V1, OWNER));
        worker.image(scene, number, image::Action::Members(Dialect::Rackspace, OWNER));
        for guest in GUESTS {
            worker.image(scene, number, image::Action::Download(Dialect::V2, guest));
        }
    }
    if number == CLIENTS - 2 {
        let (list, who) = (worker.random.of(&List::ALL), worker.random.below(5) as Who);
        for server in [0, 1] {
            worker.client.server = server;
            worker.list_images(scene, list, who);
        }
    }
    if number == CLIENTS - 1 {
        (0..PERSONS).for_each(|person| worker.list_rooms(scene, person));
    }
}

fn remove(worker: &mut Worker<'_>, scene: &Scene, number: usize) {
    worker.client.server = number % 2;
    if number < IMAGES {
        worker.image(scene, number, image::Action::Set(Dialect::V2, OWNER, Change::Protected(false)));
        worker.image(scene, number, image::Action::Delete(Dialect::V2, OWNER));
    } else if number < IMAGES + ROOMS {
        worker.room(scene, number - IMAGES, room::Action::Delete);
    } else {
        speak_last(worker, scene, number % 2);
    }
}

/// Rooms are spoken in, and read, in the instant in which they are deleted.
fn speak_last(worker: &mut Worker<'_>, scene: &Scene, hook: usize) {
    for at in 0..ROOMS {
        worker.number += 1;
        if !scene.rooms[at].hooks.is_empty() {
            worker.room(scene, at, room::Action::Post((TALKING + hook) as u8, worker.number));
        }
        worker.room(scene, at, room::Action::Messages(false, 100));
        worker.room(scene, at, room::Action::Members);
    }
}

fn check<O: Object>(object: &O, mut history: Vec<Event<O>>, name: &str, counts: &mut Counts) {
    // Of one client's, halves of an upload stay together: they began at the same time.
    history.sort_by_key(|event| event.began);
    counts.objects += 1;
    counts.events += history.len() as u64;
    counts.longest = counts.longest.max(history.len());
    assert!(history.len() <= LONGEST, "{} events of {name}", history.len());
    let verdict = judge(object, &history, |event, placed, instead| {
        let Event { began, ended, uncertain, continues, server, call } = event;
        eprintln!(
            "{} {:>8} {:>8} µs server {server}{}{} {call:?}{}",
            if placed { "." } else { "!" },
            began / 1000,
            ended / 1000,
            if *uncertain { "?" } else { " " },
            if *continues > 0 { "+" } else { " " },
            instead.map(|instead| format!("   <-- here it would be {instead}")).unwrap_or_default(),
        );
    });
    assert_eq!(verdict, Verdict::Serial, "{name}");
}
