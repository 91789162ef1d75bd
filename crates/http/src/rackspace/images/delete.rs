//! `DELETE /v2/images/{image_id}`

use salon_service::rackspace;

use crate::rackspace::{Answer, Call, Rackspace, wire};

pub(crate) async fn delete(api: &Rackspace, call: Call) -> Answer {
    rackspace::delete(&api.service, &call.ctx, &call.image_id()?).await?;
    Ok(wire::no_content(false))
}
