//! `DELETE /v1/images/{image_id}`

use salon_service::v1;

use crate::{
    image_v1::{Answer, Call, ImageV1},
    kit::{Body, Response},
};

/// 200 and no body, where the documents say 204: it is what the reference answers.
pub(crate) async fn delete(api: &ImageV1, call: Call) -> Answer {
    v1::delete(&api.service, &call.ctx, &call.image_id()?).await?;
    Ok(Response::new(Body::empty()))
}
