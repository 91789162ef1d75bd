//! Writes JSON in the reference's manner (a space behind each comma and colon) straight into one buffer.
//!
//! A page of images is some hundred short fields. Written through a general serializer each costs several small calls;
//! written here it is a copy, which is what keeps a list of 25 under 20 µs.

use std::fmt::Write;

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
        // Writing to a String cannot fail.
        let _ = write!(self.value(name), "{value}");
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

/// Looks at eight bytes at a time; the last eight are looked at together, whatever of them was seen before.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.last_chunk() {
        Some(last) => bytes.as_chunks().0.iter().chain([last]).all(|eight| are_plain(*eight)),
        None => !bytes.iter().any(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\')),
    }
}

/// Whether none of eight bytes is a control character, a quote or a backslash. The highest bit of each byte of a word tells
/// whether that byte was found (or one below it, which does not matter here).
fn are_plain(bytes: [u8; 8]) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    let word = u64::from_ne_bytes(bytes);
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | is(b'"') | is(b'\\')) & (ONES << 7) == 0
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
        let placed = every.chars().flat_map(|letter| (0..9).map(move |at| format!("{:x<at$}{letter:x<9}", "")));
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
