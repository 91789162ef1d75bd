//! Whether what clients saw of one object is what some order one after the other would have shown them
//! (linearizability; the search of Wing and Gong, which remembers what it has tried).

use std::{collections::HashSet, fmt::Debug, hash::Hash};

/// What an object does when calls come one after the other.
pub(crate) trait Object: Clone + Eq + Hash + Debug {
    /// What a call asks for.
    type Action: Debug;
    /// What came back.
    type Seen: Debug + PartialEq;

    /// What is answered, and the object afterwards.
    fn answer(&self, action: &Self::Action) -> (Self::Seen, Self);

    /// Whether a call that was answered so changes nothing, whatever the object was.
    fn is_look(action: &Self::Action, seen: &Self::Seen) -> bool;

    /// Whether nothing says if the call was done.
    fn is_unknown(seen: &Self::Seen) -> bool;

    /// The object after a call, if the call can have been answered as it was.
    fn after(&self, call: &Call<Self>) -> Option<Self> {
        let (expected, next) = self.answer(&call.action);
        (call.seen == expected || Self::is_unknown(&call.seen)).then_some(next)
    }
}

/// A call and its answer.
#[derive(Debug)]
pub(crate) struct Call<O: Object> {
    pub(crate) action: O::Action,
    pub(crate) seen: O::Seen,
}

/// A call as its client saw it. The times are of one clock.
#[derive(Debug)]
pub(crate) struct Event<O: Object> {
    pub(crate) began: u64,
    pub(crate) ended: u64,
    /// It was not answered: it happened after it began, or never.
    pub(crate) uncertain: bool,
    /// It comes after the event so many places before it, if that happened; 0 for one that stands alone.
    pub(crate) continues: usize,
    /// Where it was sent.
    pub(crate) server: usize,
    pub(crate) call: Call<O>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// There is such an order.
    Serial,
    /// There is none.
    Broken,
    /// Not decided within the bound.
    Open,
}

/// States that are looked at before the search is given up.
const MOST: usize = 400_000;

/// Events of one history at most: the width of [`Search::done`].
pub(crate) const LONGEST: usize = 128;

struct Search<'a, O: Object> {
    events: &'a [Event<O>],
    /// Events that must be in the order.
    required: u128,
    seen: HashSet<(u128, O)>,
    /// The longest order so far, and what it makes of the object.
    best: (u128, O),
}

/// Looks for an order of the events that `object` allows. When there is none, `tell` is given the longest one there is: for
/// each event whether it is in it, and for one that could come next what should have been answered.
pub(crate) fn judge<O: Object>(
    object: &O,
    events: &[Event<O>],
    tell: impl Fn(&Event<O>, bool, Option<String>),
) -> Verdict {
    assert!(events.len() <= LONGEST, "{} events of one object", events.len());
    let required = (0..events.len()).filter(|at| !events[*at].uncertain).fold(0, |all, at| all | 1 << at);
    let mut search = Search { events, required, seen: HashSet::new(), best: (0, object.clone()) };
    if search.from(object, 0) {
        return Verdict::Serial;
    }
    let (done, object) = search.best.clone();
    for (at, event) in events.iter().enumerate() {
        let next = search.may_come(done, at).then(|| format!("{:?}", object.answer(&event.call.action).0));
        tell(event, done & (1 << at) != 0, next);
    }
    if search.seen.len() >= MOST { Verdict::Open } else { Verdict::Broken }
}

impl<O: Object> Search<'_, O> {
    /// Whether there is an order of everything that is not done yet.
    fn from(&mut self, object: &O, done: u128) -> bool {
        if done & self.required == self.required {
            return true;
        }
        if self.seen.len() >= MOST || !self.seen.insert((done, object.clone())) {
            return false;
        }
        if done.count_ones() > self.best.0.count_ones() {
            self.best = (done, object.clone());
        }
        let mut branches = Vec::new();
        for (at, event) in self.events.iter().enumerate() {
            if !self.may_come(done, at) {
                continue;
            }
            let Some(next) = object.after(&event.call) else { continue };
            if !O::is_unknown(&event.call.seen) && O::is_look(&event.call.action, &event.call.seen) {
                // Nothing is lost by having it now: later it would be in the way. (Not so a write that changes nothing yet.)
                return self.from(&next, done | 1 << at);
            }
            branches.push((at, next));
        }
        branches.into_iter().any(|(at, next)| self.from(&next, done | 1 << at))
    }

    /// Whether an event may come next: nothing comes before what had ended when it began.
    fn may_come(&self, done: u128, at: usize) -> bool {
        let open = |at: usize| done & (1 << at) == 0;
        let event = &self.events[at];
        let first = || {
            let ends = (0..self.events.len()).filter(|at| open(*at) && !self.events[*at].uncertain);
            event.began <= ends.map(|at| self.events[at].ended).min().unwrap_or(u64::MAX)
        };
        open(at) && (event.continues == 0 || !open(at - event.continues)) && first()
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, Event, Object, Verdict};

    fn judge(object: &u8, events: &[Event<u8>]) -> Verdict {
        super::judge(object, events, |_, _, _| {})
    }

    /// A register.
    impl Object for u8 {
        /// What to write, if anything.
        type Action = Option<u8>;
        type Seen = u8;

        fn answer(&self, write: &Option<u8>) -> (u8, u8) {
            let after = write.unwrap_or(*self);
            (after, after)
        }

        fn is_look(write: &Option<u8>, _: &u8) -> bool {
            write.is_none()
        }

        fn is_unknown(_: &u8) -> bool {
            false
        }
    }

    fn event(began: u64, ended: u64, (kind, seen): (char, u8)) -> Event<u8> {
        let call = Call { action: (kind == 'w').then_some(seen), seen };
        Event { began, ended, uncertain: false, continues: 0, server: 0, call }
    }

    #[test]
    fn reads_beside_a_write_may_see_either() {
        let history = [event(0, 10, ('w', 1)), event(1, 2, ('r', 0)), event(3, 4, ('r', 1))];
        assert_eq!(judge(&0, &history), Verdict::Serial);
        // But not the new value and then the old one.
        let history = [event(0, 10, ('w', 1)), event(1, 2, ('r', 1)), event(3, 4, ('r', 0))];
        assert_eq!(judge(&0, &history), Verdict::Broken);
    }

    #[test]
    fn a_write_of_what_is_there_may_come_later() {
        let history = [event(0, 10, ('w', 0)), event(0, 10, ('w', 1)), event(20, 30, ('r', 0))];
        assert_eq!(judge(&0, &history), Verdict::Serial);
    }

    #[test]
    fn what_was_answered_is_seen_afterwards() {
        assert_eq!(judge(&0, &[event(0, 1, ('w', 1)), event(2, 3, ('r', 0))]), Verdict::Broken);
        assert_eq!(judge(&0, &[event(0, 1, ('w', 1)), event(2, 3, ('r', 1))]), Verdict::Serial);
    }

    #[test]
    fn what_was_not_answered_may_come_late_or_never() {
        let lost = |reads: &[(char, u8)]| {
            let mut history = vec![Event { uncertain: true, ..event(0, 1, ('w', 1)) }];
            history.extend(reads.iter().zip(1..).map(|(read, at)| event(at * 10, at * 10 + 1, *read)));
            judge(&0, &history)
        };
        assert_eq!(lost(&[('r', 0), ('r', 0)]), Verdict::Serial);
        assert_eq!(lost(&[('r', 0), ('r', 1)]), Verdict::Serial);
        assert_eq!(lost(&[('r', 1), ('r', 0)]), Verdict::Broken);
    }
}
