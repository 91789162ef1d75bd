//! `PUT /v1/images/{image_id}/members/{member}`

use salon_core::image::v1::grants::Grant;
use salon_service::v1;

use super::body;
use crate::{
    image_v1::{Answer, Call, ImageV1},
    image_v2::wire::no_content,
};

pub(crate) async fn put(api: &ImageV1, mut call: Call) -> Answer {
    let body = body::json(call.take_body(), api.json_limit).await?;
    let can_share = body::can_share(body.as_ref())?;
    let id = call.image_id()?;
    let grant = Grant { member: call.member()?, can_share };
    v1::grant(&api.service, &call.ctx, &id, &grant).await?;
    Ok(no_content(true))
}
