//! Paths, members and page tokens of the Chime API.

use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use salon_http::{chime::fuzz as door, kit::fuzz as pages};
use serde_json::{Map, Value};

use crate::given::{choice, has_nul, line, text};

pub(crate) const ROUTE_WORDS: &[&str] = &[
    "/accounts",
    "/",
    "rooms",
    "memberships",
    "users",
    "bots",
    "operation=",
    "batch-create",
    "add",
    "%2F",
    "%72ooms",
    "?",
    "&",
    "..",
    "settings",
    "retention-settings",
    "messages",
    "conversations",
    "redact",
];

pub(crate) const INPUT_WORDS: &[&str] = &[
    "{\"Name\": \"",
    "\"}",
    "\"MembershipItemList\": [",
    "{\"MemberId\": \"m\", \"Role\": \"Administrator\"}",
    "null",
    "max-results=",
    "next-token=",
    "&",
    "=",
    "\\u0000",
    "\"RetentionDays\": ",
    "\"RetentionSettings\": {",
    "\"UserEmailList\": [\"a@b.c\"]",
    "%2B",
    "[",
    "]",
    "1e9",
    "true",
    "\n",
];

/// A method's first letter, then path and query.
pub(crate) fn route(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let Some(target) = text(rest) else { return };
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    let Some(method) = methods.get(usize::from(first) % methods.len()) else { return };
    let Some((name, template, labels)) = door::route(method, path, query) else { return };
    if labels.iter().any(|(_, label)| label.is_none()) {
        return;
    }
    // The path that is made of what was found leads to the same.
    let mut values = labels.iter().filter_map(|(_, label)| label.as_deref());
    let segments = template.split('/').map(|segment| {
        if segment.starts_with('{') {
            utf8_percent_encode(values.next().unwrap_or_default(), NON_ALPHANUMERIC).to_string()
        } else {
            segment.to_owned()
        }
    });
    let again = segments.collect::<Vec<_>>().join("/");
    assert_eq!(door::route(method, &again, query), Some((name, template, labels.clone())));
}

/// An operation's number, a query up to the end of the line, and a body.
pub(crate) fn input(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let (query, body) = line(rest);
    let Some(query) = text(query) else { return };
    let operation = usize::from(first) % door::operations();
    let labels = ["a", "b", "c"];
    let Some(found) = door::input(operation, &labels, query, body) else { return };
    assert!(!has_nul(&found), "no NUL reaches a database");
    let Some(found) = found.as_object() else { return };
    // Only what the model names is let through, and it says the same when it is sent again.
    let names = door::members_of_body(operation);
    let again: Map<String, Value> =
        names.iter().filter_map(|(name, wire)| Some(((*wire).to_owned(), found.get(*name)?.clone()))).collect();
    let body = Value::Object(again).to_string();
    let second = door::input(operation, &labels, query, body.as_bytes());
    assert_eq!(second.as_ref().and_then(Value::as_object), Some(found));
}

/// The list's name, and what is taken for a token or for the place in the list.
pub(crate) fn page_token(data: &[u8]) {
    let (list, rest) = line(data);
    let (Some(list), Some(rest)) = (text(list), text(rest)) else { return };
    let token = pages::seal(list, rest).expect("a place can be sealed");
    assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    match pages::open(list, &token) {
        Some(opened) => assert_eq!(opened, rest),
        // Tokens have a greatest length, and so have the ids in them.
        None => assert!(token.len() > 2048),
    }
    assert_eq!(pages::open(&format!("{list}x"), &token), None);
    if rest != token {
        assert_eq!(pages::open(list, rest), None, "nobody makes up a token");
    }
}
