//! The trait every dialect implements, and where a dialect is mounted.

use std::{future::Future, pin::Pin, sync::Arc};

use http::StatusCode;

use crate::kit::{Request, Response, RouteInfo, server::plain};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One wire protocol.
pub trait Dialect: Send + Sync + 'static {
    /// Its name in logs and metrics: one of few, never data.
    fn name(&self) -> &'static str;

    /// Every route it has, for the coverage test.
    fn routes(&self) -> Vec<RouteInfo>;

    /// Answers one request. It never fails: errors are rendered in the dialect's own shape.
    fn handle(&self, request: Request) -> BoxFuture<'_, Response>;

    /// The answer in place of one that a defect prevented. The panic was logged.
    fn broken(&self, _request_id: &str) -> Response {
        plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server could not complete the request because of an internal error.\n",
        )
    }

    /// The answer on a connection that is one too many. It is given before the request is looked at.
    fn crowded(&self, _request_id: &str) -> Response {
        plain(StatusCode::SERVICE_UNAVAILABLE, "The server has too many connections open.\n")
    }
}

/// A dialect at a place: requests that match prefix, host and listener go to it.
#[derive(Clone)]
pub struct Mount {
    /// The dialect.
    pub dialect: Arc<dyn Dialect>,
    /// Path prefix without trailing slash, empty for the root; it is removed from the path the dialect sees.
    pub prefix: String,
    /// Only requests for this host name (without port, lower case).
    pub host: Option<String>,
    /// Only connections of the listener with this name.
    pub listener: Option<String>,
}

impl Mount {
    /// A dialect at a path prefix, for every host and listener.
    pub fn at(prefix: impl Into<String>, dialect: Arc<dyn Dialect>) -> Self {
        Self { dialect, prefix: prefix.into(), host: None, listener: None }
    }
}
