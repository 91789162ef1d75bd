//! The fields of a line of text without colours, written as `tracing_subscriber` writes them.
//!
//! Every request is a line of some fifteen fields. By the general way each of them goes through several layers of formatting
//! for styles that a file does not have; here names, plain texts and whole numbers are copied. Everything else
//! takes the general way, with its escapes.

use std::fmt::{self, Debug};

use itoa::Buffer;
use tracing::field::{Field, Visit};
use tracing_subscriber::{
    field::{RecordFields, VisitOutput},
    fmt::{
        FormatFields,
        format::{DefaultVisitor, Writer},
    },
};

/// Writes fields as `name=value`, texts in quotes.
pub(super) struct PlainFields;

impl<'writer> FormatFields<'writer> for PlainFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut plain = Plain { writer, is_empty: true, outcome: Ok(()) };
        fields.record(&mut plain);
        plain.outcome
    }
}

struct Plain<'a> {
    writer: Writer<'a>,
    is_empty: bool,
    outcome: fmt::Result,
}

impl Plain<'_> {
    fn general(&mut self, record: impl FnOnce(&mut DefaultVisitor<'_>)) {
        if self.outcome.is_ok() {
            let mut general = DefaultVisitor::new(self.writer.by_ref(), self.is_empty);
            record(&mut general);
            self.outcome = general.finish();
            self.is_empty = false;
        }
    }

    fn copy(&mut self, field: &Field, value: &[&str]) {
        let separator = if self.is_empty { "" } else { " " };
        for part in [separator, field.name(), "="].iter().chain(value) {
            if self.outcome.is_ok() {
                self.outcome = self.writer.write_str(part);
            }
        }
        self.is_empty = false;
    }
}

impl Visit for Plain<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.general(|general| general.record_debug(field, value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.general(|general| general.record_error(field, value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        // Every byte is looked at, so that it takes one instruction for many.
        let is_plain = value
            .bytes()
            .fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\'));
        if is_plain && is_usual(field) {
            self.copy(field, &["\"", value, "\""]);
        } else {
            self.general(|general| general.record_str(field, value));
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if is_usual(field) {
            self.copy(field, &[Buffer::new().format(value)]);
        } else {
            self.general(|general| general.record_u64(field, value));
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if is_usual(field) {
            self.copy(field, &[if value { "true" } else { "false" }]);
        } else {
            self.general(|general| general.record_bool(field, value));
        }
    }
}

/// Whether a field is written by its name and its value: neither the message nor what stands for something else.
fn is_usual(field: &Field) -> bool {
    let name = field.name();
    name != "message" && !name.starts_with("r#") && !name.starts_with("log.")
}

#[cfg(test)]
mod tests {
    use std::io;

    use tracing_subscriber::{fmt::layer, layer::SubscriberExt, registry};

    use super::{super::Lines, *};

    fn events() {
        let error = io::Error::other("out \"of\" order");
        for text in ["", "plain", "a b", "caf\u{e9}", "\"", "back\\slash", "line\nend", "\u{1b}[31m", "\u{7f}", "~ !"] {
            tracing::info!(text, none = None::<&str>, some = Some(text), "message");
            tracing::warn!(%text, ?text, r#type = text, "{text}");
        }
        for number in [0, 9, 10, 12_345, u64::MAX] {
            tracing::error!(number, yes = number == 0, ratio = number as f64 / 3.0, signed = -1);
        }
        tracing::error!(%error, error = &error as &dyn std::error::Error, "it broke");
        tracing::info!("nothing else");
    }

    #[test]
    fn lines_are_those_of_the_general_way() {
        let (plain, general) = (Lines::default(), Lines::default());
        let fields = layer().with_ansi(false).without_time().fmt_fields(PlainFields).with_writer(plain.clone());
        tracing::subscriber::with_default(registry().with(fields), events);
        let fields = layer().with_ansi(false).without_time().with_writer(general.clone());
        tracing::subscriber::with_default(registry().with(fields), events);
        let text = |lines: Lines| String::from_utf8(lines.lock().text.clone()).unwrap();
        let (plain, general) = (text(plain), text(general));
        assert!(general.contains("text=\"plain\" some=\"plain\"") && general.contains("number=18446744073709551615"));
        assert_eq!(plain, general);
    }
}
