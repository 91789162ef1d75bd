//! Messages into rooms, at the URLs of webhooks and of bots: `POST /incomingwebhooks/{id}?token=…` with
//! `{"Content": "…"}`. Statuses as the Amazon Chime documentation gives them; the bodies of answers are not documented.
//!
//! The URL is all the authentication there is, so nothing of it is logged. The line about a message names its webhook.

mod error;
mod post;
mod routes;

use salon_service::Service;

pub use self::routes::{Operation, ROUTES};
use crate::kit::{BoxFuture, Dialect, Matched, Request, Response, RouteInfo, answer, router};

/// Where the dialect has to be mounted: URLs are made with it.
pub const PREFIX: &str = "/incomingwebhooks";

/// The dialect.
#[derive(Debug)]
pub struct Webhooks {
    service: Service,
}

impl Webhooks {
    /// The dialect over the service.
    pub fn new(service: Service) -> Self {
        Self { service }
    }

    async fn answer(&self, request: Request) -> Response {
        let request_id = request.request_id.clone();
        request.trail.withhold_path();
        let mut response = match router::match_path(ROUTES, &request.method, &request.path) {
            Matched::Operation { operation: Operation::PostMessage, template, params } => {
                request.trail.set_route(template, Operation::PostMessage.name());
                let posted = post::post(&self.service, params.get("id"), request).await;
                posted.unwrap_or_else(|error| error::render(&request_id, &error))
            }
            Matched::WrongMethod { template, allow } => {
                request.trail.set_route(template, "-");
                error::wrong_method(&allow)
            }
            // No more a URL than one with a wrong token is.
            Matched::Unknown => error::render(&request_id, &salon_core::message::posting::no_url()),
        };
        answer::set_header(&mut response, answer::AMZN_REQUEST_ID, &request_id);
        response
    }
}

impl Dialect for Webhooks {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        router::describe(ROUTES)
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(self.answer(request))
    }
}
