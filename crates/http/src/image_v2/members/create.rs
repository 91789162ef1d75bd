//! `POST /v2/images/{image_id}/members`

use http::StatusCode;
use salon_core::{Error, Result, membership::MemberName};
use salon_service::sharing;
use serde_json::Value;

use crate::image_v2::{Answer, Call, ImageV2, body, wire};

pub(crate) async fn create(api: &ImageV2, mut call: Call) -> Answer {
    let body = body::json(call.request.take_body(), api.options.json_limit).await?;
    let member = MemberName::parse(&member_in(&body)?)?;
    let membership = sharing::invite(&api.service, &call.ctx, &call.image_id()?, &member).await?;
    Ok(wire::json(StatusCode::OK, wire::member(&membership)))
}

/// The name in the body. The reference takes whole numbers for names, and scripts send them.
pub(crate) fn member_in(body: &Value) -> Result<String> {
    let Some(object) = body.as_object() else {
        return Err(Error::invalid("Expected a member in the form: {\"member\": \"project\"}"));
    };
    match object.get("member") {
        None => Err(Error::invalid("Member to be added not specified")),
        Some(Value::String(name)) if !name.is_empty() => Ok(name.clone()),
        Some(Value::Number(number)) if number.is_u64() && number.as_u64() != Some(0) => Ok(number.to_string()),
        Some(Value::String(_) | Value::Null) => Err(Error::invalid("Member can't be empty")),
        Some(Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Error::invalid("Member must be a string"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_texts_or_whole_numbers() {
        assert_eq!(member_in(&json!({"member": "554433", "x": 1})).unwrap(), "554433");
        assert_eq!(member_in(&json!({"member": 554433})).unwrap(), "554433");
        for refused in [
            json!([]),
            json!({}),
            json!({"member": ""}),
            json!({"member": null}),
            json!({"member": 0}),
            json!({"member": 1.5}),
            json!({"member": -1}),
            json!({"member": true}),
            json!({"member": ["a"]}),
            json!({"member": {"a": 1}}),
        ] {
            assert!(member_in(&refused).is_err(), "{refused}");
        }
    }
}
