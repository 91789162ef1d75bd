//! `/salon/openapi.json`: the Image API v2 as an OpenAPI 3.1 document, for people, generators of clients and testing tools.
//!
//! The document is a data file beside the schemas that clients are served, and has the same formats filled in. It is the
//! same for everybody, so it takes no token.

use bytes::Bytes;
use http::{Method, StatusCode};
use salon_core::{Result, image::draft::Formats};

use crate::{
    identity::error,
    image_v2::schemas::{Schemas, alternatives, finish},
    kit::{Body, BoxFuture, Dialect, Front, Request, Response, Route, RouteInfo, answer, operations, router},
};

/// Where the document is.
pub const PREFIX: &str = "/salon/openapi.json";

operations! {
    /// `GET /salon/openapi.json`
    ShowDescription,
}

/// Every route; paths from the mount on.
pub static ROUTES: &[Route<Operation>] = &[Route {
    template: "/",
    methods: &[(Method::GET, Operation::ShowDescription), (Method::HEAD, Operation::ShowDescription)],
}];

const FRONT: Front<Operation> = error::front(ROUTES, Operation::name);

/// The dialect.
#[derive(Debug)]
pub struct Description {
    image_v2: Bytes,
}

impl Description {
    /// The document of a site with these formats, and of the version of the server that it is.
    ///
    /// # Errors
    /// Internal when the document cannot be made, which is a defect.
    pub fn new(formats: &Formats, version: &str) -> Result<Self> {
        let schemas = Schemas::new(formats)?;
        let text = [
            ("image", &schemas.image),
            ("images", &schemas.images),
            ("member", &schemas.member),
            ("members", &schemas.members),
        ]
        .iter()
        .fold(include_str!("image_v2.json").to_owned(), |text, (name, schema)| {
            text.replace(&format!("\"@{name}@\""), &String::from_utf8_lossy(schema))
        })
        .replace("\"@container_formats@\"", &alternatives(&formats.container))
        .replace("\"@disk_formats@\"", &alternatives(&formats.disk))
        .replace("@version@", version);
        Ok(Self { image_v2: finish(&text)? })
    }

    async fn answer(&self, request: Request) -> Response {
        let shown = async |operation, _, _| match operation {
            Operation::ShowDescription => Ok(answer::json_body(StatusCode::OK, Body::bytes(self.image_v2.clone()))),
        };
        // Nobody is asked who he is.
        FRONT.answer(request, "", shown).await
    }
}

impl Dialect for Description {
    fn name(&self) -> &'static str {
        "description"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        router::describe(ROUTES)
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.answer(request))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::image_v2;

    fn document() -> Value {
        let formats = Formats { disk: vec!["raw".into()], container: vec!["bare".into()] };
        serde_json::from_slice(&Description::new(&formats, "1.2.3").unwrap().image_v2).unwrap()
    }

    #[test]
    fn it_has_every_operation_of_the_router_and_no_other() {
        let document = document();
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
                let id = operation["operationId"].as_str().unwrap();
                described.insert(format!("{} {path} {id}", method.to_uppercase()));
            }
        }
        let routed: BTreeSet<String> = image_v2::ROUTES
            .iter()
            .flat_map(|route| {
                route
                    .methods
                    .iter()
                    .map(|(method, operation)| format!("{method} {} {}", route.template, operation.name()))
            })
            .collect();
        assert_eq!(described, routed);
    }

    #[test]
    fn every_segment_in_braces_is_described() {
        for (path, item) in document()["paths"].as_object().unwrap() {
            let named: Vec<&str> =
                path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            let described: Vec<&str> = item["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|parameter| parameter["$ref"].as_str()?.strip_prefix("#/components/parameters/"))
                .collect();
            assert_eq!(described, named, "{path}");
        }
    }

    #[test]
    fn everything_is_filled_in_and_every_reference_leads_somewhere() {
        let document = document();
        assert_eq!(document["info"]["version"], "1.2.3");
        let text = document.to_string();
        assert!(!text.contains("\"@"), "{text}");
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
