//! What every dialect stands on: the listener, requests and answers as values, routing, limits, logs and metrics.

pub(crate) mod answer;
pub mod body;
pub mod cors;
pub mod dialect;
pub(crate) mod failure;
mod framing;
mod front;
#[doc(hidden)]
pub mod fuzz;
pub mod health;
pub mod host;
mod incoming;
pub mod limits;
pub mod metrics;
mod outgoing;
mod pages;
pub mod request;
pub mod router;
mod sendfile;
pub mod server;
mod ticket;
mod timer;
mod transport;

pub use body::{Body, ByteStream, RequestBody};
pub use cors::{Cors, CorsOptions};
pub use dialect::{BoxFuture, Dialect, Mount};
pub(crate) use failure::Failure;
pub(crate) use front::Front;
pub use health::Health;
pub use host::Hosts;
pub use limits::Limits;
pub use metrics::Metrics;
pub(crate) use pages::Pages;
pub use request::{Request, Trail};
pub(crate) use router::operations;
pub use router::{Matched, Params, Route, RouteInfo};
pub use server::{Listener, Options, Phase, serve};

/// An answer of a dialect.
pub type Response = http::Response<Body>;
