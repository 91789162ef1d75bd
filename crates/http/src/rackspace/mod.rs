//! Rackspace Cloud Images v2: images, sharing between accounts, imports and exports, limits.
//!
//! A request is read into an [`Operation`], then authenticated, then counted, then run by one function of the service,
//! then rendered. Paths have several forms here (`path`), every error is an object under the name of its fault
//! (`error`), and links inside of answers always begin with `/v2/`. Rules do not live here.

mod containers;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod images;
mod limits;
mod members;
mod path;
mod routes;
mod schemas;
mod tags;
mod tasks;
mod wire;

use std::sync::Arc;

use http::{HeaderName, StatusCode, header::CONTENT_TYPE};
use salon_core::{Clock, Error, Result, image::rackspace::roles};
use salon_identity::Authenticator;
use salon_service::{Ctx, Service};
use serde_json::Value;

use self::{
    error::{Failure, Fault},
    limits::Limits,
    path::Asked,
    schemas::Schemas,
};
pub use self::{
    limits::Rates,
    routes::{Operation, ROUTES},
};
use crate::{
    image_v2::{Call, body, shown_request_id},
    kit::{BoxFuture, Dialect, Matched, Request, Response, RouteInfo, answer, router},
};

/// The request's id once more, where an over-limit answer of this API carries it.
const TRANSACTION_ID: HeaderName = HeaderName::from_static("x-trans-id");

/// Bytes of a body that nobody asked for; more is refused.
const STRAY_BODY: usize = 64 << 10;

/// How the dialect is set up.
pub struct Options {
    /// Largest JSON body in bytes.
    pub json_limit: usize,
    /// Requests a minute that a project may send.
    pub rates: Rates,
    /// The clock by which they are counted.
    pub clock: Arc<dyn Clock>,
}

/// The dialect.
pub struct Rackspace {
    service: Service,
    authenticator: Arc<dyn Authenticator>,
    schemas: Schemas,
    limits: Limits,
    json_limit: usize,
}

impl std::fmt::Debug for Rackspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rackspace").field("json_limit", &self.json_limit).finish_non_exhaustive()
    }
}

/// What a handler answers.
type Answer = Result<Response, Failure>;

impl Rackspace {
    /// The dialect over a service; `authenticator` says who is calling.
    ///
    /// # Errors
    /// Internal when a schema document cannot be made, which is a defect.
    pub fn new(service: Service, authenticator: Arc<dyn Authenticator>, options: Options) -> Result<Self> {
        Ok(Self {
            schemas: Schemas::new(service.formats())?,
            limits: Limits::new(options.rates, options.clock),
            service,
            authenticator,
            json_limit: options.json_limit,
        })
    }

    async fn answer(&self, request: Request) -> Response {
        let asked = path::read(&request.path);
        let request_id = shown_request_id(&request.request_id);
        let base = request.base.clone();
        let mut response = match self.run(asked, request, request_id.clone()).await {
            Ok(response) => response,
            Err(failure) => {
                let fault = failure.into_fault(|error| Fault::of(error, || self.authenticator.challenge(&base)));
                let mut response = fault.render();
                if fault.status == StatusCode::PAYLOAD_TOO_LARGE {
                    answer::set_header(&mut response, TRANSACTION_ID, &request_id);
                }
                response
            }
        };
        answer::set_header(&mut response, answer::OPENSTACK_REQUEST_ID, &request_id);
        response
    }

    /// Authenticates first: without a token not even the routes are told apart.
    async fn run(&self, asked: Asked, mut request: Request, request_id: String) -> Answer {
        let (tenant, path) = match asked {
            Asked::Versions(status) => {
                request.trail.set_route("/", "RackspaceListVersions");
                return Ok(wire::versions(status, &request.base));
            }
            Asked::Path { tenant, path } => (tenant, path),
        };
        let matched = router::match_path(ROUTES, &request.method, &path);
        if let Matched::Operation { operation, template, .. } = &matched {
            request.trail.set_route(template, operation.name());
        }
        // Clients send the word `null` with a GET. Left unread, it would end the connection.
        if !matches!(&matched, Matched::Operation { operation, .. } if operation.takes_body()) {
            request.take_body().read_all(STRAY_BODY).await?;
        }
        let caller = request.caller(&*self.authenticator).await?;
        let project = caller.project().map(|project| project.as_str().to_owned());
        if request.request_id_too_long {
            return Err(Error::invalid("x-openstack-request-id is too long").into());
        }
        // Whether there is such a tenant is nobody's business.
        if tenant.is_some_and(|tenant| project.as_deref() != Some(&tenant)) {
            return Err(Error::forbidden("The tenant in the URL is not the token's.").into());
        }
        let counted = project.as_deref().unwrap_or(caller.user_id.as_str());
        match matched {
            Matched::Operation { operation, params, .. } => {
                if operation != Operation::ShowLimits {
                    self.limits.count(&request.method, counted)?;
                }
                let caller = roles::acting(caller, operation.least(), operation.writes());
                self.operate(operation, Call { ctx: Ctx::new(caller, request_id), params, request }).await
            }
            Matched::WrongMethod { allow, .. } => {
                self.limits.count(&request.method, counted)?;
                Err(Fault::bad_method(&request.method, &allow).into())
            }
            Matched::Unknown => {
                self.limits.count(&request.method, counted)?;
                Err(Error::not_found("The resource could not be found.").into())
            }
        }
    }

    /// The JSON body of a request. Another media type is refused; none at all is what shell scripts send.
    async fn json(&self, call: &mut Call) -> Result<Value, Failure> {
        let media = call.request.header(CONTENT_TYPE.as_str()).map(|value| value.split(';').next().unwrap_or_default());
        if let Some(media) = media.map(str::trim)
            && !media.eq_ignore_ascii_case("application/json")
        {
            return Err(Fault::bad_media_type(format!("Expected application/json, not {media}.")).into());
        }
        Ok(body::json(call.request.take_body(), self.json_limit).await?)
    }

    async fn operate(&self, operation: Operation, call: Call) -> Answer {
        match operation {
            Operation::ListImages => images::list(self, call).await,
            Operation::ShowImage => images::show(self, call).await,
            Operation::PatchImage => images::patch(self, call).await,
            Operation::DeleteImage => images::delete(self, call).await,
            Operation::AddTag => tags::add(self, call).await,
            Operation::RemoveTag => tags::remove(self, call).await,
            Operation::ListMembers => members::list(self, call).await,
            Operation::CreateMember => members::create(self, call).await,
            Operation::ShowMember => members::show(self, call).await,
            Operation::UpdateMember => members::update(self, call).await,
            Operation::DeleteMember => members::delete(self, call).await,
            Operation::ShowImageSchema => Ok(schemas::show(&self.schemas.image)),
            Operation::ShowImagesSchema => Ok(schemas::show(&self.schemas.images)),
            Operation::ShowMemberSchema => Ok(schemas::show(&self.schemas.member)),
            Operation::ShowMembersSchema => Ok(schemas::show(&self.schemas.members)),
            Operation::ShowTaskSchema => Ok(schemas::show(&self.schemas.task)),
            Operation::ShowTasksSchema => Ok(schemas::show(&self.schemas.tasks)),
            Operation::ListTasks => tasks::list(self, call).await,
            Operation::CreateTask => tasks::create(self, call).await,
            Operation::ShowTask => tasks::show(self, call).await,
            Operation::ShowContainer => containers::show(self, call).await,
            Operation::ShowLimits => Ok(limits::show(self, &call)),
        }
    }
}

impl Dialect for Rackspace {
    fn name(&self) -> &'static str {
        "rackspace"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        router::describe(ROUTES)
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.answer(request))
    }
}
