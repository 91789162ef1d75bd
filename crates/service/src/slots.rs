//! Places for long work, a few for each project, so that nobody takes all of them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts who has how many places on this node. It holds as many entries as there is work under way.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    each: usize,
    taken: Arc<Mutex<BTreeMap<String, usize>>>,
}

/// A place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Slots,
    whose: String,
}

impl Slots {
    /// `each` places for everybody, at least one.
    pub(crate) fn new(each: usize) -> Self {
        Self { each: each.max(1), taken: Arc::default() }
    }

    /// Takes a place for `whose`, if it has one left.
    pub(crate) fn take(&self, whose: &str) -> Option<Slot> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(whose.to_owned()).or_default();
        if *count >= self.each {
            return None;
        }
        *count += 1;
        drop(taken);
        Some(Slot { slots: self.clone(), whose: whose.to_owned() })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.whose) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_some() {
        let slots = Slots::new(2);
        let (first, second) = (slots.take("a").unwrap(), slots.take("a").unwrap());
        assert!(slots.take("a").is_none());
        let other = slots.take("b").unwrap();
        drop(first);
        assert!(slots.take("a").is_some());
        drop((second, other));
        assert!(slots.taken.lock().unwrap().is_empty(), "what nobody has is forgotten");
        assert!(Slots::new(0).take("a").is_some());
    }
}
