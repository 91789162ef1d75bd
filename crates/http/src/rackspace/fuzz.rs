//! A door for the fuzzer, which is outside of this crate (`fuzz/` in the repository). Nothing else uses it.

use super::path::{self, Asked};

/// The tenant and the routed path of a request's path; `None` when it asks for the versions.
pub fn path(text: &str) -> Option<(Option<String>, String)> {
    match path::read(text) {
        Asked::Versions(_) => None,
        Asked::Path { tenant, path } => Some((tenant, path)),
    }
}
