//! Values that are written in a form of their own: instants, networks, messages, tasks, keys, URLs.

use std::sync::OnceLock;

use salon_core::{
    Network, Timestamp,
    message::content::{BotName, Content, mention},
    task::{Input, TaskKind},
    time::parse_iso8601,
};
use salon_outbound::{Guard, Options, special};
use salon_store::Key;
use serde_json::Value;

use crate::given::{choice, line, text};

pub(crate) const TASK_WORDS: &[&str] = &[
    "{\"import_from\": \"c/o\"",
    ", \"import_from_format\": \"vhd\"",
    ", \"image_properties\": {\"name\": \"",
    "}",
    "\"",
    "/",
    "{\"image_uuid\": \"71c675ab-d94f-49cd-a114-e12490b328d9\", \"receiving_swift_container\": \"",
    "null",
    "..",
    "?",
];

pub(crate) const URL_WORDS: &[&str] = &[
    "http://",
    "https://",
    "example.org",
    "127.0.0.1",
    "0x7f",
    "2130706433",
    "[::1]",
    "[::ffff:",
    "@",
    ":",
    "\\",
    "%2e",
    "%40",
    "/",
    "?",
    "#",
    "169.254.169.254",
    "localhost",
    ".",
    "\u{ff11}",
    "\u{3002}",
    "\t",
    "xn--",
    ":65536",
    "64:ff9b::",
];

pub(crate) fn instant(data: &[u8]) {
    let Some(source) = text(data) else { return };
    let found = parse_iso8601(source);
    if let Some(at) = found {
        // Years that are written with four digits.
        if (-62_135_596_800_000_000..253_402_300_800_000_000).contains(&at.0) {
            assert_eq!(parse_iso8601(&at.to_iso_micros()), Some(at));
            assert_eq!(parse_iso8601(&at.to_iso_seconds()).map(Timestamp::seconds), Some(at.seconds()));
        }
    }
    let whole =
        source.len() >= 20 && source.as_bytes().get(10) == Some(&b'T') && source.as_bytes().get(13) == Some(&b':');
    if whole && let Some(seconds) = rfc3339(source) {
        assert_eq!(found.map(Timestamp::seconds), Some(seconds), "{source}");
    }
}

/// Seconds since the epoch of `YYYY-MM-DDThh:mm:ssZ`, by counting days.
fn rfc3339(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let shaped = text.len() == 20
        && [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "Z")]
            .iter()
            .all(|(at, mark)| text.get(*at..at + 1) == Some(*mark));
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days_of = |year: i64, month: i64| match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !shaped
        || !(1..=12).contains(&month)
        || day < 1
        || day > days_of(year, month)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let years: i64 = (0..year).map(|year| 365 + i64::from(leap(year))).sum();
    let months: i64 = (1..month).map(|month| days_of(year, month)).sum();
    // From the first of January of the year 0 to that of 1970.
    let days = years + months + day - 1 - 719_528;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

pub(crate) fn network(data: &[u8]) {
    let Some(source) = text(data) else { return };
    let Ok(network) = source.parse::<Network>() else { return };
    let printed = network.to_string();
    assert_eq!(printed.parse::<Network>().expect("it can be read again").to_string(), printed);
    let (address, _) = printed.split_once('/').expect("a prefix");
    assert!(network.contains(address.parse().expect("an address")));
}

/// A bot's name and address, a line each, and a text.
pub(crate) fn message(data: &[u8]) {
    let (name, rest) = line(data);
    let (email, body) = line(rest);
    let (Some(display_name), Some(email), Some(body)) = (text(name), text(email), text(body)) else { return };
    if let Some(part) = mention(body, BotName { display_name, email }) {
        assert!(part.starts_with('@') && body.ends_with(part));
    }
    let Ok(content) = Content::parse(body) else { return };
    assert!(content.as_str() == body && body.len() <= 4096 && !body.contains('\0'));
    let calls = content.calls_everybody();
    assert!(!calls || (body.to_lowercase().contains("@all") || body.to_lowercase().contains("@present")));
    assert_eq!(content.check_room(51).is_err(), calls);
    // An address before it changes nothing.
    let longer = Content::parse(&format!("x {body}"));
    assert!(longer.is_err() || longer.is_ok_and(|longer| longer.calls_everybody() == calls));
}

pub(crate) fn task_input(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let Ok(value) = serde_json::from_slice::<Value>(rest) else { return };
    let kind = if first & 1 == 0 { TaskKind::Import } else { TaskKind::Export };
    match Input::parse(kind, &value) {
        Ok(Input::Import(import)) => {
            assert!(!import.container.contains('/') && !import.container.is_empty() && !import.object.is_empty());
            let from = value["import_from"].as_str().expect("it was read");
            assert_eq!(format!("{}/{}", import.container, import.object), from);
            assert!(import.name.is_none_or(|name| name.chars().count() <= 255) && from.len() <= 1024);
        }
        Ok(Input::Export(export)) => {
            assert!(!export.container.contains(['/', '.', '?']) && !export.container.is_empty());
        }
        Err(_) => {}
    }
}

pub(crate) fn store_key(data: &[u8]) {
    let Some(source) = text(data) else { return };
    match Key::read(source) {
        Some(key) => {
            assert_eq!(key.as_str(), source);
            assert!((1..=200).contains(&source.len()) && !source.starts_with(['.', '-']));
            assert!(source.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
            if let Some(image) = key.image() {
                assert!(source.starts_with(image.as_str()));
            }
        }
        None => assert!(Key::parse(source).is_err()),
    }
}

/// What may be asked for is plain, leads to a public address as far as it says one, and is read again as the same.
pub(crate) fn outbound_url(data: &[u8]) {
    static GUARD: OnceLock<Guard> = OnceLock::new();
    let guard = GUARD.get_or_init(|| Guard::new(Options::default()).expect("the defaults are sound"));
    let Some(source) = text(data) else { return };
    let Ok(target) = guard.check(source) else { return };
    assert!(source.bytes().all(|byte| byte.is_ascii_graphic()) && source.len() <= 4096);
    let authority = source.split_once("://").expect("a scheme").1.split(['/', '?', '#']).next().unwrap_or_default();
    assert!(!authority.contains(['@', '%', '\\']) && !target.host().is_empty());
    assert!(authority.to_ascii_lowercase().starts_with(target.host()) || authority.starts_with('['), "{source}");
    if let Ok(address) = target.host().parse() {
        assert_eq!(special(address), None, "{source}");
    }
    // What has to be encoded becomes longer, and there is a longest URL.
    if target.as_str().len() > 4096 {
        return;
    }
    let again = guard.check(target.as_str()).expect("it is read again");
    assert_eq!((again.host(), again.port(), again.scheme()), (target.host(), target.port(), target.scheme()));
    assert_eq!(again.as_str(), target.as_str());
    assert!(!target.to_string().contains('?'));
}
