//! `GET /v1/images/{image_id}/members/{member}`

use http::StatusCode;
use salon_service::v1;

use crate::{
    image_v1::{
        Answer, Call, ImageV1, member,
        wire::{MemberBody, OneMember},
    },
    kit::answer,
};

/// The reference routes it and answers 405; its own client asks for it.
pub(crate) async fn show(api: &ImageV1, call: Call) -> Answer {
    let found = v1::member(&api.service, &call.ctx, &call.image_id()?, &member(&call)?).await?;
    Ok(answer::json(StatusCode::OK, &OneMember { member: MemberBody::of(&found) }))
}
