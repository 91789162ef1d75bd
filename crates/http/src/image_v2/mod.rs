//! OpenStack Image API v2.
//!
//! A request is read into an [`Operation`], then authenticated, then run by one function of the service, then rendered.
//! Quirks that clients depend on live here with their reason; rules do not live here at all.

mod actions;
pub(crate) mod body;
pub(crate) mod data;
pub(crate) mod error;
pub(crate) mod fault;
#[doc(hidden)]
pub mod fuzz;
pub(crate) mod images;
mod info;
pub(crate) mod json;
pub(crate) mod links;
pub(crate) mod members;
mod negotiate;
mod routes;
pub(crate) mod schemas;
mod tags;
pub(crate) mod wire;

use std::sync::Arc;

use http::{Method, StatusCode, header::LOCATION};
use salon_core::{Error, ImageId};
use salon_identity::Authenticator;
use salon_service::{Ctx, Service};

pub use self::routes::{Operation, ROUTES};
use self::{
    error::Failure,
    fault::{Asked, Fault},
    schemas::Schemas,
};
use crate::{
    image_v1::ImageV1,
    kit::{Body, BoxFuture, Dialect, Matched, Params, Request, Response, RouteInfo, answer, router},
    versions::{self, Feature, Versions},
};

/// Methods that the reference knows; others on unknown paths are answered 501.
const KNOWN_METHODS: [Method; 6] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::PATCH];

/// How the dialect is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address for absolute links (`public_endpoint`); `None` takes the one the client used.
    pub public_endpoint: Option<String>,
    /// Largest JSON body in bytes.
    pub json_limit: usize,
    /// What is there beyond the images themselves.
    pub features: Vec<Feature>,
    /// The Image API v1 is spoken too.
    pub v1: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { public_endpoint: None, json_limit: 1 << 20, features: Vec::new(), v1: false }
    }
}

/// The dialect.
pub struct ImageV2 {
    service: Service,
    authenticator: Arc<dyn Authenticator>,
    versions: Versions,
    schemas: Schemas,
    options: Options,
    v1: Option<ImageV1>,
}

impl std::fmt::Debug for ImageV2 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImageV2").field("options", &self.options).finish_non_exhaustive()
    }
}

/// What a handler gets of a request: everything but the method and the path, which became its operation.
pub(crate) struct Call {
    /// Who calls.
    pub(crate) ctx: Ctx,
    /// The values in the path.
    pub(crate) params: Params,
    /// The request itself.
    pub(crate) request: Request,
}

impl Call {
    /// The image the path names. A malformed id names none.
    pub(crate) fn image_id(&self) -> Result<ImageId, Error> {
        let text = self.params.get("image_id");
        ImageId::parse(text).ok_or_else(|| Error::not_found(format!("No image found with ID {text}")))
    }
}

/// What a handler answers.
type Answer = Result<Response, Failure>;

impl ImageV2 {
    /// The dialect over a service; `authenticator` says who is calling.
    ///
    /// # Errors
    /// Internal when a schema document cannot be made, which is a defect.
    pub fn new(service: Service, authenticator: Arc<dyn Authenticator>, options: Options) -> salon_core::Result<Self> {
        let schemas = Schemas::new(service.formats())?;
        let versions = Versions::of(&options.features).with_v1(options.v1);
        let v1 = options.v1.then(|| ImageV1::new(service.clone(), Arc::clone(&authenticator), options.json_limit));
        Ok(Self { versions, service, authenticator, schemas, options, v1 })
    }

    /// The address for absolute links.
    fn base<'a>(&'a self, request: &'a Request) -> &'a str {
        self.options.public_endpoint.as_deref().map_or(&request.base, |endpoint| endpoint.trim_end_matches('/'))
    }

    async fn answer(&self, request: Request) -> Response {
        if request.method == Method::OPTIONS {
            // The reference's CORS filter answers it everywhere; without allowed origins it has nothing to say.
            return Response::new(Body::empty());
        }
        let path = match self.versions.resolve(&request.path, &request.headers) {
            versions::Asked::Document(status) => return self.versions_document(status, &request),
            versions::Asked::Version2(path) => path,
            versions::Asked::Version1(path) => {
                let base = self.base(&request).to_owned();
                return match &self.v1 {
                    Some(v1) => Box::pin(v1.answer(&path, request, &base)).await,
                    // Not reached: the version is known only where it is spoken.
                    None => self.versions_document(StatusCode::MULTIPLE_CHOICES, &request),
                };
            }
        };
        let matched = router::match_path(ROUTES, &request.method, &path);
        let asked = Asked::of(&request.method, &request.headers);
        let base = self.base(&request).to_owned();
        let request_id = shown_request_id(&request.request_id);
        let bare = path == "/v2";
        let mut response = match self.run(matched, request, request_id.clone()).await {
            Ok(response) => response,
            // The reference's router takes the bare version for a folder without its slash.
            Err(Failure::Protocol(fault)) if bare && fault.status == StatusCode::NOT_FOUND => folder(&base),
            Err(failure) => {
                let of = |error: &Error| error::fault(error, || self.authenticator.challenge(&base));
                fault::render(&failure.into_fault(of), &asked)
            }
        };
        answer::set_header(&mut response, answer::OPENSTACK_REQUEST_ID, &request_id);
        response
    }

    /// Authenticates first: without a token not even the routes are told apart, as in the reference.
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
                if operation.refuses_body() && request.body.is_announced() {
                    return Err(Error::invalid("A body is not expected with this request.").into());
                }
                let ctx = Ctx::new(caller, request_id);
                self.operate(operation, Call { ctx, params, request }).await
            }
            Matched::WrongMethod { allow, .. } => Err(Fault::method_not_allowed(&allow).into()),
            Matched::Unknown if KNOWN_METHODS.contains(&request.method) => Err(Fault::no_route().into()),
            Matched::Unknown => Err(Fault::not_implemented(&request.method).into()),
        }
    }

    async fn operate(&self, operation: Operation, call: Call) -> Answer {
        // Boxed one by one: a download or an upload may take hours, and is not to keep room for the largest of them all.
        let answer: BoxFuture<'_, Answer> = match operation {
            Operation::ShowImageSchema => return Ok(schemas::show(&self.schemas.image)),
            Operation::ShowImagesSchema => return Ok(schemas::show(&self.schemas.images)),
            Operation::ShowMemberSchema => return Ok(schemas::show(&self.schemas.member)),
            Operation::ShowMembersSchema => return Ok(schemas::show(&self.schemas.members)),
            Operation::ListImages => Box::pin(images::list(self, call)),
            Operation::CreateImage => Box::pin(images::create(self, call)),
            Operation::ShowImage => Box::pin(images::show(self, call)),
            Operation::PatchImage => Box::pin(images::patch(self, call)),
            Operation::DeleteImage => Box::pin(images::delete(self, call)),
            Operation::DeactivateImage => Box::pin(actions::deactivate(self, call)),
            Operation::ReactivateImage => Box::pin(actions::reactivate(self, call)),
            Operation::DownloadImage => Box::pin(data::download(self, call)),
            Operation::UploadImage => Box::pin(data::upload(self, call)),
            Operation::AddTag => Box::pin(tags::add(self, call)),
            Operation::RemoveTag => Box::pin(tags::remove(self, call)),
            Operation::ListMembers => Box::pin(members::list(self, call)),
            Operation::CreateMember => Box::pin(members::create(self, call)),
            Operation::ShowMember => Box::pin(members::show(self, call)),
            Operation::UpdateMember => Box::pin(members::update(self, call)),
            Operation::DeleteMember => Box::pin(members::delete(self, call)),
            Operation::ListImportMethods => return Ok(info::import_methods()),
            Operation::ListStores => return Err(info::stores()),
        };
        answer.await
    }

    fn versions_document(&self, status: StatusCode, request: &Request) -> Response {
        request.trail.set_route("/", "ListVersions");
        if request.path != "/" {
            // Paths that nobody knows are answered so, too.
            request.trail.withhold_path();
        }
        wire::json(status, self.versions.document(self.base(request)))
    }
}

/// The request's id as it is answered and recorded: the reference puts `req-` before ids of clients that have none.
pub(crate) fn shown_request_id(id: &str) -> String {
    if id.starts_with("req-") { id.to_owned() } else { format!("req-{id}") }
}

/// Sends the client to the version with its slash (where there is nothing).
fn folder(base: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    answer::set_header(&mut response, LOCATION, &format!("{base}/v2/"));
    response
}

impl Dialect for ImageV2 {
    fn name(&self) -> &'static str {
        "image_v2"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        let mut routes = router::describe(ROUTES);
        if self.v1.is_some() {
            routes.extend(ImageV1::routes());
        }
        routes
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.answer(request))
    }
}
