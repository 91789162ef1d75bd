//! Instants as plain values, and the clock that is passed as an argument.

use std::{fmt, time::Duration};

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Timelike};

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

    /// `YYYY-MM-DDTHH:MM:SS.fffZ`, as Amazon Chime writes instants.
    pub fn to_iso_millis(self) -> String {
        self.format(SecondsFormat::Millis)
    }

    fn format(self, precision: SecondsFormat) -> String {
        let at = DateTime::from_timestamp_micros(self.0).unwrap_or_default();
        let fraction = match precision {
            SecondsFormat::Millis => Some((at.timestamp_subsec_millis(), 3)),
            SecondsFormat::Micros => Some((at.timestamp_subsec_micros(), 6)),
            _ => None,
        };
        // Every image of a list has two of them: digit by digit they cost a fraction of the general way.
        let Some(year) = u32::try_from(at.year()).ok().filter(|year| *year < 10_000) else {
            return at.to_rfc3339_opts(precision, true);
        };
        let two = |value: u32| [digit(value / 10), digit(value)];
        let ([y1, y2], [y3, y4]) = (two(year / 100), two(year));
        let ([m1, m2], [d1, d2], [h1, h2]) = (two(at.month()), two(at.day()), two(at.hour()));
        let ([n1, n2], [s1, s2]) = (two(at.minute()), two(at.second()));
        let end = if fraction.is_some() { b'.' } else { b'Z' };
        let seconds = [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, end];
        let mut text = String::with_capacity(27);
        text.push_str(std::str::from_utf8(&seconds).unwrap_or_default());
        if let Some((value, digits)) = fraction {
            for place in (0..digits).rev() {
                text.push(char::from(digit(value / 10_u32.pow(place))));
            }
            text.push('Z');
        }
        text
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

/// The last decimal digit of a number.
fn digit(value: u32) -> u8 {
    b'0' + u8::try_from(value % 10).unwrap_or(0)
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

/// Reads an ISO 8601 date or instant as OpenStack services do: `2026`, `2026-01`, `20260131`, `2026-01-31`,
/// each full date followed by `T` or a blank and `hh[:mm[:ss[.f]]]` and `Z`, `+hh`, `+hhmm` or `+hh:mm`.
/// Without a zone it is UTC. Digits beyond microseconds are dropped.
pub fn parse_iso8601(text: &str) -> Option<Timestamp> {
    let mut rest = Digits(text);
    let year = rest.number(4, 4)?;
    let dashed = rest.skip('-');
    let (mut month, mut day) = (1, 1);
    if dashed {
        month = rest.number(1, 2)?;
        if rest.skip('-') {
            day = rest.number(1, 2)?;
        } else if !rest.0.is_empty() {
            return None;
        }
    } else if !rest.0.is_empty() {
        month = rest.number(2, 2)?;
        day = rest.number(2, 2)?;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let mut micros = 0_i64;
    let (mut hour, mut minute, mut second) = (0, 0, 0);
    let mut offset = 0_i64;
    if rest.skip('T') || rest.skip(' ') {
        hour = rest.number(2, 2)?;
        rest.skip(':');
        if rest.starts_with_digit() {
            minute = rest.number(2, 2)?;
            rest.skip(':');
            if rest.starts_with_digit() {
                second = rest.number(1, 2)?;
                if rest.skip('.') || rest.skip(',') {
                    micros = rest.fraction()?;
                }
            }
        }
        offset = rest.zone()?;
    }
    if !rest.0.is_empty() {
        return None;
    }
    let at = date.and_hms_opt(hour, minute, second)?.and_utc().timestamp();
    let seconds = at.checked_sub(offset)?;
    seconds.checked_mul(1_000_000)?.checked_add(micros).map(Timestamp)
}

/// What is left to read.
struct Digits<'a>(&'a str);

impl Digits<'_> {
    fn skip(&mut self, c: char) -> bool {
        match self.0.strip_prefix(c) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn starts_with_digit(&self) -> bool {
        self.0.starts_with(|c: char| c.is_ascii_digit())
    }

    fn take(&mut self, most: usize) -> &str {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        digits
    }

    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self.take(most);
        if digits.len() < least { None } else { digits.parse().ok() }
    }

    /// Microseconds of the digits after the point.
    fn fraction(&mut self) -> Option<i64> {
        let digits = self.take(usize::MAX);
        let six: String = digits.chars().chain("000000".chars()).take(6).collect();
        if digits.is_empty() { None } else { six.parse().ok() }
    }

    /// Seconds east of Greenwich.
    fn zone(&mut self) -> Option<i64> {
        let sign = match (self.skip('Z'), self.skip('+'), self.skip('-')) {
            (true, false, false) => return Some(0),
            (false, true, false) => 1,
            (false, false, true) => -1,
            (false, false, false) => return Some(0),
            _ => return None,
        };
        let hours = self.number(2, 2)?;
        let colon = self.skip(':');
        let minutes = if self.starts_with_digit() { self.number(2, 2)? } else { 0 };
        if hours > 23 || minutes > 59 || (colon && self.0.starts_with(':')) {
            return None;
        }
        Some(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DateTime, SecondsFormat, Timestamp, parse_iso8601};

    #[test]
    fn instants_as_iso_8601() {
        let day = 1_769_817_600_000_000_i64;
        for (text, micros) in [
            ("2026-01-31", day),
            ("20260131", day),
            ("2026-1-31", day),
            ("2026-01", 1_767_225_600_000_000),
            ("2026", 1_767_225_600_000_000),
            ("2026-01-31T00:00:00Z", day),
            ("2026-01-31 00:00", day),
            ("2026-01-31T00", day),
            ("20260131T000000", day),
            ("2026-01-31T00:00:00.5Z", day + 500_000),
            ("2026-01-31T00:00:00,000001999", day + 1),
            ("2026-01-31T01:30:00+01:30", day),
            ("2026-01-31T01:30:00+0130", day),
            ("2026-01-31T01:00+01", day),
            ("2026-01-30T23:00:00-01:00", day),
            ("1969-12-31T23:59:59Z", -1_000_000),
        ] {
            assert_eq!(parse_iso8601(text), Some(Timestamp(micros)), "{text}");
        }
        for text in [
            "",
            "x",
            "26-01-31",
            "202601",
            "2026-",
            "2026-02-30",
            "2026-01-31T",
            "2026-01-31Z",
            "2026-01-31T24:00:00",
            "2026-01-31T00:60",
            "2026-01-31T00:00:00.",
            "2026-01-31T00:00:00Zulu",
            "2026-01-31T00:00:00+1",
            "2026-01-31T00:00:00+25:00",
            " 2026-01-31",
            "2026-01-31 ",
            "２０２６",
        ] {
            assert_eq!(parse_iso8601(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(micros in -62_135_596_800_000_000_i64..253_402_300_799_999_999) {
            let at = Timestamp(micros);
            prop_assert_eq!(parse_iso8601(&at.to_iso_micros()), Some(at));
            prop_assert_eq!(parse_iso8601(&at.to_iso_seconds()), Some(Timestamp(at.seconds() * 1_000_000)));
        }

        #[test]
        fn instants_are_written_as_chrono_writes_them(micros in any::<i64>().prop_map(|micros| micros / 8)) {
            let chrono = |precision| {
                DateTime::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(precision, true)
            };
            let at = Timestamp(micros);
            prop_assert_eq!(at.to_iso_seconds(), chrono(SecondsFormat::Secs));
            prop_assert_eq!(at.to_iso_millis(), chrono(SecondsFormat::Millis));
            prop_assert_eq!(at.to_iso_micros(), chrono(SecondsFormat::Micros));
        }

        #[test]
        fn any_text_is_answered(text in "[0-9TZ:.,+ -]{0,30}|.{0,20}") {
            let _ = parse_iso8601(&text);
        }
    }
}
