//! `GET /v2/images/{image_id}/file`

use http::{
    HeaderValue, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_RANGE},
};
use salon_core::Error;
use salon_service::data::{Data, read};

use crate::{
    image_v2::{
        Answer, Call, ImageV2,
        data::{self, range},
        wire,
    },
    kit::{Body, Response},
};

pub(crate) async fn download(api: &ImageV2, call: Call) -> Answer {
    let (image, content) = read(&api.service, &call.ctx, &call.image_id()?).await?;
    if names_stores(&call) {
        return Err(Error::invalid(
            "Store selection for download is not available when multiple backends are not enabled.",
        )
        .into());
    }
    let size = data::size(&image, &content);
    let part = match &content {
        // Without data there is nothing that a range could be outside of.
        Data::None => return Ok(wire::no_content(false)),
        Data::Stored(_) => range::requested(&call.request.headers, size)?,
        Data::External(_) => None,
    };
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    data::describe(&image, headers);
    if let Some(part) = &part {
        let text = format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), size);
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(CONTENT_RANGE, value);
        }
    }
    let range = part.clone().unwrap_or(0..size);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(range.end.saturating_sub(range.start)));
    if part.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    *response.body_mut() = data::body(content, range).await?;
    Ok(response)
}

/// Whether `prefer` names at least one store.
fn names_stores(call: &Call) -> bool {
    let parameters = call.request.query_pairs();
    let prefer = parameters.iter().rev().find(|(name, _)| name == "prefer");
    prefer.is_some_and(|(_, stores)| stores.split(',').any(|store| !store.trim().is_empty()))
}
