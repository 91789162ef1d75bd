//! As much of an object store as clients ask before they import or export: whether a container is there
//! (`HEAD /v1/MossoCloudFS_{tenant}/{container}`). Objects themselves are files in a directory.

use http::{HeaderName, HeaderValue};
use salon_service::tasks;

use crate::rackspace::{Answer, Call, Rackspace, wire};

const OBJECTS: HeaderName = HeaderName::from_static("x-container-object-count");
const BYTES: HeaderName = HeaderName::from_static("x-container-bytes-used");

/// `HEAD` and `GET` of a container: 204 and how full it is, nothing of what is in it.
pub(super) async fn show(api: &Rackspace, call: Call) -> Answer {
    let usage = tasks::container(&api.service, &call.ctx, call.params.get("container")).await?;
    let mut response = wire::no_content(false);
    let headers = response.headers_mut();
    headers.insert(OBJECTS, HeaderValue::from(usage.objects));
    headers.insert(BYTES, HeaderValue::from(usage.bytes));
    Ok(response)
}
