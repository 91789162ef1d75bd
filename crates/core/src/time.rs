//! Instants as plain values, and the clock that is passed as an argument.

use std::{fmt, time::Duration};

use chrono::{DateTime, SecondsFormat};

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// `YYYY-MM-DDTHH:MM:SSZ`, as the Image API writes instants.
    pub fn to_iso_seconds(self) -> String {
        self.format(SecondsFormat::Secs)
    }

    /// `YYYY-MM-DDTHH:MM:SS.ffffffZ`, as Keystone writes instants.
    pub fn to_iso_micros(self) -> String {
        self.format(SecondsFormat::Micros)
    }

    fn format(self, precision: SecondsFormat) -> String {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default().to_rfc3339_opts(precision, true)
    }

    /// This instant moved by `after`, saturating.
    #[must_use]
    pub fn plus(self, after: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(after.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_iso_micros())
    }
}

/// Where *now* comes from. The binary has the one real clock; tests pass their own.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock.
    fn now(&self) -> Timestamp;
}
