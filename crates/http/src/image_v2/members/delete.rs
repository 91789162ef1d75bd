//! `DELETE /v2/images/{image_id}/members/{member_id}`

use salon_service::sharing;

use crate::image_v2::{Answer, Call, ImageV2, members::named, wire};

pub(crate) async fn delete(api: &ImageV2, call: Call) -> Answer {
    let image_id = call.image_id()?;
    sharing::revoke(&api.service, &call.ctx, &image_id, &named(&call)?).await?;
    // Alone among the answers without a body, this one has no content type in the reference.
    Ok(wire::no_content(false))
}
