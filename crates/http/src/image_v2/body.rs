//! JSON bodies of requests.

use salon_core::{Error, Result};
use serde_json::Value;

use crate::kit::RequestBody;

/// Reads the JSON body of a request; `Content-Type` is not looked at, as in the reference.
///
/// # Errors
/// Invalid when there is none, or it is not an object or a list, or it has what no text column can hold; over limit
/// beyond `limit` bytes.
pub(crate) async fn json(body: RequestBody, limit: usize) -> Result<Value> {
    if !body.is_announced() {
        return Err(Error::invalid("Body expected in request."));
    }
    parse(&body.read_all(limit).await?)
}

/// The parser is bounded: 128 levels of nesting, and no lone surrogates.
pub(super) fn parse(text: &[u8]) -> Result<Value> {
    let malformed = || Error::invalid("Malformed JSON in request body.");
    let value: Value = serde_json::from_slice(text).map_err(|error| malformed().with_source(error))?;
    if !(value.is_object() || value.is_array()) {
        return Err(Error::invalid("Unexpected body type. Expected list/dict."));
    }
    if has_nul(&value) {
        return Err(malformed().with_detail("a text with a NUL character"));
    }
    Ok(value)
}

/// PostgreSQL stores no NUL; refusing it here makes all databases alike. Depth is bounded by the parser.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use salon_core::Kind;

    use super::*;

    #[test]
    fn only_objects_and_lists_of_clean_text() {
        for (text, expected) in [
            (&b"{}"[..], None),
            (b" [1] ", None),
            (b"{\"a\": \"\\ud83d\\ude00\"}", None),
            (b"", Some("Malformed JSON in request body.")),
            (b"{", Some("Malformed JSON in request body.")),
            (b"{}{}", Some("Malformed JSON in request body.")),
            (b"{\"a\": NaN}", Some("Malformed JSON in request body.")),
            (b"{\"a\": \"\\ud83d\"}", Some("Malformed JSON in request body.")),
            (b"{\"a\": \"\xff\"}", Some("Malformed JSON in request body.")),
            (b"{\"a\": [\"\\u0000\"]}", Some("Malformed JSON in request body.")),
            (b"{\"\\u0000\": 1}", Some("Malformed JSON in request body.")),
            (b"1", Some("Unexpected body type. Expected list/dict.")),
            (b"\"x\"", Some("Unexpected body type. Expected list/dict.")),
            (b"null", Some("Unexpected body type. Expected list/dict.")),
        ] {
            let answer = parse(text);
            assert_eq!(answer.as_ref().err().map(Error::message), expected, "{}", String::from_utf8_lossy(text));
            assert!(answer.err().is_none_or(|error| error.kind() == Kind::Invalid));
        }
    }

    #[test]
    fn t_d2_nesting_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(nested(127).as_bytes()).is_ok());
        assert!(parse(nested(129).as_bytes()).is_err());
        assert!(parse("[".repeat(1 << 20).as_bytes()).is_err());
    }
}
