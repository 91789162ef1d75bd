//! OpenStack Image API v1 (v1.0 and v1.1, which answer alike), removed upstream in 2018, on the same images as v2.
//!
//! A request is read into an [`Operation`], then authenticated, then run by one function of the service, then rendered.
//! What clients of v1 rely on beyond that lives here with its reason: metadata in headers, statuses, error bodies.

mod error;
#[doc(hidden)]
pub mod fuzz;
mod headers;
mod images;
mod members;
mod routes;
mod wire;

use std::sync::Arc;

use http::Method;
use salon_core::{Error, membership::MemberName};
use salon_identity::Authenticator;
use salon_service::{Ctx, Service};

pub use self::routes::{Operation, ROUTES};
use crate::{
    image_v2::{
        Call,
        error::Failure,
        fault::{self, Asked, Fault},
        shown_request_id,
    },
    kit::{Matched, Request, Response, RouteInfo, answer, router},
};

/// Methods that the reference knows; others are answered 501.
const KNOWN_METHODS: [Method; 9] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::DELETE,
    Method::PATCH,
    Method::OPTIONS,
    Method::TRACE,
    Method::CONNECT,
];

/// The dialect. It has no place of its own: the Image API's versions share one, and v2 hands over what is v1's.
pub struct ImageV1 {
    service: Service,
    authenticator: Arc<dyn Authenticator>,
    /// Largest JSON body in bytes.
    json_limit: usize,
}

impl std::fmt::Debug for ImageV1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImageV1").field("json_limit", &self.json_limit).finish_non_exhaustive()
    }
}

/// The member the path names. A text that cannot be a member's name names none.
fn member(call: &Call) -> Result<MemberName, Error> {
    let text = call.params.get("member");
    MemberName::parse(text)
        .map_err(|error| Error::not_found(format!("No member found with ID {text}")).with_source(error))
}

/// What a handler answers.
type Answer = Result<Response, Failure>;

impl ImageV1 {
    /// The dialect over a service; `authenticator` says who is calling, `json_limit` is in bytes.
    pub fn new(service: Service, authenticator: Arc<dyn Authenticator>, json_limit: usize) -> Self {
        Self { service, authenticator, json_limit }
    }

    /// Every route, for the coverage test.
    pub fn routes() -> Vec<RouteInfo> {
        router::describe(ROUTES)
    }

    /// Answers a request for `path`, which begins with `/v1` whatever the client wrote there; `base` is the address of
    /// this server.
    pub(crate) async fn answer(&self, path: &str, request: Request, base: &str) -> Response {
        let asked = Asked::of(&request.method, &request.headers);
        let request_id = shown_request_id(&request.request_id);
        // The bare version is the brief list, whatever the method.
        let bare = matches!(path, "/v1" | "/v1/");
        let matched = if bare {
            router::match_path(ROUTES, &Method::GET, "/v1/images")
        } else if path.starts_with("/v1/shared-images/") {
            router::match_path(ROUTES, &Method::GET, path)
        } else {
            router::match_path(ROUTES, &request.method, path)
        };
        let mut response = match self.run(matched, request, request_id.clone()).await {
            Ok(response) => response,
            Err(failure) => {
                let of = |error: &Error| error::fault(error, || self.authenticator.challenge(base));
                fault::render(&failure.into_fault(of), &asked)
            }
        };
        answer::set_header(&mut response, answer::OPENSTACK_REQUEST_ID, &request_id);
        response
    }

    async fn run(&self, matched: Matched<Operation>, request: Request, request_id: String) -> Answer {
        if let Matched::Operation { operation, template, .. } = &matched {
            request.trail.set_route(template, operation.name());
        }
        let caller = request.caller(&*self.authenticator).await?;
        if request.request_id_too_long {
            return Err(Fault::request_id_too_long().into());
        }
        match matched {
            Matched::Operation { operation, params, .. } => {
                self.operate(operation, Call { ctx: Ctx::new(caller, request_id), params, request }).await
            }
            _ if !KNOWN_METHODS.contains(&request.method) => Err(Fault::not_implemented(&request.method).into()),
            Matched::WrongMethod { template, allow } => {
                // The reference has two routes here, and a HEAD meets the other one.
                let detail = template == "/v1/images/detail" && request.method != Method::HEAD;
                Err(Fault::method_not_allowed(if detail { "GET, HEAD" } else { &allow }).into())
            }
            Matched::Unknown => Err(Fault::no_route().into()),
        }
    }

    async fn operate(&self, operation: Operation, call: Call) -> Answer {
        match operation {
            Operation::ListImages => images::list(self, call, wire::Entry::Brief).await,
            Operation::ListImagesDetail => images::list(self, call, wire::Entry::Detail).await,
            Operation::CreateImage => images::create(self, call).await,
            Operation::ShowImage => images::head(self, call).await,
            Operation::DownloadImage => images::get(self, call).await,
            Operation::UpdateImage => images::update(self, call).await,
            Operation::DeleteImage => images::delete(self, call).await,
            Operation::ListMembers => members::list(self, call).await,
            Operation::ReplaceMembers => members::replace(self, call).await,
            Operation::ShowMember => members::show(self, call).await,
            Operation::PutMember => members::put(self, call).await,
            Operation::DeleteMember => members::delete(self, call).await,
            Operation::ListMemberships => members::memberships(self, call).await,
        }
    }
}
