//! Asks everybody everything that a table of routes has, on a stage of things that the names in requests stand for.

use std::collections::HashMap;

use crate::{
    cells::Effect,
    common::{
        envelope::{Dialect, flaw},
        http::{Answer, Words},
    },
    counts::{Choice, Counts},
    people::Who,
};

/// One request. `{slot}` in it stands for an id.
pub(crate) struct Ask {
    /// The operation, as the table has it.
    pub(crate) operation: String,
    /// What it is about, in words that no other request of the operation has.
    pub(crate) case: &'static str,
    pub(crate) dialect: Dialect,
    pub(crate) method: String,
    pub(crate) target: String,
    /// Slots that something else is put in than what is called like them.
    pub(crate) with: Vec<(&'static str, &'static str)>,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: &'static str,
    pub(crate) effect: Effect,
}

/// What nothing is called, and every slot can be filled with: an id that never existed.
pub(crate) const NEVER: &str = "never";

/// Another request, whose answer must be the same, word for word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Twin {
    /// The operation's case of this name.
    Case(&'static str),
    /// The operation's case of this name, by a caller without credentials.
    OfNobody(&'static str),
    /// The same case, with nothing in it that ever existed.
    Nowhere,
}

/// What is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Status(u16),
    /// A refusal by this name, where the dialect has names.
    Named(u16, &'static str),
    /// This status and a body with these words; slots are filled.
    With(u16, &'static str),
    /// This status and a body without them.
    Without(u16, &'static str),
    /// This status, and nothing in status, headers and body that the twin does not get.
    Like(u16, Twin),
}

impl Told {
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::Status(status)
            | Self::Named(status, _)
            | Self::With(status, _)
            | Self::Without(status, _)
            | Self::Like(status, _) => status,
        }
    }
}

/// A request with its slots filled.
pub(crate) struct Filled {
    pub(crate) target: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// What requests are about.
pub(crate) trait Stage {
    /// What it is called in reports.
    fn name(&self) -> String;
    /// Everything that can be filled.
    fn slots(&self) -> &'static [&'static str];
    /// The id of the thing called `key`, put into `slot`; `None` where there is no such thing here.
    fn id(&self, who: Who, slot: &str, key: &str) -> Option<String>;
    /// Sends a request as somebody.
    fn send(&mut self, who: Who, ask: &Ask, filled: &Filled) -> Answer;
    /// Everything that a refused request must not have changed.
    fn look(&mut self) -> Vec<String>;
    /// Makes anew what a request of somebody has used up.
    fn renew(&mut self, who: Who, ask: &Ask);
}

/// How many times as many of the special cells the short form has.
const SPECIAL: u64 = 4;

/// The answers that others are compared with.
type Known = HashMap<(String, &'static str, Who, bool), Words>;

/// Asks everything. `expected` is `None` for what is not asked; the short form has more of what is `special`.
pub(crate) fn run<S: Stage, E: AsRef<Ask>>(
    stage: &mut S,
    asks: &[E],
    expected: &dyn Fn(&E, Who) -> Option<Told>,
    special: &dyn Fn(&E, Who) -> bool,
    choice: &Choice,
) -> Counts {
    let mut counts = Counts::default();
    let mut known = Known::new();
    let mut before = stage.look();
    for of_operation in asks.chunk_by(|one, next| one.as_ref().operation == next.as_ref().operation) {
        let mut cells: Vec<(&Ask, Who, Told)> = Vec::new();
        for entry in of_operation {
            let ask = entry.as_ref();
            let told = Who::all().into_iter().filter_map(|who| Some((ask, who, expected(entry, who)?)));
            let name = |who: Who| format!("{} {} {} {}", ask.operation, ask.case, who.name(), stage.name());
            let times = |who: Who| if special(entry, who) { SPECIAL } else { 1 };
            cells.extend(told.filter(|(_, who, _)| choice.has_times(&name(*who), times(*who))));
        }
        // What changes nothing comes first, so that it is seen to have changed nothing.
        let changes = |(ask, _, told): &(&Ask, Who, Told)| ask.effect != Effect::None && told.status() < 300;
        cells.sort_by_key(changes);
        let harmless = cells.iter().position(changes).unwrap_or(cells.len());
        let of_operation: Vec<&Ask> = of_operation.iter().map(AsRef::as_ref).collect();
        for (at, (ask, who, told)) in cells.iter().enumerate() {
            if at == harmless {
                compare(stage, ask, &before, &mut counts);
            }
            cell(stage, &of_operation, ask, *who, *told, &mut known, &mut counts);
        }
        match cells.last() {
            Some((ask, ..)) if harmless == cells.len() => compare(stage, ask, &before, &mut counts),
            Some(_) => before = stage.look(),
            None => {}
        }
    }
    counts
}

fn compare<S: Stage>(stage: &mut S, ask: &Ask, before: &[String], counts: &mut Counts) {
    let now = stage.look();
    for (before, now) in before.iter().zip(&now).filter(|(before, now)| before != now) {
        counts.wrong.push(format!("{} in {}: what was refused changed {before} to {now}", ask.operation, stage.name()));
    }
}

fn cell<S: Stage>(
    stage: &mut S,
    of_operation: &[&Ask],
    ask: &Ask,
    who: Who,
    told: Told,
    known: &mut Known,
    counts: &mut Counts,
) {
    let Some((answer, words)) = exchange(stage, ask, who, false, counts) else { return };
    counts.cells += 1;
    counts.refused += usize::from(answer.status >= 400);
    let mut wrong = flaw_of(ask, told, &answer);
    let filled = |text: &str| fill(stage, ask, who, false, text).map_or_else(String::new, |(text, _)| text);
    match told {
        Told::Status(_) | Told::Named(..) => {}
        Told::With(_, text) if answer.text().contains(&filled(text)) => {}
        Told::Without(_, text) if !answer.text().contains(&filled(text)) => {}
        Told::With(..) | Told::Without(..) => wrong = wrong.or_else(|| Some(format!("{told:?}"))),
        Told::Like(_, twin) => {
            counts.hidden += 1;
            let found = twin_of(stage, of_operation, ask, who, twin, known, counts);
            if found.as_ref() != Some(&words) {
                wrong = wrong.or_else(|| Some(format!("{twin:?} is told {found:?}")));
            }
        }
    }
    if let Some(wrong) = wrong {
        let Ask { operation, case, .. } = ask;
        let (who_name, stage_name) = (who.name(), stage.name());
        counts
            .wrong
            .push(format!("{operation}, {case}, {who_name}, {stage_name}: {words:?} in place of {told:?}: {wrong}"));
    }
    if answer.status < 300 && ask.effect == Effect::Spoils {
        stage.renew(who, ask);
    }
}

/// What the twin of a request was told; it changes nothing, so it is asked when it is wanted first.
fn twin_of<S: Stage>(
    stage: &mut S,
    of_operation: &[&Ask],
    ask: &Ask,
    who: Who,
    twin: Twin,
    known: &mut Known,
    counts: &mut Counts,
) -> Option<Words> {
    let (case, who, nowhere) = match twin {
        Twin::Case(case) => (case, who, false),
        Twin::OfNobody(case) => (case, Who::Nobody, false),
        Twin::Nowhere => (ask.case, who, true),
    };
    let key = (ask.method.clone(), case, who, nowhere);
    let key = (format!("{} {}", key.0, ask.operation), key.1, key.2, key.3);
    if let Some(words) = known.get(&key) {
        return Some(words.clone());
    }
    let other = of_operation.iter().find(|other| other.case == case && other.method == ask.method)?;
    let (_, words) = exchange(stage, other, who, nowhere, counts)?;
    known.insert(key, words.clone());
    Some(words)
}

/// Sends a request: the answer, and its words without the ids that were put in. `None` where there is no such thing.
fn exchange<S: Stage>(
    stage: &mut S,
    ask: &Ask,
    who: Who,
    nowhere: bool,
    counts: &mut Counts,
) -> Option<(Answer, Words)> {
    let (target, mut ids) = fill(stage, ask, who, nowhere, &ask.target)?;
    let (body, more) = fill(stage, ask, who, nowhere, ask.body)?;
    ids.extend(more);
    let mut headers = Vec::new();
    for (name, value) in ask.headers {
        let (value, more) = fill(stage, ask, who, nowhere, value)?;
        headers.push((*name, value));
        ids.extend(more);
    }
    counts.requests += 1;
    let answer = stage.send(who, ask, &Filled { target, headers, body });
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let words = answer.words(&ids);
    Some((answer, words))
}

/// A text with its slots filled, and what they were filled with.
fn fill<S: Stage>(stage: &S, ask: &Ask, who: Who, nowhere: bool, text: &str) -> Option<(String, Vec<String>)> {
    let mut text = text.to_owned();
    let mut ids = Vec::new();
    for slot in stage.slots() {
        let mark = format!("{{{slot}}}");
        if !text.contains(&mark) {
            continue;
        }
        let own = ask.with.iter().find(|(name, _)| name == slot).map_or(*slot, |(_, key)| key);
        let id = stage.id(who, slot, if nowhere { NEVER } else { own })?;
        text = text.replace(&mark, &id);
        // What is short is a word, and words are in answers for other reasons.
        ids.push(if id.len() < 8 { String::new() } else { id });
    }
    Some((text, ids))
}

/// What is wrong with an answer by itself.
fn flaw_of(ask: &Ask, told: Told, answer: &Answer) -> Option<String> {
    if answer.status != told.status() {
        return Some("another status".to_owned());
    }
    if answer.status < 400 || ask.method == "HEAD" {
        return None;
    }
    if ask.dialect == Dialect::Chime {
        let name = match (told, answer.status) {
            (Told::Named(_, name), _) => name,
            (_, 400) => "BadRequestException",
            (_, 403) => "ForbiddenException",
            (_, 404) => "NotFoundException",
            (_, 409) => "ConflictException",
            (_, 422) => "UnprocessableEntityException",
            _ => "none",
        };
        if answer.header("x-amzn-errortype") != Some(name) {
            return Some(format!("it is not called {name}"));
        }
    }
    flaw(ask.dialect, answer)
}
