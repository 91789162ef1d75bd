//! A door for the fuzzer, which is outside of this crate (`fuzz/` in the repository). Nothing else uses it.

use http::Method;

use super::access_rules::{self, AccessRule};

/// Whether the path of an access rule allows a request's path.
pub fn access_rule(pattern: &str, path: &str) -> bool {
    let rule = AccessRule { path: pattern.to_owned(), method: "GET".to_owned(), service: "image".to_owned() };
    access_rules::allow(&[rule], "image", &Method::GET, path)
}
