//! The part of OpenStack Identity v3 that clients need, over the built-in identity. Mounted at `/identity`.
//!
//! What keystoneauth, openstacksdk, `openstack` and tempest's pre-provisioned credentials send is answered in
//! Keystone's shapes; what it has beyond projects, users, roles and EC2 credentials is not there.

mod call;
pub(crate) mod error;
mod keys;
mod projects;
mod roles;
mod routes;
mod tokens;
mod users;
mod versions;
mod wire;

use std::sync::Arc;

use http::{StatusCode, header::LOCATION};
use salon_core::Result;
use salon_identity::{Authenticator as _, BuiltIn};

use self::call::Call;
pub use self::routes::{Operation, ROUTES};
use crate::kit::{BoxFuture, Dialect, Front, Params, Request, Response, RouteInfo, answer, router};

const FRONT: Front<Operation> = error::front(ROUTES, Operation::name);

/// How the dialect is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of this server for links and the service catalog; `None` takes the one the client used.
    pub public_endpoint: Option<String>,
    /// Where the dialect is mounted.
    pub prefix: String,
    /// The region of the service catalog.
    pub region: String,
    /// Whether v2.0 is spoken beside it.
    pub v2: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { public_endpoint: None, prefix: "/identity".to_owned(), region: "RegionOne".to_owned(), v2: false }
    }
}

/// The dialect.
#[derive(Debug)]
pub struct IdentityV3 {
    identity: Arc<BuiltIn>,
    options: Options,
}

impl IdentityV3 {
    /// The dialect over the built-in identity.
    pub fn new(identity: Arc<BuiltIn>, options: Options) -> Self {
        Self { identity, options }
    }

    async fn answer(&self, mut request: Request) -> Response {
        let Options { prefix, public_endpoint, .. } = &self.options;
        // Images are found without this dialect's own place.
        let outer = request.outer(prefix, public_endpoint.as_deref());
        let challenge = self.identity.challenge(&outer);
        request.trim_path();
        let run = |operation, params, request| self.run(operation, params, outer, request);
        FRONT.answer(request, &challenge, run).await
    }

    async fn run(&self, operation: Operation, params: Params, outer: String, request: Request) -> Result<Response> {
        let call = Call {
            identity: &self.identity,
            params,
            request,
            base: format!("{outer}{}", self.options.prefix.trim_end_matches('/')),
            image_base: outer,
            region: &self.options.region,
        };
        match operation {
            Operation::ListVersions => Ok(list_versions(&call.base, self.options.v2)),
            Operation::ShowVersion => Ok(answer::json(StatusCode::OK, &versions::show(&call.base))),
            Operation::IssueToken => tokens::issue(call).await,
            Operation::ValidateToken => tokens::validate(call).await,
            Operation::RevokeToken => tokens::revoke(call).await,
            Operation::ShowCatalog => tokens::catalog(call).await,
            Operation::ListOwnProjects => tokens::own_projects(call).await,
            Operation::ListOwnDomains => tokens::own_domains(call).await,
            Operation::ShowOwnSystem => tokens::own_system(call).await,
            Operation::ListDomains => projects::list_domains(call).await,
            Operation::CreateDomain => projects::create_domain(call).await,
            Operation::ShowDomain => projects::show_domain(call).await,
            Operation::ListProjects => projects::list(call).await,
            Operation::CreateProject => projects::create(call).await,
            Operation::ShowProject => projects::show(call).await,
            Operation::UpdateProject => projects::update(call).await,
            Operation::DeleteProject => projects::delete(call).await,
            Operation::ListGrants => roles::list_grants(call).await,
            Operation::CreateGrant => roles::create_grant(call).await,
            Operation::CheckGrant => roles::check_grant(call).await,
            Operation::DeleteGrant => roles::delete_grant(call).await,
            Operation::ListAssignments => roles::list_assignments(call).await,
            Operation::ListRoles => roles::list(call).await,
            Operation::CreateRole => roles::create(call).await,
            Operation::ShowRole => roles::show(call).await,
            Operation::DeleteRole => roles::delete(call).await,
            Operation::ListUsers => users::list(call).await,
            Operation::CreateUser => users::create(call).await,
            Operation::ShowUser => users::show(call).await,
            Operation::UpdateUser => users::update(call).await,
            Operation::DeleteUser => users::delete(call).await,
            Operation::ChangePassword => users::change_password(call).await,
            Operation::ListUserProjects => users::list_projects(call).await,
            Operation::ListKeys => keys::list(call).await,
            Operation::CreateKey => keys::create(call).await,
            Operation::ShowKey => keys::show(call).await,
            Operation::DeleteKey => keys::delete(call).await,
        }
    }
}

fn list_versions(base: &str, v2: bool) -> Response {
    let mut response = answer::json(StatusCode::MULTIPLE_CHOICES, &versions::list(base, v2));
    answer::set_header(&mut response, LOCATION, &format!("{base}/v3/"));
    response
}

impl Dialect for IdentityV3 {
    fn name(&self) -> &'static str {
        "identity"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        router::describe(ROUTES)
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.answer(request))
    }
}
