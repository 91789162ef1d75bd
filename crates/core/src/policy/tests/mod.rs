//! Tests of the policy language, of loading and of the default rules.

mod defaults;
mod language;
mod loading;
mod target;

use std::borrow::Cow;

use super::Target;

/// A target whose attributes may be null.
struct Pairs<'a>(&'a [(&'a str, &'a str)]);

impl Target for Pairs<'_> {
    fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| Cow::Borrowed(*value))
    }
}
