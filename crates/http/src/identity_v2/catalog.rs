//! The service catalog: where the images are, in the words of these clients.

use salon_identity::built_in::Session;
use serde_json::{Value, json};

use super::call::Call;

/// A service with its one endpoint.
pub(super) struct Service {
    name: &'static str,
    kind: &'static str,
    /// The tenant as the service knows it.
    tenant: Option<String>,
    url: String,
    version: &'static str,
}

/// What the session can use. Without a tenant that is this dialect alone.
///
/// There is one service of type `image`: pyrax keeps the last of a type, others take the first.
pub(super) fn services(call: &Call<'_>, session: &Session) -> Vec<Service> {
    let mut services =
        vec![Service { name: "cloudIdentity", kind: "identity", tenant: None, url: call.own(), version: "2.0" }];
    let Some((project, _)) = session.project() else { return services };
    let id = project.id.to_string();
    let url = match &call.options.images {
        Some(path) => format!("{}/{id}", absolute(call, path)),
        None => call.outer.clone(),
    };
    services.push(Service { name: "cloudImages", kind: "image", tenant: Some(id.clone()), url, version: "2" });
    if let Some(path) = &call.options.files {
        let account = format!("MossoCloudFS_{id}");
        let url = format!("{}/{account}", absolute(call, path));
        services.push(Service { name: "cloudFiles", kind: "object-store", tenant: Some(account), url, version: "1" });
    }
    services
}

/// The address of a path on this server; an address is one already.
fn absolute(call: &Call<'_>, place: &str) -> String {
    if place.starts_with('/') { format!("{}{place}", call.outer) } else { place.to_owned() }
}

impl Service {
    /// An entry of `serviceCatalog`.
    pub(super) fn entry(&self, region: &str) -> Value {
        json!({"name": self.name, "type": self.kind, "endpoints": [self.endpoint(region)]})
    }

    /// An entry of `endpoints`, which says itself what it is an endpoint of.
    pub(super) fn listed(&self, region: &str, number: usize) -> Value {
        let mut endpoint = self.endpoint(region);
        if let Some(map) = endpoint.as_object_mut() {
            map.insert("id".to_owned(), json!(number));
            map.insert("name".to_owned(), json!(self.name));
            map.insert("type".to_owned(), json!(self.kind));
        }
        endpoint
    }

    fn endpoint(&self, region: &str) -> Value {
        let mut endpoint = json!({
            "region": region,
            "publicURL": self.url,
            "internalURL": self.url,
            "versionId": self.version,
        });
        if let (Some(map), Some(tenant)) = (endpoint.as_object_mut(), &self.tenant) {
            map.insert("tenantId".to_owned(), json!(tenant));
        }
        endpoint
    }
}
