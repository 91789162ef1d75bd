//! `GET /v2/info/import`

use http::StatusCode;

use crate::{image_v2::wire, kit::Response};

/// There are none yet. Clients read an empty list as that, and a 404 as a broken server.
pub(crate) fn import_methods() -> Response {
    wire::json(
        StatusCode::OK,
        r#"{"import-methods": {"description": "Import methods available.", "type": "array", "value": []}}"#,
    )
}
