//! The version document.

use serde_json::{Value, json};

/// `GET /`; `own` is this dialect's address.
pub(super) fn show(own: &str) -> Value {
    json!({"version": {
        "id": "v2.0",
        "status": "CURRENT",
        "updated": "2011-07-19T22:30:00Z",
        "links": [{"rel": "self", "href": format!("{own}/")}],
        "media-types": [{
            "base": "application/json",
            "type": "application/vnd.openstack.identity-v2.0+json",
        }],
    }})
}
