//! `GET /v2/images`

use http::StatusCode;
use salon_service::rackspace;

use crate::{
    image_v2::{images::parameters, links},
    rackspace::{Answer, Call, Rackspace, wire},
};

const PATH: &str = "/v2/images";

pub(crate) async fn list(api: &Rackspace, call: Call) -> Answer {
    let parameters = parameters(&call.request)?;
    let page = rackspace::list(&api.service, &call.ctx, &parameters).await?;
    let first = links::link(PATH, &parameters, None);
    let next = page.next.as_ref().map(|marker| links::link(PATH, &parameters, Some(marker.as_str())));
    Ok(wire::json(StatusCode::OK, wire::images(&page.images, &first, next.as_deref())))
}
