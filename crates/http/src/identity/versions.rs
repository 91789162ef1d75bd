//! Version discovery.

use serde_json::{Value, json};

/// The one version there is. The minor is Keystone's of today; what clients ask it for is the format of discovery.
fn v3(base: &str) -> Value {
    json!({
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{base}/v3/")}],
        "media-types": [{
            "base": "application/json",
            "type": "application/vnd.openstack.identity-v3+json",
        }],
    })
}

/// `GET /`; `base` is this dialect's own address.
pub(super) fn list(base: &str) -> Value {
    json!({"versions": {"values": [v3(base)]}})
}

/// `GET /v3`.
pub(super) fn show(base: &str) -> Value {
    json!({"version": v3(base)})
}
