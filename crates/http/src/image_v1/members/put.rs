//! `PUT /v1/images/{image_id}/members/{member}`

use salon_core::image::v1::grants::Grant;
use salon_service::v1;

use super::body;
use crate::{
    image_v1::{Answer, Call, ImageV1, member},
    image_v2::wire::no_content,
};

pub(crate) async fn put(api: &ImageV1, mut call: Call) -> Answer {
    let body = body::json(call.request.take_body(), api.json_limit).await?;
    let can_share = body::can_share(body.as_ref())?;
    let id = call.image_id()?;
    let grant = Grant { member: member(&call)?, can_share };
    v1::grant(&api.service, &call.ctx, &id, &grant).await?;
    Ok(no_content(true))
}
