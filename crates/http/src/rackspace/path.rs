//! The forms in which clients write the paths of this API.
//!
//! `/v2/images`, `/v2/{tenant}/images`, and what shell samples make of an endpoint that ends with a version already:
//! `/v2/v2/images`, `/v2/{tenant}/v2/images`. Each may end with `.json`, which wins over `Accept`; there is no other
//! format. Tenants are digits on Rackspace and hexadecimal digits here, so any segment that is not one of this API's own
//! words is taken for one.

use http::StatusCode;
use percent_encoding::percent_decode_str;

/// The first segments that resources have.
const WORDS: [&str; 4] = ["images", "tasks", "schemas", "limits"];

/// What begins an account's name in the object store.
const ACCOUNT: &str = "MossoCloudFS_";

/// What a path asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The versions, with this status.
    Versions(StatusCode),
    /// Something below a version.
    Path {
        /// The tenant in the path, if there is one.
        tenant: Option<String>,
        /// The path as the routes have it.
        path: String,
    },
}

/// Reads the path of a request.
pub(super) fn read(path: &str) -> Asked {
    let mut segments: Vec<&str> = path.split('/').skip(1).collect();
    // The bare API is written with a slash at its end, too.
    if segments.last() == Some(&"") {
        segments.pop();
        if !is_root(&segments) {
            segments.push("");
        }
    }
    if is_root(&segments) {
        return Asked::Versions(StatusCode::MULTIPLE_CHOICES);
    }
    let mut rest = segments.as_slice();
    let mut tenant = None;
    match rest {
        ["limits" | "limits.json"] => {}
        ["v2", more @ ..] => {
            rest = more;
            if let ["v2", more @ ..] = rest {
                rest = more;
            }
            if let [first, more @ ..] = rest
                && !is_word(first)
            {
                tenant = Some(percent_decode_str(first).decode_utf8_lossy().into_owned());
                rest = more;
                if let ["v2", more @ ..] = rest {
                    rest = more;
                }
            }
        }
        // The object store's accounts have a name of their own.
        ["v1", account, container] if account.starts_with(ACCOUNT) => {
            let tenant = account.strip_prefix(ACCOUNT).unwrap_or_default();
            let tenant = percent_decode_str(tenant).decode_utf8_lossy().into_owned();
            return Asked::Path { tenant: Some(tenant), path: format!("/v1/containers/{container}") };
        }
        _ => return Asked::Path { tenant: None, path: String::from("/") },
    }
    let mut path = String::from("/v2");
    for segment in rest {
        path.push('/');
        path.push_str(segment);
    }
    // A tag may end like this by itself.
    if let Some(plain) = path.strip_suffix(".json").filter(|plain| !plain.contains("/tags/")) {
        path.truncate(plain.len());
    }
    Asked::Path { tenant, path }
}

fn is_word(segment: &str) -> bool {
    WORDS.contains(&segment.strip_suffix(".json").unwrap_or(segment))
}

/// The API itself, with or without a tenant.
fn is_root(segments: &[&str]) -> bool {
    match segments {
        [] | ["v2"] | ["v2", "v2"] => true,
        ["v2", tenant] | ["v2", "v2", tenant] | ["v2", tenant, "v2"] | ["v2", "v2", tenant, "v2"] => !is_word(tenant),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_one() {
        for (path, tenant, routed) in [
            ("/v2/images", None, "/v2/images"),
            ("/v2/images.json", None, "/v2/images"),
            ("/v2/123456/images", Some("123456"), "/v2/images"),
            ("/v2/0a1b/images/x/members/y.json", Some("0a1b"), "/v2/images/x/members/y"),
            ("/v2/v2/images/x", None, "/v2/images/x"),
            ("/v2/1/v2/images/x", Some("1"), "/v2/images/x"),
            ("/v2/v2/1/tasks.json", Some("1"), "/v2/tasks"),
            ("/v2/schemas/image", None, "/v2/schemas/image"),
            ("/v2/images/x/tags/a.json", None, "/v2/images/x/tags/a.json"),
            ("/limits", None, "/v2/limits"),
            ("/limits.json", None, "/v2/limits"),
            ("/v2/limits", None, "/v2/limits"),
            ("/v2/1/limits", Some("1"), "/v2/limits"),
            ("/v2/a%2Fb/images", Some("a/b"), "/v2/images"),
            ("/v2/%2e%2e/images", Some(".."), "/v2/images"),
            // Not a form of anything: the routes do not know it.
            ("/v2/images/", None, "/v2/images/"),
            ("/v2//images", Some(""), "/v2/images"),
            ("/v3/images", None, "/"),
            ("/images", None, "/"),
            ("/v1/MossoCloudFS_123/box", Some("123"), "/v1/containers/box"),
            ("/v1/MossoCloudFS_123", None, "/"),
            ("/v1/MossoCloudFS_123/box/object", None, "/"),
            ("/v1/containers/box", None, "/"),
            ("/v2/v2/v2/images", Some("v2"), "/v2/images"),
            ("/v2/1/2/images", Some("1"), "/v2/2/images"),
        ] {
            let expected = Asked::Path { tenant: tenant.map(str::to_owned), path: routed.to_owned() };
            assert_eq!(read(path), expected, "{path}");
        }
    }

    #[test]
    fn the_bare_api_is_its_versions() {
        for path in [
            "",
            "/",
            "/v2",
            "/v2/",
            "/v2/v2",
            "/v2/123456",
            "/v2/123456/",
            "/v2/123456/v2",
            "/v2/v2/123456",
            "/v2/v2/1/v2/",
        ] {
            assert_eq!(read(path), Asked::Versions(StatusCode::MULTIPLE_CHOICES), "{path}");
        }
    }
}
