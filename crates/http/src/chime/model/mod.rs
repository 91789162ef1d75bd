//! The published service model: operations, checks and types are generated from it (`tests/chime_model.rs`); here is
//! what they are written in.

#[rustfmt::skip]
pub(super) mod checks;
#[rustfmt::skip]
mod operations;
#[rustfmt::skip]
pub(super) mod types;

use http::Method;
use salon_core::Timestamp;
use serde::{Serialize, Serializer};

pub use operations::Operation;
pub(super) use operations::{Exception, OPERATIONS};

/// One operation.
pub(super) struct Spec {
    pub(super) operation: Operation,
    pub(super) name: &'static str,
    pub(super) method: Method,
    /// The path's template.
    pub(super) path: &'static str,
    /// The template with what is fixed in the query, for logs and metrics: it names one operation of a method.
    pub(super) uri: &'static str,
    /// The value of `operation=` in the query.
    pub(super) marker: Option<&'static str>,
    /// The status of success.
    pub(super) status: u16,
    pub(super) input: &'static Check,
    /// Errors that clients know by name for this operation; others reach them as a general one.
    pub(super) errors: &'static [Exception],
}

/// What a value must be.
#[derive(Debug)]
pub(super) enum Check {
    /// A text of so many characters, one of `values` if there are any.
    Text { min: usize, max: usize, pattern: Pattern, values: &'static [&'static str] },
    /// A whole number.
    Number { min: i64, max: i64 },
    /// A boolean.
    Flag,
    /// A list of so many items.
    List { of: &'static Check, min: usize, max: usize },
    /// An object; members that are not known are let through.
    Structure(&'static [Member]),
}

/// A member of a structure.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    /// Its name in path or query.
    pub(super) wire: &'static str,
    pub(super) place: Place,
    pub(super) required: bool,
    pub(super) check: &'static Check,
}

/// Where a member of a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Body,
}

/// The regular expressions of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pattern {
    /// None.
    Any,
    /// `.*\S.*`
    NotBlank,
    /// `.+@.+\..+`
    Email,
    /// `[-_a-zA-Z0-9]*`
    Token,
}

impl Pattern {
    /// Whether all of `text` matches; a dot stands for anything but the end of a line.
    pub(super) fn matches(self, text: &str) -> bool {
        let one_line = || !text.contains('\n');
        match self {
            Self::Any => true,
            Self::NotBlank => one_line() && text.chars().any(|char| !char.is_whitespace()),
            Self::Email => {
                // The first `@` with something before it leaves most behind it.
                let at = text.char_indices().skip(1).find(|(_, char)| *char == '@').map(|(at, _)| at + 1);
                one_line() && at.and_then(|at| text.get(at..)).is_some_and(inner_dot)
            }
            Self::Token => text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')),
        }
    }
}

/// Whether there is a dot with something on both sides of it.
fn inner_dot(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next();
    chars.next_back();
    chars.as_str().contains('.')
}

/// An instant as answers have it: UTC with milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Time(pub(super) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_iso_millis())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn patterns_are_those_of_the_model(text in "[a@. \n-]{0,8}|\\PC{0,8}") {
            for (pattern, expression) in
                [(Pattern::NotBlank, r".*\S.*"), (Pattern::Email, r".+@.+\..+"), (Pattern::Token, "[-_a-zA-Z0-9]*")]
            {
                let all = Regex::new(&format!("^(?:{expression})$")).unwrap();
                prop_assert_eq!(pattern.matches(&text), all.is_match(&text), "{:?} of {:?}", pattern, text);
            }
        }
    }

    #[test]
    fn operations_are_found_under_their_own_number() {
        for (at, spec) in OPERATIONS.iter().enumerate() {
            assert_eq!(spec.operation as usize, at, "{}", spec.name);
            assert!(spec.errors.contains(&Exception::BadRequest));
        }
    }

    /// What the house says is what the model knows, and the other way round for what requests may name.
    #[test]
    fn words_of_the_house_are_those_of_the_model() {
        use salon_core::account::{AccountStatus, AccountType, InviteStatus, License, RegistrationStatus, UserType};

        let model: serde_json::Value = serde_json::from_str(include_str!("chime-2018-05-01.json")).unwrap();
        let known = |shape: &str| -> Vec<String> {
            let values = model["shapes"][shape]["enum"].as_array().unwrap();
            values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
        };
        type Read = fn(&str) -> Option<&'static str>;
        let readers: [(&str, Read); 6] = [
            ("AccountStatus", |text| AccountStatus::parse(text).map(AccountStatus::as_str)),
            ("AccountType", |text| AccountType::parse(text).map(AccountType::as_str)),
            ("InviteStatus", |text| InviteStatus::parse(text).map(InviteStatus::as_str)),
            ("License", |text| License::parse(text).map(License::as_str)),
            ("RegistrationStatus", |text| RegistrationStatus::parse(text).map(RegistrationStatus::as_str)),
            ("UserType", |text| UserType::parse(text).map(UserType::as_str)),
        ];
        for (shape, read) in readers {
            for value in known(shape) {
                assert_eq!(read(&value), Some(value.as_str()), "{shape}");
            }
        }
        for spec in &OPERATIONS {
            for exception in spec.errors {
                assert!(model["shapes"][exception.wire().0]["exception"].as_bool().unwrap());
            }
        }
    }

    #[test]
    fn instants_have_milliseconds() {
        let text = serde_json::to_string(&Time(Timestamp(1_575_326_201_969_999))).unwrap();
        assert_eq!(text, "\"2019-12-02T22:36:41.969Z\"");
    }
}
