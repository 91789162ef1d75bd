//! The way of a request through the dialects that speak as Keystone does: route, operation, or one of three refusals;
//! then the headers that every answer has.

use http::{HeaderValue, header::VARY};
use salon_core::{Error, Result};

use crate::kit::{
    Matched, Params, Request, Response, Route,
    answer::{OPENSTACK_REQUEST_ID, set_header},
    router,
};

/// The routes of a dialect, and its words for what goes wrong.
pub(crate) struct Front<Op: 'static> {
    /// The routes.
    pub(crate) routes: &'static [Route<Op>],
    /// The name of an operation in logs and metrics.
    pub(crate) name: fn(Op) -> &'static str,
    /// The answer of an error, with the challenge of a 401; it writes the error's one log line.
    pub(crate) failed: fn(&Error, &str) -> Response,
    /// 405 with the methods there are.
    pub(crate) wrong_method: fn(&str) -> Response,
    /// 404 for a path that is no route.
    pub(crate) unknown_path: fn() -> Response,
}

impl<Op: Copy> Front<Op> {
    /// Answers a request with what `run` says of its operation.
    pub(crate) async fn answer<F>(
        &self,
        request: Request,
        challenge: &str,
        run: impl FnOnce(Op, Params, Request) -> F,
    ) -> Response
    where
        F: Future<Output = Result<Response>>,
    {
        let request_id = request.request_id.clone();
        let mut response = match router::match_path(self.routes, &request.method, &request.path) {
            Matched::Operation { operation, template, params } => {
                request.trail.set_route(template, (self.name)(operation));
                run(operation, params, request).await.unwrap_or_else(|error| (self.failed)(&error, challenge))
            }
            Matched::WrongMethod { allow, .. } => (self.wrong_method)(&allow),
            Matched::Unknown => (self.unknown_path)(),
        };
        response.headers_mut().insert(VARY, HeaderValue::from_static("X-Auth-Token"));
        set_header(&mut response, OPENSTACK_REQUEST_ID, &request_id);
        response
    }
}
