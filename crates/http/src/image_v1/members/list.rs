//! `GET /v1/images/{image_id}/members`

use http::StatusCode;
use salon_service::v1;

use crate::{
    image_v1::{
        Answer, Call, ImageV1,
        wire::{MemberBody, Members},
    },
    kit::answer,
};

pub(crate) async fn list(api: &ImageV1, call: Call) -> Answer {
    let found = v1::members(&api.service, &call.ctx, &call.image_id()?).await?;
    let members = found.iter().map(MemberBody::of).collect();
    Ok(answer::json(StatusCode::OK, &Members { members }))
}
