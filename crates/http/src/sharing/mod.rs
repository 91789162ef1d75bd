//! Salon's own API: what people see of shared things that none of the other protocols can say. Mounted at `/salon/v1`.
//!
//! Callers come with a token, as to the Image API, so a page in a browser can ask as well as a script; errors are in
//! Keystone's envelope, which every client of tokens reads already.

mod messages;
mod routes;

use std::sync::Arc;

use salon_core::Result;
use salon_identity::Authenticator;
use salon_service::{Ctx, Service};

pub use self::routes::{Operation, ROUTES};
use crate::{
    identity::error,
    kit::{BoxFuture, Dialect, Front, Pages, Params, Request, Response, RouteInfo, router},
};

/// Where the dialect is mounted.
pub const PREFIX: &str = "/salon/v1";

const FRONT: Front<Operation> = error::front(ROUTES, Operation::name);

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
        let challenge = self.authenticator.challenge(&request.outer(PREFIX, self.public_endpoint.as_deref()));
        FRONT.answer(request, &challenge, |operation, params, request| self.run(operation, params, request)).await
    }

    async fn run(&self, operation: Operation, params: Params, request: Request) -> Result<Response> {
        let caller = request.caller(&*self.authenticator).await?;
        let call = Call { ctx: Ctx::new(caller, request.request_id.clone()), params, request };
        match operation {
            Operation::ListRoomMessages => messages::list(self, &call).await,
        }
    }
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
