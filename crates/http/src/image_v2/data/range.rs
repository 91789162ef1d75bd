//! Which part of an image a request asks for: `Range`, or `Content-Range`, which old clients send in its place.

use std::ops::Range;

use http::{
    HeaderMap,
    header::{CONTENT_RANGE, RANGE},
};
use salon_core::Error;

use crate::image_v2::{error::Failure, fault::Fault};

/// The bytes asked for, of `size`; `None` for all of them.
pub(crate) fn requested(headers: &HeaderMap, size: u64) -> Result<Option<Range<u64>>, Failure> {
    if let Some(value) = headers.get(RANGE) {
        return value
            .to_str()
            .map_err(|_| Fault::range("Invalid Range header.").into())
            .and_then(|text| range(text, size))
            .map(Some);
    }
    if let Some(value) = headers.get(CONTENT_RANGE) {
        return value
            .to_str()
            .map_err(|_| Fault::range("Invalid Content-Range header.").into())
            .and_then(|text| content_range(text, size))
            .map(Some);
    }
    Ok(None)
}

fn range(text: &str, size: u64) -> Result<Range<u64>, Failure> {
    if text.contains(',') {
        return Err(Error::invalid(
            "Requests with multiple ranges are not supported. You may make multiple single-range requests instead.",
        )
        .into());
    }
    let malformed = || Failure::from(Fault::range("Invalid Range header."));
    let (first, last) = parse_range(text).ok_or_else(malformed)?;
    let range = match (first, last) {
        (Some(first), Some(last)) if first > last => return Err(malformed()),
        (Some(first), Some(last)) => first..last.saturating_add(1).min(size),
        (Some(first), None) => first..size,
        (None, Some(0)) => return Err(unsatisfiable("start", "Start", "Range", size)),
        (None, Some(count)) => size.saturating_sub(count)..size,
        (None, None) => return Err(malformed()),
    };
    if range.start >= size {
        return Err(unsatisfiable("start", "Start", "Range", size));
    }
    Ok(range)
}

/// `bytes=first-last`, either of which may be left out.
fn parse_range(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let text = text.trim();
    let unit = text.get(..5)?;
    let spec = text.get(5..)?.trim_start().strip_prefix('=')?;
    let (first, last) = spec.split_once('-')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    Some((optional(first.trim())?, optional(last.trim())?))
}

/// `bytes first-last/length` with a length or `*`. Here a stop behind the end is not cut but refused.
fn content_range(text: &str, size: u64) -> Result<Range<u64>, Failure> {
    let malformed = || Failure::from(Fault::range("Invalid Content-Range header."));
    let (first, last, length) = parse_content_range(text).ok_or_else(malformed)?;
    let stop = last.checked_add(1).ok_or_else(malformed)?;
    if first >= stop || length.is_some_and(|length| stop > length) {
        return Err(malformed());
    }
    if first >= size {
        return Err(unsatisfiable("start", "Start", "Content-Range", size));
    }
    if stop > size {
        return Err(unsatisfiable("stop", "The stop", "Content-Range", size));
    }
    Ok(first..stop)
}

fn parse_content_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, length) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let length = if length == "*" { None } else { Some(number(length)?) };
    Some((number(first)?, number(last)?, length))
}

/// Nothing, or a number.
fn optional(text: &str) -> Option<Option<u64>> {
    if text.is_empty() { Some(None) } else { number(text).map(Some) }
}

/// Digits; more of them than a size can have are the largest size.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

fn unsatisfiable(which: &str, subject: &str, header: &str, size: u64) -> Failure {
    let bounds = match size.checked_sub(1) {
        Some(last) => format!("{subject} position MUST be in the inclusive range [0, {last}]."),
        None => "There are no bytes.".to_owned(),
    };
    Fault::range(format!("Invalid {which} position in {header} header. {bounds}")).into()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::image_v2::error::fault;

    fn ask(name: HeaderName, value: &'static str, size: u64) -> Result<Option<Range<u64>>, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        requested(&headers, size)
            .map_err(|failure| failure.into_fault(|error| fault(error, String::new)).status.as_u16())
    }

    #[test]
    fn t_d7_ranges() {
        for (value, expected) in [
            ("bytes=0-4", Ok(Some(0..5))),
            ("BYTES = 0 - 4", Ok(Some(0..5))),
            ("bytes=9-9", Ok(Some(9..10))),
            ("bytes=4-", Ok(Some(4..10))),
            ("bytes=4-99", Ok(Some(4..10))),
            ("bytes=0-18446744073709551616", Ok(Some(0..10))),
            ("bytes=-3", Ok(Some(7..10))),
            ("bytes=-99", Ok(Some(0..10))),
            ("bytes=0-1,3-4", Err(400)),
            ("bytes=10-", Err(416)),
            ("bytes=99999999999999999999-", Err(416)),
            ("bytes=5-4", Err(416)),
            ("bytes=-0", Err(416)),
            ("bytes=-", Err(416)),
            ("bytes=a-b", Err(416)),
            ("bytes=1", Err(416)),
            ("bytes", Err(416)),
            ("", Err(416)),
            ("items=0-1", Err(416)),
            ("b\u{fc}", Err(416)),
        ] {
            if value.is_ascii() {
                assert_eq!(ask(RANGE, value, 10), expected, "{value}");
            }
        }
        assert_eq!(ask(RANGE, "bytes=0-", 0), Err(416));
        assert_eq!(ask(RANGE, "bytes=-1", 0), Err(416));
        assert_eq!(requested(&HeaderMap::new(), 10).unwrap(), None);
    }

    #[test]
    fn legacy_content_ranges() {
        for (value, expected) in [
            ("bytes 0-4/*", Ok(Some(0..5))),
            ("bytes 0-9/10", Ok(Some(0..10))),
            ("bytes 2-3/100", Ok(Some(2..4))),
            ("bytes 0-10/*", Err(416)),
            ("bytes 0-10/100", Err(416)),
            ("bytes 10-10/*", Err(416)),
            ("bytes 5-4/*", Err(416)),
            ("bytes 0-4/3", Err(416)),
            ("bytes */10", Err(416)),
            ("bytes */*", Err(416)),
            ("bytes 0-18446744073709551615/*", Err(416)),
            ("bytes=0-4", Err(416)),
        ] {
            assert_eq!(ask(CONTENT_RANGE, value, 10), expected, "{value}");
        }
    }

    #[test]
    fn range_wins_over_content_range() {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static("bytes=1-2"));
        headers.insert(CONTENT_RANGE, HeaderValue::from_static("bytes 5-6/*"));
        assert_eq!(requested(&headers, 10).unwrap(), Some(1..3));
        headers.insert(RANGE, HeaderValue::from_bytes(b"\xff").unwrap());
        assert!(requested(&headers, 10).is_err());
    }
}
