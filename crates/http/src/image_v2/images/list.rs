//! `GET /v2/images`

use http::StatusCode;
use percent_encoding::percent_decode_str;
use salon_core::{Error, Result, image::list::ImageQuery};
use salon_service::images;

use crate::{
    image_v2::{Answer, Call, ImageV2, links, wire},
    kit::Request,
};

const PATH: &str = "/v2/images";

pub(crate) async fn list(api: &ImageV2, call: Call) -> Answer {
    let parameters = parameters(&call.request)?;
    let query = ImageQuery::parse(&parameters, api.service.limits())?;
    let page = images::list(&api.service, &call.ctx, &query).await?;
    let first = links::link(PATH, &parameters, None);
    let next = page.next.as_ref().map(|marker| links::link(PATH, &parameters, Some(marker.as_str())));
    Ok(wire::json(StatusCode::OK, wire::images(&page.images, &first, next.as_deref())))
}

/// The query's parameters. One that is not UTF-8 must not turn into a filter for something else.
pub(crate) fn parameters(request: &Request) -> Result<Vec<(String, String)>> {
    let query = request.query.as_deref().unwrap_or_default();
    match percent_decode_str(query).decode_utf8() {
        Ok(_) => Ok(request.query_pairs()),
        Err(error) => Err(Error::invalid("The query of the request is not UTF-8.").with_source(error)),
    }
}
