//! `GET /v1/images` and `GET /v1/images/detail`

use http::StatusCode;
use percent_encoding::percent_decode_str;
use salon_core::Error;
use salon_service::v1;

use crate::image_v1::{
    Answer, Call, ImageV1,
    wire::{self, Entry, ImageBody, Many},
};

pub(crate) async fn list(api: &ImageV1, call: Call, entry: Entry) -> Answer {
    // A parameter that is not UTF-8 must not turn into a filter for something else.
    let query = call.request.query.as_deref().unwrap_or_default();
    if let Err(error) = percent_decode_str(query).decode_utf8() {
        return Err(Error::invalid("The query of the request is not UTF-8.").with_source(error).into());
    }
    let page = v1::list(&api.service, &call.ctx, &call.request.query_pairs()).await?;
    let images = page.images.iter().map(|image| ImageBody { image, entry }).collect();
    Ok(wire::json(StatusCode::OK, &Many { images }))
}
