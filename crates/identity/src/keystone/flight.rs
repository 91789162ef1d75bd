//! One question to Keystone per token at a time, however many requests bring it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::body::Validated;

/// What came of a question.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// The token is valid (perhaps expired, if that was allowed).
    Valid(Arc<Validated>),
    /// Keystone does not know the token.
    Invalid,
    /// No answer that could be relied on; the words are for the operator.
    Undecided(Arc<str>),
}

impl Answer {
    pub(super) fn undecided(why: impl Into<String>) -> Self {
        Self::Undecided(why.into().into())
    }
}

type Key = ([u8; 32], bool);

/// Questions under way. There are never more than requests being served.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Arc<OnceCell<Answer>>>>);

impl Flights {
    /// Takes part in the question under way for `key`, or puts it. If the one who put it goes away, the next takes
    /// over.
    pub(super) async fn join(&self, key: Key, ask: impl Future<Output = Answer>) -> Answer {
        let seat = Seat::take(self, key);
        seat.cell.get_or_init(|| ask).await.clone()
    }
}

/// One request's part in a question; the last one to leave, or the first to leave with an answer, removes it.
struct Seat<'a> {
    flights: &'a Flights,
    key: Key,
    cell: Arc<OnceCell<Answer>>,
}

impl<'a> Seat<'a> {
    fn take(flights: &'a Flights, key: Key) -> Self {
        let mut map = flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self { flights, key, cell: Arc::clone(map.entry(key).or_default()) }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut map = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done = self.cell.initialized();
        // Two: the map's and this one.
        if map
            .get(&self.key)
            .is_some_and(|cell| Arc::ptr_eq(cell, &self.cell) && (done || Arc::strong_count(cell) == 2))
        {
            map.remove(&self.key);
        }
    }
}
