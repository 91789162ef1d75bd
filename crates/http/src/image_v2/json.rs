//! Writes JSON in the reference's manner (a space behind each comma and colon) straight into one buffer.
//!
//! A page of images is some hundred short fields. Written through a general serializer each costs several small calls;
//! written here it is a copy, which is what keeps a list of 25 under 20 µs.

use std::fmt::Write;

use itoa::Buffer;

/// A name that stands in the code, as it is written behind another member.
#[derive(Clone, Copy)]
pub(crate) struct Key(#[doc(hidden)] pub(crate) &'static str);

/// Makes a [`Key`]: what is written before a value is one piece, not four.
macro_rules! key {
    ($name:literal) => {
        $crate::image_v2::json::Key(concat!(", \"", $name, "\": "))
    };
}
pub(crate) use key;

/// Bytes of a [`Key`] that the first member of an object does not have.
const BEHIND: usize = ", ".len();

/// A JSON object being written.
pub(crate) struct Object<'a> {
    out: &'a mut String,
    empty: bool,
}

impl<'a> Object<'a> {
    /// Begins an object.
    pub(crate) fn begin(out: &'a mut String) -> Self {
        out.push('{');
        Self { out, empty: true }
    }

    /// Ends it.
    pub(crate) fn end(self) {
        self.out.push('}');
    }

    /// Writes a name and gives the buffer for its value.
    pub(crate) fn value(&mut self, name: Key) -> &mut String {
        let behind = if std::mem::take(&mut self.empty) { BEHIND } else { 0 };
        self.out.push_str(name.0.get(behind..).unwrap_or_default());
        self.out
    }

    /// A text under a name from outside.
    pub(crate) fn member(&mut self, name: &str, value: &str) {
        if !std::mem::take(&mut self.empty) {
            self.out.push_str(", ");
        }
        push_text(self.out, name);
        self.out.push_str(": ");
        push_text(self.out, value);
    }

    /// A text.
    pub(crate) fn text(&mut self, name: Key, value: &str) {
        push_text(self.value(name), value);
    }

    /// A text or null.
    pub(crate) fn optional_text(&mut self, name: Key, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.value(name).push_str("null"),
        }
    }

    /// A whole number.
    pub(crate) fn number(&mut self, name: Key, value: u64) {
        self.value(name).push_str(Buffer::new().format(value));
    }

    /// A whole number or null.
    pub(crate) fn optional_number(&mut self, name: Key, value: Option<u64>) {
        match value {
            Some(value) => self.number(name, value),
            None => self.value(name).push_str("null"),
        }
    }

    /// True or false.
    pub(crate) fn flag(&mut self, name: Key, value: bool) {
        self.value(name).push_str(if value { "true" } else { "false" });
    }
}

/// Writes a list, each element by `write`.
pub(crate) fn push_list<T>(
    out: &mut String,
    elements: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (at, element) in elements.into_iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        write(out, element);
    }
    out.push(']');
}

/// Writes a text in quotes. Nearly all texts are copied as they are.
pub(crate) fn push_text(out: &mut String, text: &str) {
    out.push('"');
    if is_plain(text) {
        out.push_str(text);
    } else {
        for letter in text.chars() {
            push_escaped(out, letter);
        }
    }
    out.push('"');
}

/// Looks at several bytes at a time; the last ones are looked at together, whatever of them was seen before.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    if let Some(last) = bytes.last_chunk() {
        return bytes.as_chunks().0.iter().chain([last]).all(are_plain::<16>);
    }
    match bytes.last_chunk() {
        Some(last) => bytes.as_chunks().0.iter().chain([last]).all(are_plain::<8>),
        None => bytes.iter().all(|byte| are_plain(&[*byte])),
    }
}

/// Whether none of some bytes is a control character, a quote or a backslash. All are looked at, so that it takes one
/// instruction for many.
fn are_plain<const N: usize>(bytes: &[u8; N]) -> bool {
    !bytes.iter().fold(false, |found, byte| found | (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\'))
}

fn push_escaped(out: &mut String, letter: char) {
    match letter {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        control if control < '\u{20}' => {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{:04x}", u32::from(control));
        }
        other => out.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_a_serializer_writes_them() {
        let every: String = (0..0x300).filter_map(char::from_u32).chain("😀\u{2028}\u{10ffff}".chars()).collect();
        // Every letter at every place of a word.
        let placed = every.chars().flat_map(|letter| (0..17).map(move |at| format!("{:x<at$}{letter:x<9}", "")));
        let texts = ["", "plain", "caf\u{e9}", "\"", "\\", "a\nb", "\u{7f}", &every].map(str::to_owned);
        for text in texts.into_iter().chain(placed) {
            let mut written = String::new();
            push_text(&mut written, &text);
            assert_eq!(written, serde_json::Value::from(text).to_string());
        }
    }

    #[test]
    fn objects_and_lists() {
        let mut out = String::new();
        let mut object = Object::begin(&mut out);
        object.member("a\"b", "1");
        object.optional_text(key!("t"), None);
        object.optional_number(key!("n"), Some(u64::MAX));
        object.optional_number(key!("m"), None);
        object.flag(key!("f"), true);
        push_list(object.value(key!("l")), ["x", "y"], push_text);
        push_list(object.value(key!("e")), Vec::<&str>::new(), push_text);
        object.end();
        assert_eq!(
            out,
            r#"{"a\"b": "1", "t": null, "n": 18446744073709551615, "m": null, "f": true, "l": ["x", "y"], "e": []}"#
        );
        let mut out = String::new();
        Object::begin(&mut out).end();
        assert_eq!(out, "{}");
    }
}
