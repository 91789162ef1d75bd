//! Images.

mod create;
mod delete;
mod list;
mod show;
mod update;

use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use salon_core::{
    Error, Result,
    image::{Image, v1::fields::Fields},
};
use salon_service::v1::{NewData, Source};

pub(super) use self::{
    create::create,
    delete::delete,
    list::list,
    show::{get, head},
    update::update,
};
use super::{
    Call, headers,
    wire::{Entry, ImageBody, One},
};
use crate::kit::{Response, answer, body::ByteStream};

/// The one media type of image data.
const MEDIA_TYPE: &str = "application/octet-stream";

/// `{"image": {…}}` with the checksum as `ETag`.
fn described(status: StatusCode, image: &Image) -> Response {
    let body = One { image: ImageBody { image, entry: Entry::Detail } };
    let mut response = answer::json(status, &body);
    headers::etag(image, response.headers_mut());
    response
}

/// Where the data of a request is to come from: one place at most.
fn source(call: &mut Call, fields: &Fields) -> Result<Source<ByteStream>> {
    let copied = headers::copy_from(&call.request.headers);
    let has_data = call.request.body.is_announced();
    let sources = [has_data, copied.is_some(), fields.location.is_some()];
    if sources.iter().filter(|named| **named).count() > 1 {
        return Err(Error::invalid("It's invalid to provide multiple image sources."));
    }
    if let Some(url) = copied {
        return Ok(Source::Copy(url.to_owned()));
    }
    if let Some(url) = &fields.location {
        return Ok(Source::Location(url.clone()));
    }
    if !has_data {
        return Ok(Source::None);
    }
    check_media_type(&call.request.headers)?;
    let body = call.request.take_data();
    Ok(Source::Data(NewData { content_length: body.declared_length(), body: body.into_stream() }))
}

fn check_media_type(headers: &HeaderMap) -> Result<()> {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(MEDIA_TYPE) {
        return Ok(());
    }
    Err(Error::invalid(format!("Content-Type must be {MEDIA_TYPE}")))
}
