//! Access rules of application credentials, and headers that only a gateway may set.

use salon_identity::{keystone::fuzz as door, strip_identity_headers};

use crate::given::{headers, line};

pub(crate) const WORDS: &[&str] =
    &["X-User-Id: u\n", "x_roles: admin\n", "X-Service-", "X-Auth-Token: t\n", "_", "-", "\n"];

/// A pattern and a path, a line each.
pub(crate) fn access_rule(data: &[u8]) {
    let (pattern, path) = line(data);
    let (Ok(pattern), Ok(path)) = (std::str::from_utf8(pattern), std::str::from_utf8(path)) else { return };
    let answer = door::access_rule(pattern, path);
    // The plain reading takes a time that grows with the product, and is asked about short ones only.
    if pattern.len() <= 64 && path.len() <= 64 {
        assert_eq!(answer, plainly(&mut Vec::new(), pattern.as_bytes(), path.as_bytes()), "{pattern} {path}");
    }
}

type Seen<'a> = Vec<((usize, usize), bool)>;

/// Every way to match, one after the other, each tried once.
fn plainly(seen: &mut Seen<'_>, pattern: &[u8], path: &[u8]) -> bool {
    let place = (pattern.len(), path.len());
    if let Some((_, known)) = seen.iter().find(|(at, _)| *at == place) {
        return *known;
    }
    let answer = match pattern {
        [] => path.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=path.len()).any(|at| plainly(seen, rest, path.get(at..).unwrap_or_default())),
        [b'*', rest @ ..] => segment(seen, rest, path),
        [b'{', rest @ ..] if rest.contains(&b'}') => {
            let end = rest.iter().position(|byte| *byte == b'}').unwrap_or(0);
            segment(seen, rest.get(end + 1..).unwrap_or_default(), path)
        }
        [first, rest @ ..] => path.split_first().is_some_and(|(own, path)| own == first && plainly(seen, rest, path)),
    };
    seen.push((place, answer));
    answer
}

fn segment(seen: &mut Seen<'_>, rest: &[u8], path: &[u8]) -> bool {
    let most = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
    (1..=most).any(|at| plainly(seen, rest, path.get(at..).unwrap_or_default()))
}

/// No spelling of a gateway's header is left.
pub(crate) fn proxy_headers(data: &[u8]) {
    const GATEWAYS: [&str; 19] = [
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
    let before = headers(data);
    let mut after = before.clone();
    strip_identity_headers(&mut after);
    for name in before.keys() {
        let plain = name.as_str().to_lowercase().replace('_', "-");
        let gateways =
            GATEWAYS.contains(&plain.as_str()) || (plain.starts_with("x-service-") && plain != "x-service-token");
        assert_eq!(after.contains_key(name), !gateways, "{name}");
    }
}
