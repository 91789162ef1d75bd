//! A door for the fuzzer, which is outside of this crate (`fuzz/` in the repository). Nothing else uses it.

use http::Method;
use serde_json::Value;

use super::{
    input,
    model::{Check, OPERATIONS, Place},
    route::{self, Routed},
};

/// An operation with the labels of its path; `None` for labels that are not UTF-8.
pub type Found = (&'static str, &'static str, Vec<(&'static str, Option<String>)>);

/// The operation's name, its template and its labels, if there is one.
pub fn route(method: &Method, path: &str, query: Option<&str>) -> Option<Found> {
    match route::route(method, path, &route::query_pairs(query)) {
        Routed::Operation { spec, labels } => Some((spec.name, spec.path, labels)),
        Routed::WrongMarker { .. } | Routed::WrongMethod { .. } | Routed::Unknown => None,
    }
}

/// How many operations there are.
pub fn operations() -> usize {
    OPERATIONS.len()
}

/// What the reader of members makes of a request; `None` when it refuses it.
pub fn input(operation: usize, labels: &[&str], query: &str, body: &[u8]) -> Option<Value> {
    let spec = OPERATIONS.get(operation)?;
    let names = spec.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let labels = names.zip(labels).map(|(name, value)| (name, Some((*value).to_owned()))).collect();
    input::read(spec, &labels, &route::query_pairs(Some(query)), body).ok()
}

/// The members that an operation takes from a body: their names in the model and on the wire.
pub fn members_of_body(operation: usize) -> Vec<(&'static str, &'static str)> {
    match OPERATIONS.get(operation).map(|spec| spec.input) {
        Some(Check::Structure(members)) => {
            let in_body = members.iter().filter(|member| member.place == Place::Body);
            in_body.map(|member| (member.name, member.wire)).collect()
        }
        _ => Vec::new(),
    }
}
