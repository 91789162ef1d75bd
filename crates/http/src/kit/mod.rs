//! What every dialect stands on: the listener, requests and answers as values, routing, limits, logs and metrics.

pub mod body;
pub mod dialect;
pub mod request;
pub mod router;

pub use body::{Body, RequestBody};
pub use dialect::{BoxFuture, Dialect, Mount};
pub use request::{Request, Trail};
pub use router::{Matched, Params, Route, RouteInfo};

/// An answer of a dialect.
pub type Response = http::Response<Body>;
