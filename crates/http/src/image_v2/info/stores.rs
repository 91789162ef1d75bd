//! `GET /v2/info/stores`

use http::StatusCode;

use crate::image_v2::{error::Failure, fault::Fault};

/// There is one store. The reference says so with a 404, by which clients know that they need not name a store.
pub(crate) fn stores() -> Failure {
    Fault::new(StatusCode::NOT_FOUND, "Multi backend is not supported at this site.").into()
}
