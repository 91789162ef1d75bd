//! Salon's own API: what people see of shared things that none of the other protocols can say. Mounted at `/salon/v1`.
//!
//! Callers come with a token, as to the Image API, so a page in a browser can ask as well as a script; errors are in
//! Keystone's envelope, which every client of tokens reads already.

mod messages;
mod routes;

use std::sync::Arc;

use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, VARY},
};
use salon_core::Result;
use salon_identity::{Authenticator, Credentials};
use salon_service::{Ctx, Service};
use serde_json::Value;

pub use self::routes::{Operation, ROUTES};
use crate::{
    identity::error,
    kit::{Body, BoxFuture, Dialect, Matched, Pages, Params, Request, Response, RouteInfo, router},
};

/// Where the dialect is mounted.
pub const PREFIX: &str = "/salon/v1";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-openstack-request-id");

/// The dialect.
pub struct Sharing {
    service: Service,
    authenticator: Arc<dyn Authenticator>,
    pages: Pages,
    /// Address of this server for challenges; `None` takes the one the client used.
    public_endpoint: Option<String>,
}

impl std::fmt::Debug for Sharing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sharing").finish_non_exhaustive()
    }
}

/// What a handler gets of a request.
struct Call {
    ctx: Ctx,
    params: Params,
    request: Request,
}

impl Sharing {
    /// The dialect over the service; `authenticator` says who is calling, `secret` seals page tokens.
    ///
    /// # Errors
    /// Internal, when the secret cannot be a key.
    pub fn new(
        service: Service,
        authenticator: Arc<dyn Authenticator>,
        secret: &[u8; 32],
        public_endpoint: Option<String>,
    ) -> Result<Self> {
        Ok(Self { service, authenticator, pages: Pages::new(secret)?, public_endpoint })
    }

    async fn answer(&self, request: Request) -> Response {
        let request_id = request.request_id.clone();
        let base = request.base.strip_suffix(PREFIX).unwrap_or(&request.base);
        let outer = self.public_endpoint.as_deref().unwrap_or(base).trim_end_matches('/').to_owned();
        let mut response = match router::match_path(ROUTES, &request.method, &request.path) {
            Matched::Operation { operation, template, params } => {
                request.trail.set_route(template, operation.name());
                let run = self.run(operation, params, request).await;
                run.unwrap_or_else(|error| error::render(&error, &self.authenticator.challenge(&outer)))
            }
            Matched::WrongMethod { allow, .. } => error::wrong_method(&allow),
            Matched::Unknown => error::unknown_path(),
        };
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("X-Auth-Token"));
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            headers.insert(REQUEST_ID, id);
        }
        response
    }

    async fn run(&self, operation: Operation, params: Params, request: Request) -> Result<Response> {
        // The whole path: rules of application credentials name it as clients see it.
        let credentials = Credentials {
            headers: &request.headers,
            peer: request.peer,
            method: &request.method,
            path: request.uri.path(),
        };
        let caller = self.authenticator.authenticate(credentials).await?;
        request.trail.set_caller(caller.user_id.as_str(), caller.project().map(|project| project.as_str().to_owned()));
        let call = Call { ctx: Ctx::new(caller, request.request_id.clone()), params, request };
        match operation {
            Operation::ListRoomMessages => messages::list(self, &call).await,
        }
    }
}

/// 200 with JSON.
fn json(value: &Value) -> Response {
    let mut response = Response::new(Body::json(value));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

impl Dialect for Sharing {
    fn name(&self) -> &'static str {
        "sharing"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        router::describe(ROUTES)
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.answer(request))
    }
}
