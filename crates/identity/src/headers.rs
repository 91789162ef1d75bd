//! The headers by which a gateway says who is calling (keystonemiddleware's `auth_token` contract).

use http::{HeaderMap, HeaderName};

/// Headers that a gateway sets, beside everything that starts with `x-service-` except the service token itself.
const IDENTITY_HEADERS: &[&str] = &[
    "x-identity-status",
    "x-user-id",
    "x-user-name",
    "x-user-domain-id",
    "x-user-domain-name",
    "x-project-id",
    "x-project-name",
    "x-project-domain-id",
    "x-project-domain-name",
    "x-domain-id",
    "x-domain-name",
    "x-roles",
    "x-is-admin-project",
    "openstack-system-scope",
    "x-tenant-id",
    "x-tenant-name",
    "x-tenant",
    "x-user",
    "x-role",
];

/// Takes out of a request every header that could be taken for the word of an authenticating gateway.
///
/// Called for every request in every mode, unless the peer is a gateway that the operator listed. Names are matched
/// as clients and WSGI servers confuse them: in any case, and with `_` for `-`.
pub fn strip_identity_headers(headers: &mut HeaderMap) {
    let spoofed: Vec<HeaderName> = headers.keys().filter(|name| is_identity_header(name.as_str())).cloned().collect();
    for name in spoofed {
        headers.remove(name);
    }
}

/// Whether a header of a gateway is there more than once: perhaps the gateway added its own behind the client's, and
/// nothing tells which is which.
pub(crate) fn repeats_identity_header(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| is_identity_header(name.as_str()) && headers.get_all(name).iter().nth(1).is_some())
}

fn is_identity_header(name: &str) -> bool {
    let name = name.replace('_', "-");
    match name.strip_prefix("x-service-") {
        Some(rest) => rest != "token",
        None => IDENTITY_HEADERS.contains(&name.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn strips_what_a_gateway_would_say_and_nothing_else() {
        let mut headers = HeaderMap::new();
        for name in IDENTITY_HEADERS.iter().chain(&["X_User_Id", "X-SERVICE-ROLES", "x-service-catalog", "X-ROLES"]) {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static("admin"));
        }
        let kept = ["x-auth-token", "x-service-token", "x-storage-token", "x-image-meta-name", "host"];
        for name in kept {
            headers.insert(name, HeaderValue::from_static("kept"));
        }
        strip_identity_headers(&mut headers);
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        let mut expected = kept.to_vec();
        left.sort_unstable();
        expected.sort_unstable();
        assert_eq!(left, expected);
    }
}
