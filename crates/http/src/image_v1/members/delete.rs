//! `DELETE /v1/images/{image_id}/members/{member}`

use salon_service::v1;

use crate::{
    image_v1::{Answer, Call, ImageV1, member},
    image_v2::wire::no_content,
};

/// The published page lists a `member_id` in the body; no body is read.
pub(crate) async fn delete(api: &ImageV1, call: Call) -> Answer {
    v1::revoke(&api.service, &call.ctx, &call.image_id()?, &member(&call)?).await?;
    Ok(no_content(true))
}
