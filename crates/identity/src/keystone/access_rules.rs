//! Requests an application credential is limited to.

use http::Method;
use serde::Deserialize;

/// One allowed request.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct AccessRule {
    #[serde(default)]
    pub(super) path: String,
    #[serde(default)]
    pub(super) method: String,
    #[serde(default)]
    pub(super) service: String,
}

/// Whether a rule allows the request. An empty list allows nothing.
pub(super) fn allow(rules: &[AccessRule], service_type: &str, method: &Method, path: &str) -> bool {
    rules.iter().any(|rule| {
        rule.service == service_type && rule.method == method.as_str() && matches(rule.path.as_bytes(), path.as_bytes())
    })
}

/// Whether `path` matches: `*` and `{name}` are one or more characters of one segment, `**` is any text.
///
/// Two positions to fall back to are enough (one per kind of wildcard), so the time is bounded by the product of the
/// lengths whatever the pattern.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    // States of the pattern that may match the text so far; a plain simulation of the automaton.
    let parts = parts(pattern);
    let mut states = vec![false; parts.len() + 1];
    if let Some(first) = states.first_mut() {
        *first = true;
    }
    settle(&parts, &mut states);
    for byte in path {
        let mut next = vec![false; states.len()];
        for ((at, part), reached) in parts.iter().enumerate().zip(&states) {
            if !reached {
                continue;
            }
            let (stay, advance) = match part {
                Part::Literal(own) => (false, own == byte),
                Part::Segment => (*byte != b'/', *byte != b'/'),
                Part::Anything => (true, true),
            };
            if stay && let Some(state) = next.get_mut(at) {
                *state = true;
            }
            if advance && let Some(state) = next.get_mut(at + 1) {
                *state = true;
            }
        }
        settle(&parts, &mut next);
        states = next;
    }
    states.last().copied().unwrap_or(false)
}

/// `**` may stand for nothing: whoever stands before it stands behind it too.
fn settle(parts: &[Part], states: &mut [bool]) {
    for (at, part) in parts.iter().enumerate() {
        if matches!(part, Part::Anything)
            && states.get(at) == Some(&true)
            && let Some(state) = states.get_mut(at + 1)
        {
            *state = true;
        }
    }
}

enum Part {
    Literal(u8),
    /// One or more characters without a slash.
    Segment,
    /// Any text.
    Anything,
}

fn parts(pattern: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        parts.push(match first {
            b'*' => match after.strip_prefix(b"*") {
                Some(after) => {
                    rest = after;
                    Part::Anything
                }
                None => Part::Segment,
            },
            b'{' => match after.iter().position(|byte| *byte == b'}') {
                Some(end) => {
                    rest = after.get(end + 1..).unwrap_or_default();
                    Part::Segment
                }
                None => Part::Literal(b'{'),
            },
            other => Part::Literal(*other),
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let cases = [
            ("/v2/images", "/v2/images", true),
            ("/v2/images", "/v2/images/", false),
            ("/v2/images/*", "/v2/images/a", true),
            ("/v2/images/*", "/v2/images/", false),
            ("/v2/images/*", "/v2/images/a/file", false),
            ("/v2/images/{image_id}/file", "/v2/images/a/file", true),
            ("/v2/images/{image_id}/file", "/v2/images//file", false),
            ("/v2/images/**", "/v2/images/a/file", true),
            ("/v2/images/**", "/v2/images/", true),
            ("/v2/images**", "/v2/images", true),
            ("**", "", true),
            ("**/file", "/v2/images/a/file", true),
            ("**/file", "/v2/images/a/files", false),
            ("/v2.0/*", "/v2x0/a", false),
            ("/*/*/*", "/a/b/c", true),
            ("/*a*b", "/xaxb", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern.as_bytes(), path.as_bytes()), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn service_and_method_count() {
        let rule = |service: &str, method: &str| AccessRule {
            path: "/v2/images".into(),
            method: method.into(),
            service: service.into(),
        };
        let may = |rules: &[AccessRule]| allow(rules, "image", &Method::GET, "/v2/images");
        assert!(may(&[rule("compute", "GET"), rule("image", "GET")]));
        assert!(!may(&[rule("compute", "GET"), rule("image", "POST")]));
        assert!(!may(&[]));
    }
}
