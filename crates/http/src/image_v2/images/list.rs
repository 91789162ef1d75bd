//! `GET /v2/images`

use http::StatusCode;
use salon_core::image::list::ImageQuery;
use salon_service::images;

use crate::image_v2::{Answer, Call, ImageV2, images::IMAGE_ROOM, links, wire};

const PATH: &str = "/v2/images";

pub(crate) async fn list(api: &ImageV2, call: Call) -> Answer {
    let parameters = call.request.query_pairs();
    let query = ImageQuery::parse(&parameters, api.service.limits())?;
    let page = images::list(&api.service, &call.ctx, &query).await?;
    let first = links::link(PATH, &parameters, None);
    let next = page.next.as_ref().map(|marker| links::link(PATH, &parameters, Some(marker.as_str())));
    let body = wire::ImagesBody { images: &page.images, first: &first, next: next.as_deref() };
    Ok(wire::json(StatusCode::OK, &body, IMAGE_ROOM * (page.images.len() + 1))?)
}
