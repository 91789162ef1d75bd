//! Requests per minute: what a project may send, and what it has left (`GET /limits`).

use std::sync::{Arc, Mutex, PoisonError};

use http::{Method, StatusCode};
use salon_core::{Clock, rate::Limiter};
use serde_json::{Value, json};

use crate::{
    kit::Response,
    rackspace::{Call, Rackspace, error::Fault, wire},
};

/// Projects that are counted at the same time.
const PROJECTS: usize = 10_000;

/// Requests a minute that a project may send, by method; 0 is no limit.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Any GET or HEAD.
    pub get: u32,
    /// Any POST.
    pub post: u32,
    /// Any PUT.
    pub put: u32,
    /// Any PATCH.
    pub patch: u32,
    /// Any DELETE, and whatever else there is.
    pub delete: u32,
}

/// The counters.
pub(super) struct Limits {
    clock: Arc<dyn Clock>,
    by_method: [(Method, Mutex<Limiter>); 5],
}

impl Limits {
    pub(super) fn new(rates: Rates, clock: Arc<dyn Clock>) -> Self {
        let counter = |rate| Mutex::new(Limiter::new(rate, PROJECTS));
        Self {
            clock,
            by_method: [
                (Method::GET, counter(rates.get)),
                (Method::POST, counter(rates.post)),
                (Method::PUT, counter(rates.put)),
                (Method::PATCH, counter(rates.patch)),
                (Method::DELETE, counter(rates.delete)),
            ],
        }
    }

    /// Counts a request of `project`.
    ///
    /// # Errors
    /// 413 when it was one too many.
    pub(super) fn count(&self, method: &Method, project: &str) -> Result<(), Fault> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let mut of_method = self.by_method.iter().filter(|(own, _)| own == method || *own == Method::DELETE);
        let Some((named, limiter)) = of_method.next() else { return Ok(()) };
        let now = self.clock.now();
        let mut limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
        limiter.take(project, now).map_err(|wait| {
            let words = format!("Only {} {named} request(s) can be made every minute.", limiter.rate());
            Fault::over_rate(words, wait, now.plus(wait))
        })
    }

    /// What `project` has left, in the form of `GET /limits`.
    fn left(&self, project: &str) -> Vec<Value> {
        let now = self.clock.now();
        let of = |(method, limiter): &(Method, Mutex<Limiter>)| {
            let limiter = limiter.lock().unwrap_or_else(PoisonError::into_inner);
            let left = limiter.look(project, now);
            (limiter.rate() > 0).then(|| {
                json!({
                    "verb": method.as_str(),
                    "value": limiter.rate(),
                    "remaining": left.remaining,
                    "unit": "MINUTE",
                    "next-available": now.plus(left.next).to_iso_seconds(),
                })
            })
        };
        self.by_method.iter().filter_map(of).collect()
    }
}

/// `GET /limits` and `GET /v2/limits`
pub(super) fn show(api: &Rackspace, call: &Call) -> Response {
    let caller = &call.ctx.caller;
    let project = caller.project().map_or(caller.user_id.as_str(), |project| project.as_str());
    let limit = api.limits.left(project);
    let rate = if limit.is_empty() { json!([]) } else { json!([{"uri": "*", "regex": ".*", "limit": limit}]) };
    let mut absolute = serde_json::Map::new();
    if let Some(most) = api.service.limits().image_properties {
        absolute.insert("maxImageMeta".to_owned(), Value::from(most));
    }
    wire::json(StatusCode::OK, json!({"limits": {"rate": rate, "absolute": absolute}}).to_string())
}
