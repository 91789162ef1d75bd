//! Identity v2.0 as clients of the Rackspace cloud speak it, over the built-in identity. Mounted at `/identity/v2.0`.
//!
//! It logs in with a password, with an API key, or with another token, and leads the client to the images. Tokens are
//! those of Identity v3: either dialect takes, shows and ends the other's.

mod call;
mod catalog;
mod error;
mod login;
mod routes;
mod tenants;
mod tokens;
mod versions;
mod wire;

use std::sync::Arc;

use http::StatusCode;
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
    /// The region of the service catalog; clients expect upper case.
    pub region: String,
    /// Path or address of the images in Rackspace's dialect, a tenant's id follows; `None` leads to the plain Image API.
    pub images: Option<String>,
    /// Path or address of the containers of image tasks, an account follows; `None` when there are none.
    pub files: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            public_endpoint: None,
            prefix: "/identity/v2.0".to_owned(),
            region: "REGIONONE".to_owned(),
            images: None,
            files: None,
        }
    }
}

/// The dialect.
#[derive(Debug)]
pub struct IdentityV2 {
    identity: Arc<BuiltIn>,
    options: Options,
}

impl IdentityV2 {
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
        let call = Call { identity: &self.identity, options: &self.options, params, request, outer };
        match operation {
            Operation::ShowVersion => Ok(answer::json(StatusCode::OK, &versions::show(&call.own()))),
            Operation::IssueToken => tokens::issue(call).await,
            Operation::RevokeOwnToken => tokens::revoke_own(call).await,
            Operation::ValidateToken => tokens::validate(call).await,
            Operation::RevokeToken => tokens::revoke(call).await,
            Operation::ListEndpoints => tokens::endpoints(call).await,
            Operation::ListTenants => tenants::list(call).await,
        }
    }
}

impl Dialect for IdentityV2 {
    fn name(&self) -> &'static str {
        "identity_v2"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        router::describe(ROUTES)
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.answer(request))
    }
}
