//! Amazon Chime API 2018-05-01: accounts, users, bots, rooms and their memberships, for unmodified AWS clients.
//!
//! The walk of a request: what it asks for is read from its raw path; who sent it is proved by its signature over all of
//! it; only then is it looked at, held against the published model, run by one function of the service, and rendered.
//! What was decided where the original is silent is in `docs/chime.md`.

mod accounts;
mod bots;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod input;
mod memberships;
mod messages;
mod model;
mod people;
mod rate;
mod rooms;
mod route;

use std::{sync::Arc, time::Duration};

use http::{Method, StatusCode};
use salon_core::{Clock, Error, Kind, Result, Timestamp, account::Key};
use salon_identity::sigv4::{Denied, Keys, Presented, SignedRequest};
use salon_service::{Ctx, Service};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tokio::time::Instant;

pub use self::model::Operation;
use self::{
    error::{Failure, Fault},
    model::{OPERATIONS, Spec},
    rate::Rate,
    route::{Routed, route},
};
use crate::kit::{BoxFuture, Dialect, Pages, Request, RequestBody, Response, RouteInfo, answer, failure};

/// What clients sign for.
const SERVICE: &str = "chime";
/// Where this answers, beside the configured prefixes. Behind the first is all of this dialect; behind the others were
/// operations of the same namespace that are not here, and their clients are told so in their own way.
pub const PLACES: &[&str] = &[
    "/accounts",
    "/meetings",
    "/phone-numbers",
    "/phone-number-orders",
    "/phone-number-countries",
    "/search",
    "/settings",
];

/// How the dialect is set up.
pub struct Options {
    /// A path prefix that clients have in their endpoint, without trailing slash; empty is none. It is signed, too.
    pub prefix: String,
    /// How far a request's time may be from this server's.
    pub clock_skew: Duration,
    /// Calls per second and access key; 0 is no limit.
    pub requests_per_second: u32,
    /// Calls of one access key at once before the rate holds.
    pub burst: u32,
    /// Largest body in bytes.
    pub body_limit: usize,
}

/// What every place of the dialect shares.
pub struct Shared {
    service: Service,
    keys: Keys,
    clock: Arc<dyn Clock>,
    pages: Pages,
    rate: Rate,
}

impl Shared {
    /// `secret` seals page tokens; rates are those of `options`.
    ///
    /// # Errors
    /// Internal, when the secret cannot be a key.
    pub fn new(
        service: Service,
        keys: Keys,
        clock: Arc<dyn Clock>,
        secret: &[u8; 32],
        options: &Options,
    ) -> Result<Arc<Self>> {
        let rate = Rate::new(options.requests_per_second, options.burst);
        Ok(Arc::new(Self { service, keys, clock, pages: Pages::new(secret)?, rate }))
    }
}

/// The dialect at one place.
pub struct Chime {
    shared: Arc<Shared>,
    options: Options,
}

impl std::fmt::Debug for Chime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chime").field("prefix", &self.options.prefix).finish_non_exhaustive()
    }
}

/// What a handler gets of a request.
struct Call {
    ctx: Ctx,
    spec: &'static Spec,
    /// The members by their names in the model, as checked.
    input: Value,
}

/// What a handler answers.
type Answer = Result<Response, Failure>;

impl Call {
    /// The members as the operation's type. They were checked against the same model.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let read = T::deserialize(&self.input);
        read.map_err(|_| Error::internal(format!("{}: checked members do not fit their type", self.spec.name)).into())
    }

    /// Success with a body.
    fn answer<T: Serialize>(&self, output: &T) -> Answer {
        Ok(answer::json(StatusCode::from_u16(self.spec.status).unwrap_or(StatusCode::OK), output))
    }

    /// Success with nothing to tell: an empty object, or nothing where the status says so.
    fn done(&self) -> Answer {
        if self.spec.status != StatusCode::NO_CONTENT.as_u16() {
            return self.answer(&Map::new());
        }
        Ok(answer::no_content())
    }

    /// What a page token is good for: this operation of this caller's project, with these members.
    fn list(&self) -> String {
        let mut members = self.input.as_object().cloned().unwrap_or_default();
        members.remove("NextToken");
        members.remove("MaxResults");
        let project = self.ctx.caller.project().map_or("", |project| project.as_str());
        format!("{}\n{project}\n{}", self.spec.name, Value::Object(members))
    }
}

impl Chime {
    /// The dialect behind one prefix.
    pub fn new(shared: Arc<Shared>, options: Options) -> Self {
        Self { shared, options }
    }

    /// Every route, for the coverage test.
    pub fn routes() -> Vec<RouteInfo> {
        let mut routes: Vec<RouteInfo> = Vec::new();
        for spec in &OPERATIONS {
            match routes.iter_mut().find(|route| route.template == spec.path) {
                Some(route) if route.methods.contains(&spec.method) => {}
                Some(route) => route.methods.push(spec.method.clone()),
                None => routes.push(RouteInfo { template: spec.path, methods: vec![spec.method.clone()] }),
            }
        }
        routes
    }

    /// Every operation with its method and its path, `operation=` included, for the test of who may do what.
    pub fn operations() -> impl Iterator<Item = (Operation, &'static Method, &'static str)> {
        OPERATIONS.iter().map(|spec| (spec.operation, &spec.method, spec.uri))
    }

    fn service(&self) -> &Service {
        &self.shared.service
    }

    /// Where a list goes on. An empty token is none: clients end their loops with one.
    fn after(&self, call: &Call, token: Option<&str>) -> Result<Option<Key>, Failure> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
        let place = self.shared.pages.open(&call.list(), token);
        let key = place.as_deref().and_then(key);
        key.map(Some).ok_or_else(|| Fault::bad_request("NextToken is not of this list.").into())
    }

    /// The token of the page after this one.
    fn next(&self, call: &Call, next: Option<&Key>) -> Result<Option<String>, Failure> {
        let seal = |key: &Key| self.shared.pages.seal(&call.list(), &format!("{}\n{}", key.at.0, key.id));
        Ok(next.map(seal).transpose()?)
    }

    async fn run(&self, mut request: Request) -> Answer {
        let path = request.uri.path().strip_prefix(self.options.prefix.as_str()).unwrap_or_default();
        let query = route::query_pairs(request.uri.query());
        let routed = route(&request.method, path, &query);
        if let Some((template, operation)) = routed.names() {
            request.trail.set_route(template, operation);
        }
        let body = request.take_body();
        let (ctx, body) = self.caller(&request, body).await?;
        match routed {
            Routed::Operation { spec, labels } => {
                let input = input::read(spec, &labels, &query, &body)?;
                let answer = self.operate(Call { ctx, spec, input }).await;
                answer.map_err(|failure| {
                    failure.into_fault(|error| fault_of(&request.request_id, error, Some(spec))).into()
                })
            }
            Routed::WrongMarker { .. } => Err(Fault::bad_request("There is no such operation.").into()),
            Routed::WrongMethod { allow, .. } => Err(Fault::wrong_method(allow).into()),
            Routed::Unknown => Err(Fault::unknown_operation().into()),
        }
    }

    /// Who sent the request, with the body that was signed. The body is not read before the key is known.
    async fn caller(&self, request: &Request, body: RequestBody) -> Result<(Ctx, bytes::Bytes), Failure> {
        let signed = SignedRequest {
            method: &request.method,
            path: request.uri.path(),
            query: request.uri.query(),
            headers: &request.headers,
        };
        let presented = Presented::read(&signed, SERVICE)?;
        presented.check_time(self.shared.clock.now(), self.options.clock_skew)?;
        let key = self.shared.keys.find(&presented).await.map_err(|denied| match denied {
            Denied::Refused(refusal) => Failure::from(refusal),
            Denied::Failed(error) => Failure::House(error),
        })?;
        let body = body.read_all(self.options.body_limit).await.map_err(|error| match error.kind() {
            Kind::OverLimit => Failure::Protocol(Fault::too_large(error.message())),
            _ => Failure::House(error),
        })?;
        let caller = key.verify(&presented, &signed, &body)?;
        request.trail.set_caller(caller.user_id.as_str(), caller.project().map(|project| project.as_str().to_owned()));
        self.shared.rate.take(presented.access_key(), Instant::now()).map_err(Fault::throttled)?;
        Ok((Ctx::new(caller, request.request_id.clone()), body))
    }

    fn operate(&self, call: Call) -> BoxFuture<'_, Answer> {
        use Operation as Op;

        match call.spec.operation {
            Op::CreateAccount => boxed(|| accounts::create(self, call)),
            Op::GetAccount => boxed(|| accounts::show(self, call)),
            Op::ListAccounts => boxed(|| accounts::list(self, call)),
            Op::UpdateAccount => boxed(|| accounts::update(self, call)),
            Op::DeleteAccount => boxed(|| accounts::delete(self, call)),
            Op::GetAccountSettings => boxed(|| accounts::settings(self, call)),
            Op::UpdateAccountSettings => boxed(|| accounts::set_settings(self, call)),
            Op::AssociateSigninDelegateGroupsWithAccount => boxed(|| accounts::add_delegates(self, call)),
            Op::DisassociateSigninDelegateGroupsFromAccount => boxed(|| accounts::remove_delegates(self, call)),
            Op::GetRetentionSettings => boxed(|| accounts::retention(self, call)),
            Op::PutRetentionSettings => boxed(|| accounts::set_retention(self, call)),
            Op::InviteUsers => boxed(|| people::invite(self, call)),
            Op::CreateUser => boxed(|| people::create(self, call)),
            Op::ListUsers => boxed(|| people::list(self, call)),
            Op::GetUser => boxed(|| people::show(self, call)),
            Op::UpdateUser => boxed(|| people::update(self, call)),
            Op::BatchUpdateUser => boxed(|| people::update_many(self, call)),
            Op::BatchSuspendUser => boxed(|| people::suspend(self, call)),
            Op::BatchUnsuspendUser => boxed(|| people::unsuspend(self, call)),
            Op::LogoutUser => boxed(|| people::log_out(self, call)),
            Op::GetUserSettings => boxed(|| people::settings(self, call)),
            Op::UpdateUserSettings => boxed(|| people::set_settings(self, call)),
            Op::ResetPersonalPIN => boxed(|| people::reset_pin(self, call)),
            Op::CreateBot => boxed(|| bots::create(self, call)),
            Op::GetBot => boxed(|| bots::show(self, call)),
            Op::ListBots => boxed(|| bots::list(self, call)),
            Op::UpdateBot => boxed(|| bots::update(self, call)),
            Op::RegenerateSecurityToken => boxed(|| bots::regenerate_token(self, call)),
            Op::GetEventsConfiguration => boxed(|| bots::events(self, call)),
            Op::PutEventsConfiguration => boxed(|| bots::set_events(self, call)),
            Op::DeleteEventsConfiguration => boxed(|| bots::delete_events(self, call)),
            Op::CreateRoom => boxed(|| rooms::create(self, call)),
            Op::GetRoom => boxed(|| rooms::show(self, call)),
            Op::ListRooms => boxed(|| rooms::list(self, call)),
            Op::UpdateRoom => boxed(|| rooms::update(self, call)),
            Op::DeleteRoom => boxed(|| rooms::delete(self, call)),
            Op::CreateRoomMembership => boxed(|| memberships::create(self, call)),
            Op::BatchCreateRoomMembership => boxed(|| memberships::create_many(self, call)),
            Op::UpdateRoomMembership => boxed(|| memberships::update(self, call)),
            Op::DeleteRoomMembership => boxed(|| memberships::delete(self, call)),
            Op::ListRoomMemberships => boxed(|| memberships::list(self, call)),
            Op::RedactRoomMessage => boxed(|| messages::redact(self, call)),
            Op::RedactConversationMessage => boxed(|| messages::redact_conversation(self, call)),
        }
    }
}

/// Makes a handler's future where it is kept. Forty-three of them beside each other in one function would be more than
/// half of a thread's stack in a build without optimisation.
fn boxed<'a, F: Future<Output = Answer> + Send + 'a>(make: impl FnOnce() -> F) -> BoxFuture<'a, Answer> {
    Box::pin(make())
}

/// The key in a place that [`Chime::next`] sealed.
fn key(place: &str) -> Option<Key> {
    let (at, id) = place.split_once('\n')?;
    Some(Key { at: Timestamp(at.parse().ok()?), id: id.to_owned() })
}

/// The fault of an error, as an answer to `spec` if the operation is known. The operator's words of one that is this
/// server's own are logged here.
fn fault_of(request_id: &str, error: &Error, spec: Option<&Spec>) -> Fault {
    let fault = Fault::of(error, spec);
    if fault.status().is_server_error() {
        failure::log_ours(request_id, error);
    }
    fault
}

impl Dialect for Chime {
    fn name(&self) -> &'static str {
        "chime"
    }

    fn routes(&self) -> Vec<RouteInfo> {
        Self::routes()
    }

    fn handle(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(async move {
            let request_id = request.request_id.clone();
            let mut response = match self.run(request).await {
                Ok(response) => response,
                Err(failure) => {
                    let fault = failure.into_fault(|error| fault_of(&request_id, error, None));
                    tracing::debug!(request_id, error = fault.exception(), "a request is refused");
                    fault.render()
                }
            };
            identify(&mut response, &request_id);
            response
        })
    }

    fn broken(&self, request_id: &str) -> Response {
        let mut response = Fault::defect().render();
        identify(&mut response, request_id);
        response
    }

    fn crowded(&self, request_id: &str) -> Response {
        let mut response = Fault::crowded().render();
        identify(&mut response, request_id);
        response
    }
}

/// AWS's request ids are bare UUIDs.
fn identify(response: &mut Response, request_id: &str) {
    answer::set_header(response, answer::AMZN_REQUEST_ID, request_id.strip_prefix("req-").unwrap_or(request_id));
}
