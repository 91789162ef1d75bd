//! `DELETE /v2/images/{image_id}/members/{member_id}`

use salon_service::rackspace;

use crate::{
    image_v2::members::named,
    rackspace::{Answer, Call, Rackspace, wire},
};

pub(crate) async fn delete(api: &Rackspace, call: Call) -> Answer {
    rackspace::revoke(&api.service, &call.ctx, &call.image_id()?, &named(&call)?).await?;
    Ok(wire::no_content(false))
}
