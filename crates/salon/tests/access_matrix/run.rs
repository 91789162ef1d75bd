//! Runs the cells: one that never existed first, then everything else, compared with it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Mutex,
    time::Instant,
};

use serde_json::json;

use crate::{
    cells::{Ask, Case, Effect, Thing, Told, Who},
    common::http::{Answer, Words},
    counts::{Choice, Counts},
    laws::DEFAULT,
    rules_rackspace, rules_v1, rules_v2,
    world::{Client, Fixture, World},
};

/// Cells that are answered otherwise than the rules say. The list only shrinks.
const EXCEPTIONS: &str = include_str!("exceptions.txt");
const CLIENTS: usize = 6;
/// Requests that share an image, and the cells of a thousand from which on they are no more: of a thin sample more do, or there
/// would be nearly an image to be made for each cell.
const REQUESTS: u64 = 8;
const DENSE: u64 = 300;

pub(crate) struct Matrix {
    /// What tells this matrix from others.
    name: &'static str,
    world: World,
    asks: Vec<Ask>,
    exceptions: BTreeMap<[String; 3], u16>,
    choice: Choice,
}

/// What came out.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) counts: String,
    pub(crate) wrong: Vec<String>,
    pub(crate) spare: Vec<String>,
}

#[derive(Default)]
struct Tally {
    counts: Counts,
    used: BTreeSet<[String; 3]>,
    absent: HashMap<(usize, Who), Words>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.counts.add(other.counts);
        self.used.extend(other.used);
        self.absent.extend(other.absent);
    }
}

impl Matrix {
    /// Of what this world's callers are answered; `of_thousand` cells of a thousand make the short form.
    pub(crate) fn new(name: &'static str, world: World, of_thousand: u64) -> Self {
        let asks: Vec<Ask> =
            rules_v2::asks().into_iter().chain(rules_v1::asks()).chain(rules_rackspace::asks()).collect();
        let mut exceptions = BTreeMap::new();
        for line in EXCEPTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut parts = line.split('\t').map(str::to_owned);
            let mut next = || parts.next().unwrap_or_else(|| panic!("an exception without all its columns: {line}"));
            let (case, status, reason) = ([next(), next(), next()], next().parse().unwrap(), next());
            assert!(!reason.is_empty(), "an exception without a reason: {line}");
            assert_eq!(exceptions.insert(case, status), None, "twice: {line}");
        }
        Self { name, world, asks, exceptions, choice: Choice::of(of_thousand) }
    }

    pub(crate) fn run(&self) -> Outcome {
        let began = Instant::now();
        // An id that never existed, as everybody: what everything hidden is compared with.
        let parts: Vec<Vec<usize>> = (0..self.asks.len()).collect::<Vec<_>>().chunks(4).map(<[_]>::to_vec).collect();
        let mut all = self.side_by_side(parts.into_iter().map(|asks| (Thing::Absent, asks)), &HashMap::new());
        let absent = std::mem::take(&mut all.absent);
        let of_images: Vec<usize> = (0..self.asks.len()).filter(|ask| self.asks[*ask].is_of_an_image()).collect();
        let length = usize::try_from((REQUESTS * DENSE / self.choice.of_thousand()).max(REQUESTS)).unwrap();
        let mut work = Vec::new();
        for asks in of_images.chunks(length) {
            work.extend(Thing::images().map(|thing| (thing, asks.to_vec())));
        }
        all.add(self.side_by_side(work.into_iter(), &absent));
        all.counts.wrong.sort();
        let spare = self.exceptions.keys().filter(|key| !all.used.contains(*key)).map(|key| key.join(" "));
        let forms = self.asks.iter().map(|ask| (&ask.method, &ask.path)).collect::<BTreeSet<_>>().len();
        let callers = self.everybody().len();
        let what = format!("{}, {} requests in {forms} forms, {callers} callers", self.name, self.asks.len());
        Outcome {
            counts: all.counts.line(&what, &self.choice, began),
            // A sample may leave some out.
            spare: if self.choice.is_whole() { spare.collect() } else { Vec::new() },
            wrong: all.counts.wrong,
        }
    }

    fn everybody(&self) -> Vec<Who> {
        Who::all(self.world.law.roles)
    }

    fn case(&self, who: Who, thing: Thing) -> Case {
        Case { who, thing, law: self.world.law }
    }

    fn side_by_side(
        &self,
        work: impl Iterator<Item = (Thing, Vec<usize>)>,
        absent: &HashMap<(usize, Who), Words>,
    ) -> Tally {
        let queue: Mutex<VecDeque<_>> = Mutex::new(work.collect());
        std::thread::scope(|scope| {
            let client = || {
                let mut tally = Tally::default();
                let mut client = Client::of(&self.world);
                loop {
                    let Some((thing, asks)) = queue.lock().unwrap().pop_front() else { break };
                    self.column(&mut client, thing, &asks, absent, &mut tally);
                }
                tally.counts.requests = client.requests;
                tally
            };
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
            let mut all = Tally::default();
            for client in clients {
                all.add(client.join().unwrap());
            }
            all
        })
    }

    /// Some requests about one thing, by everybody.
    fn column(
        &self,
        client: &mut Client<'_>,
        thing: Thing,
        asks: &[usize],
        absent: &HashMap<(usize, Who), Words>,
        tally: &mut Tally,
    ) {
        let mut fixture = client.fixture(thing);
        let mut before = client.look(&fixture);
        for &at in asks {
            let ask = &self.asks[at];
            let mut cells: Vec<(Who, Told)> = self
                .everybody()
                .into_iter()
                .filter(|who| self.is_chosen(at, *who, thing))
                .map(|who| (who, ask.expected(self.case(who, thing))))
                .collect();
            // What is refused comes first, so that it is seen to have changed nothing.
            cells.sort_by_key(|(_, told)| matches!(told, Told::Status(200..300)));
            let refused = cells.first().is_some_and(|(_, told)| !matches!(told, Told::Status(200..300)));
            let mut looked = !refused || ask.method == "GET";
            for (who, told) in cells {
                if matches!(told, Told::Status(200..300)) && !looked {
                    self.compare(client, ask, &fixture, &before, tally);
                    looked = true;
                }
                let answer = client.ask(ask, who, &fixture);
                let changed = (200..300).contains(&answer.status) && ask.effect != Effect::None;
                self.judge(at, self.case(who, thing), told, &answer, &fixture, absent, tally);
                if changed && thing != Thing::Absent {
                    if ask.effect == Effect::Spoils {
                        client.discard(&fixture);
                        fixture = client.fixture(thing);
                    }
                    before = client.look(&fixture);
                }
            }
            if !looked {
                self.compare(client, ask, &fixture, &before, tally);
            }
        }
        client.discard(&fixture);
    }

    fn compare(
        &self,
        client: &mut Client<'_>,
        ask: &Ask,
        fixture: &Fixture,
        before: &Option<(String, String)>,
        tally: &mut Tally,
    ) {
        let now = client.look(fixture);
        if now != *before {
            tally.counts.wrong.push(format!("{}: what was refused changed {before:?} to {now:?}", ask.name));
        }
    }

    fn is_chosen(&self, at: usize, who: Who, thing: Thing) -> bool {
        let name = format!("{} {} {} {}", self.name, self.asks[at].name, who.name(), thing.name());
        let told = self.asks[at].expected(self.case(who, thing));
        if thing != Thing::Absent {
            // What the policy is there for is asked more often.
            let usual = self.asks[at].expected(Case { law: &DEFAULT, ..self.case(who, thing) });
            return self.choice.has_times(&name, if told == usual { 1 } else { 4 });
        }
        // There are few of these; and those are needed that a hidden one will be compared with.
        let compared = |thing: Thing| {
            self.asks[at].expected(self.case(who, thing)).of_absence().is_some() && self.is_chosen(at, who, thing)
        };
        self.choice.has_times(&name, 4) || Thing::images().any(compared)
    }

    #[expect(clippy::too_many_arguments, reason = "one place where a cell is judged")]
    fn judge(
        &self,
        at: usize,
        case: Case,
        told: Told,
        answer: &Answer,
        fixture: &Fixture,
        absent: &HashMap<(usize, Who), Words>,
        tally: &mut Tally,
    ) {
        let ask = &self.asks[at];
        let key = [ask.name.to_owned(), case.who.name(), case.thing.name()];
        tally.counts.cells += 1;
        tally.counts.refused += usize::from(answer.status >= 400);
        let words = answer.words(&[&fixture.id]);
        let told = match self.exceptions.get(&key) {
            Some(status) => {
                tally.used.insert(key.clone());
                Told::Status(*status)
            }
            None => told,
        };
        // As an entry, that is: a list by id says the id where it begins.
        let is_in = || {
            let list = answer.json();
            let rows = ["images", "shared_images"].into_iter().find_map(|key| list[key].as_array()).unwrap();
            rows.iter().any(|row| [&row["id"], &row["image_id"]].contains(&&json!(fixture.id)))
        };
        let as_absent = || absent.get(&(at, case.who)) == Some(&words);
        let fine = match (told, told.of_absence()) {
            (Told::Status(status), _) => answer.status == status,
            (Told::In, _) => answer.status == 200 && is_in(),
            (Told::Out, _) => answer.status == 200 && !is_in(),
            (Told::Absent | Told::NoMarker, status) => {
                tally.counts.hidden += usize::from(case.thing != Thing::Absent);
                status == Some(answer.status) && (case.thing == Thing::Absent || as_absent())
            }
        };
        if !fine {
            let absent = absent.get(&(at, case.who));
            let than = if told.of_absence().is_some() { format!("{absent:?}") } else { String::new() };
            tally.counts.wrong.push(format!("{}: {words:?} in place of {told:?} {than}", key.join(" ")));
        }
        if case.thing == Thing::Absent {
            tally.absent.insert((at, case.who), words);
        }
    }
}
