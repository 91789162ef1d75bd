//! `DELETE /v2/images/{image_id}/members/{member_id}`

use salon_service::rackspace;

use crate::rackspace::{Answer, Call, Rackspace, wire};

pub(crate) async fn delete(api: &Rackspace, call: Call) -> Answer {
    rackspace::revoke(&api.service, &call.ctx, &call.image_id()?, &call.member()?).await?;
    Ok(wire::no_content(false))
}
