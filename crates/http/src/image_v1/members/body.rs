//! What a client says about members.

use salon_core::{Error, Result, image::v1::grants::Grant, membership::MemberName};
use serde_json::Value;

use crate::kit::RequestBody;

/// Reads a JSON body; `None` when there is none. `Content-Type` is not looked at, as in the reference.
///
/// # Errors
/// Invalid when it is no JSON; OverLimit beyond `limit` bytes.
pub(super) async fn json(body: RequestBody, limit: usize) -> Result<Option<Value>> {
    if !body.is_announced() {
        return Ok(None);
    }
    let text = body.read_all(limit).await?;
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|error| Error::invalid("Malformed JSON in request body.").with_source(error))
}

/// `{"member": {"can_share": true}}`, with anything of it left out.
///
/// # Errors
/// Invalid for another shape.
pub(in crate::image_v1) fn can_share(body: Option<&Value>) -> Result<Option<bool>> {
    let Some(body) = body else { return Ok(None) };
    let object = body.as_object().ok_or_else(|| Error::invalid("Expected an object in the body."))?;
    match object.get("member") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(member)) => read_flag(member.get("can_share")),
        Some(_) => Err(Error::invalid("Expected an object as \"member\".")),
    }
}

/// `{"memberships": [{"member_id": "…", "can_share": true}]}`; also with the key `members`, which the published sample
/// has, as a bare list, and as one membership without a list.
///
/// # Errors
/// Invalid for another shape, an entry without `member_id`, no body.
pub(in crate::image_v1) fn grants(body: Option<&Value>) -> Result<Vec<Grant>> {
    let expected = || Error::invalid("Expected {\"memberships\": [{\"member_id\": \"tenant\"}]} in the body.");
    let entries = match body.ok_or_else(expected)? {
        Value::Array(entries) => entries.as_slice(),
        Value::Object(object) => match object.get("memberships").or_else(|| object.get("members")) {
            Some(Value::Array(entries)) => entries.as_slice(),
            Some(_) => return Err(expected()),
            None => std::slice::from_ref(body.ok_or_else(expected)?),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return Err(expected()),
    };
    entries
        .iter()
        .map(|entry| {
            let member = entry.get("member_id").and_then(Value::as_str).ok_or_else(expected)?;
            Ok(Grant { member: MemberName::parse(member)?, can_share: read_flag(entry.get("can_share"))? })
        })
        .collect()
}

/// A truth. The reference takes any text for true, even "false"; here the words say what they say.
fn read_flag(value: Option<&Value>) -> Result<Option<bool>> {
    let wrong = || Error::invalid("Expected true or false as \"can_share\".");
    match value {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(false)),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            _ => Err(wrong()),
        },
        Some(Value::String(text)) => match text.to_lowercase().as_str() {
            "true" => Ok(Some(true)),
            "false" | "" => Ok(Some(false)),
            _ => Err(wrong()),
        },
        Some(Value::Array(_) | Value::Object(_)) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_flag_is_what_it_says() {
        for (value, expected) in [
            (json!({}), None),
            (json!({"member": null}), None),
            (json!({"member": {}}), None),
            (json!({"member": {"can_share": true}}), Some(true)),
            (json!({"member": {"can_share": "True"}}), Some(true)),
            (json!({"member": {"can_share": 1}}), Some(true)),
            (json!({"member": {"can_share": "false"}}), Some(false)),
            (json!({"member": {"can_share": 0}}), Some(false)),
            (json!({"member": {"can_share": null}}), Some(false)),
            (json!({"member": {"can_share": ""}}), Some(false)),
        ] {
            assert_eq!(can_share(Some(&value)).unwrap(), expected, "{value}");
        }
        assert_eq!(can_share(None).unwrap(), None);
        for refused in [
            json!([]),
            json!(1),
            json!({"member": []}),
            json!({"member": "x"}),
            json!({"member": {"can_share": "perhaps"}}),
            json!({"member": {"can_share": 2}}),
            json!({"member": {"can_share": [true]}}),
        ] {
            assert!(can_share(Some(&refused)).is_err(), "{refused}");
        }
    }

    #[test]
    fn lists_come_in_four_shapes() {
        let member = json!({"member_id": "t", "can_share": true});
        for body in [json!({"memberships": [member]}), json!({"members": [member]}), json!([member]), member.clone()] {
            let read = grants(Some(&body)).unwrap();
            assert_eq!(read, [Grant { member: MemberName::parse("t").unwrap(), can_share: Some(true) }], "{body}");
        }
        assert_eq!(grants(Some(&json!({"memberships": []}))).unwrap(), []);
        for refused in [
            json!(null),
            json!("x"),
            json!({}),
            json!({"memberships": {}}),
            json!({"memberships": [{}]}),
            json!({"memberships": [{"member_id": 1}]}),
            json!({"memberships": [{"member_id": ""}]}),
            json!({"memberships": ["t"]}),
            json!([[]]),
        ] {
            assert!(grants(Some(&refused)).is_err(), "{refused}");
        }
        assert!(grants(None).is_err());
    }
}
