//! The account of one request: from its head to the last byte of its answer, or to the moment it was given up.
//! Whichever way it ends, it ends as one line in the log and one count in the metrics.

use std::{
    net::IpAddr,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use http::{Method, StatusCode};

use crate::kit::{
    Trail,
    metrics::{Metrics, method_label},
    transport::Link,
};

/// Longest path that is written to the log.
const PATH_CHARS: usize = 256;

/// Dropped when the answer is complete or given up.
pub(crate) struct Ticket {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) link: Arc<Link>,
    pub(crate) trail: Arc<Trail>,
    pub(crate) dialect: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) request_id: String,
    pub(crate) peer: IpAddr,
    pub(crate) started: Instant,
    /// Set when the answer's head is known.
    pub(crate) status: Option<StatusCode>,
    /// Bytes of the answer's body so far.
    pub(crate) sent: u64,
    /// Why the answer was cut, when the server knows.
    pub(crate) problem: Option<String>,
    /// All of the answer was handed over.
    pub(crate) complete: bool,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let route = self.trail.template().unwrap_or("-");
        let method = method_label(&self.method);
        // 499 is nginx's word for a client that did not wait for the answer.
        let status = self.status.unwrap_or(StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST));
        self.metrics.requests_running.dec();
        self.metrics.answered(self.dialect, route, method, status, took);
        self.metrics.bytes_sent.inc_by(self.sent);
        if !self.complete {
            self.metrics.answers_cut.inc();
        }
        self.link.busy.store(false, Ordering::Release);
        tracing::info!(
            target: "salon::access",
            request_id = self.request_id,
            dialect = self.dialect,
            operation = self.trail.operation(),
            method,
            route,
            path = loggable(self.trail.template(), &self.path).filter(|_| !self.trail.withholds_path()),
            status = status.as_u16(),
            duration_ms = took.as_micros() as f64 / 1000.0,
            sent_bytes = self.sent,
            peer = %self.peer,
            user_id = self.trail.user(),
            project_id = self.trail.project(),
            complete = self.complete,
            problem = self.problem.as_deref(),
            "request"
        );
    }
}

/// The path for the log: cut to a bounded length, and withheld where it may hold a secret: on unknown routes, and on
/// those whose template names a token.
fn loggable<'a>(template: Option<&str>, path: &'a str) -> Option<&'a str> {
    let known = template.is_some_and(|template| !template.contains("{token"));
    known.then(|| path.get(..path.floor_char_boundary(PATH_CHARS)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_secrets_stay_out_of_the_log() {
        assert_eq!(loggable(Some("/v2/images/{image_id}"), "/v2/images/1"), Some("/v2/images/1"));
        assert_eq!(loggable(Some("/v2.0/tokens/{token_id}"), "/v2.0/tokens/secret"), None);
        assert_eq!(loggable(None, "/v2/secret"), None);
        assert_eq!(loggable(Some("/x"), &"ü".repeat(300)).map(str::len), Some(256));
    }
}
