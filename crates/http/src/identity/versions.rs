//! Version discovery.

use serde_json::{Value, json};

/// This dialect. The minor is Keystone's of today; what clients ask it for is the format of discovery.
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

/// The other dialect, for old clients only.
fn v2(base: &str) -> Value {
    json!({
        "id": "v2.0",
        "status": "deprecated",
        "updated": "2011-07-19T22:30:00Z",
        "links": [{"rel": "self", "href": format!("{base}/v2.0/")}],
        "media-types": [{
            "base": "application/json",
            "type": "application/vnd.openstack.identity-v2.0+json",
        }],
    })
}

/// `GET /`; `base` is this dialect's own address.
pub(super) fn list(base: &str, with_v2: bool) -> Value {
    let versions: Vec<Value> = [v3(base)].into_iter().chain(with_v2.then(|| v2(base))).collect();
    json!({"versions": {"values": versions}})
}

/// `GET /v3`.
pub(super) fn show(base: &str) -> Value {
    json!({"version": v3(base)})
}
