//! Proof of a passed check, as a type.

use std::{marker::PhantomData, ops::Deref};

/// A `T` on which the caller may do `A`. Only the policy makes one, so a write that asks for it cannot be
/// reached without the check.
#[derive(Debug)]
pub struct Permitted<T, A> {
    thing: T,
    action: PhantomData<fn() -> A>,
}

impl<T, A> Permitted<T, A> {
    /// Only the rules of this crate call it, after the decision.
    pub(crate) fn granted(thing: T) -> Self {
        Self { thing, action: PhantomData }
    }

    /// Gives the thing back, and the permission up.
    pub fn into_inner(self) -> T {
        self.thing
    }
}

impl<T, A> Deref for Permitted<T, A> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.thing
    }
}
