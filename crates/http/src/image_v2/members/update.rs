//! `PUT /v2/images/{image_id}/members/{member_id}`

use http::StatusCode;
use salon_core::{Error, Result, membership::MemberStatus};
use salon_service::sharing;
use serde_json::Value;

use crate::image_v2::{Answer, Call, ImageV2, body, members::named, wire};

pub(crate) async fn update(api: &ImageV2, mut call: Call) -> Answer {
    let body = body::json(call.request.take_body(), api.options.json_limit).await?;
    let status = status_in(&body)?;
    let image_id = call.image_id()?;
    let membership = sharing::respond(&api.service, &call.ctx, &image_id, &named(&call)?, status).await?;
    Ok(wire::json(StatusCode::OK, wire::member(&membership)))
}

/// Only the status is read; openstacksdk sends the member too.
pub(crate) fn status_in(body: &Value) -> Result<MemberStatus> {
    let Some(object) = body.as_object() else {
        return Err(Error::invalid("Expected a status in the form: {\"status\": \"status\"}"));
    };
    let Some(status) = object.get("status") else {
        return Err(Error::invalid("Status not specified"));
    };
    status
        .as_str()
        .and_then(MemberStatus::parse)
        .ok_or_else(|| Error::invalid("Incorrect request: Status must be \"pending\", \"accepted\" or \"rejected\"."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn three_answers_and_nothing_else() {
        assert_eq!(status_in(&json!({"status": "accepted", "member": "x"})).unwrap(), MemberStatus::Accepted);
        assert_eq!(status_in(&json!({"status": "rejected"})).unwrap(), MemberStatus::Rejected);
        assert_eq!(status_in(&json!({"status": "pending"})).unwrap(), MemberStatus::Pending);
        for refused in
            [json!([]), json!({}), json!({"status": null}), json!({"status": "Accepted"}), json!({"status": 1})]
        {
            assert!(status_in(&refused).is_err(), "{refused}");
        }
    }
}
