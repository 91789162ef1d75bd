//! `PUT /v1/images/{image_id}/members`

use salon_service::v1;

use super::body;
use crate::{
    image_v1::{Answer, Call, ImageV1},
    image_v2::wire::no_content,
};

pub(crate) async fn replace(api: &ImageV1, mut call: Call) -> Answer {
    let body = body::json(call.request.take_body(), api.json_limit).await?;
    let grants = body::grants(body.as_ref())?;
    v1::replace(&api.service, &call.ctx, &call.image_id()?, &grants).await?;
    Ok(no_content(true))
}
