//! The identity that an authenticating gateway has found out, told by headers.

use std::net::IpAddr;

use futures_util::future::{self, BoxFuture};
use salon_core::{Caller, ProjectId, Result, Scope, UserId};

use crate::{Authenticator, Credentials, Network, authenticator::refused, headers::repeats_identity_header};

/// Believes identity headers from listed peers, and nobody else.
#[derive(Clone, Debug)]
pub struct Proxy {
    peers: Vec<Network>,
    challenge: String,
}

impl Proxy {
    /// Trusts `peers`. `authenticate_uri` is where clients get a token, for the 401 challenge.
    pub fn new(peers: Vec<Network>, authenticate_uri: &str) -> Self {
        Self { peers, challenge: format!("Keystone uri=\"{authenticate_uri}\"") }
    }

    fn caller(&self, credentials: Credentials<'_>) -> Option<Caller> {
        // The caller of this function may have stripped the headers already; trusting is decided here all the same,
        // so that a wiring mistake cannot open the door.
        if !self.trusts(credentials.peer)
            || credentials.text("x-identity-status") != Some("Confirmed")
            || repeats_identity_header(credentials.headers)
        {
            return None;
        }
        let text = |name: &str| credentials.text(name).map(str::to_owned);
        let scope = match (text("x-project-id").or_else(|| text("x-tenant-id")), text("x-domain-id")) {
            (Some(project), _) => Scope::Project(ProjectId::new(project)),
            (None, Some(domain)) => Scope::Domain(domain),
            (None, None) if credentials.text("openstack-system-scope") == Some("all") => Scope::System,
            (None, None) => Scope::Unscoped,
        };
        let service = credentials.text("x-service-identity-status") == Some("Confirmed");
        Some(Caller {
            user_id: UserId::new(text("x-user-id")?),
            user_name: text("x-user-name"),
            user_domain_id: text("x-user-domain-id"),
            scope,
            project_domain_id: text("x-project-domain-id"),
            roles: roles(credentials.text("x-roles")),
            service_roles: roles(credentials.text("x-service-roles").filter(|_| service)),
            is_admin_project: credentials
                .text("x-is-admin-project")
                .is_none_or(|text| text.eq_ignore_ascii_case("true")),
        })
    }
}

fn roles(list: Option<&str>) -> Vec<String> {
    list.unwrap_or_default().split(',').map(|role| role.trim().to_lowercase()).filter(|role| !role.is_empty()).collect()
}

impl Authenticator for Proxy {
    fn authenticate<'a>(&'a self, credentials: Credentials<'a>) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(future::ready(self.caller(credentials).ok_or_else(refused)))
    }

    fn challenge(&self, _base: &str) -> String {
        self.challenge.clone()
    }

    fn trusts(&self, peer: IpAddr) -> bool {
        self.peers.iter().any(|network| network.contains(peer))
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, Method};
    use salon_core::Kind;

    use super::*;

    fn ask(peer: &str, pairs: &[(&str, &'static str)]) -> Result<Caller> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static(value));
        }
        let proxy = Proxy::new(vec!["10.0.0.0/24".parse().unwrap()], "http://keystone/v3");
        let credentials =
            Credentials { headers: &headers, peer: peer.parse().unwrap(), method: &Method::GET, path: "/v2/images" };
        futures_util::FutureExt::now_or_never(proxy.authenticate(credentials)).unwrap()
    }

    const ALICE: &[(&str, &str)] = &[
        ("X-Identity-Status", "Confirmed"),
        ("X-User-Id", "u1"),
        ("X-Project-Id", "p1"),
        ("X-Roles", "Member, reader"),
    ];

    #[test]
    fn listed_peers_are_believed() {
        let caller = ask("10.0.0.7", ALICE).unwrap();
        assert_eq!(caller.user_id.as_str(), "u1");
        assert_eq!(caller.project().map(ProjectId::as_str), Some("p1"));
        assert_eq!(caller.roles, ["member", "reader"]);
        assert!(caller.is_admin_project && caller.service_roles.is_empty());
    }

    #[test]
    fn others_are_not() {
        assert_eq!(ask("10.0.1.7", ALICE).unwrap_err().kind(), Kind::Unauthenticated);
    }

    #[test]
    fn every_part_counts() {
        for missing in 0..2 {
            let mut some = ALICE.to_vec();
            some.remove(missing);
            assert_eq!(ask("10.0.0.7", &some).unwrap_err().kind(), Kind::Unauthenticated, "{missing}");
        }
        let mut twice = ALICE.to_vec();
        twice.push(("x-user-id", "u2"));
        assert_eq!(ask("10.0.0.7", &twice).unwrap_err().kind(), Kind::Unauthenticated);
        let invalid = [("X-Identity-Status", "Invalid"), ("X-User-Id", "u1"), ("X-Roles", "admin")];
        assert_eq!(ask("10.0.0.7", &invalid).unwrap_err().kind(), Kind::Unauthenticated);
    }

    #[test]
    fn scopes_and_service_roles() {
        let scope = |pairs: &[(&str, &'static str)]| {
            let mut all = vec![("X-Identity-Status", "Confirmed"), ("X-User-Id", "u1")];
            all.extend_from_slice(pairs);
            ask("10.0.0.7", &all).unwrap()
        };
        assert_eq!(scope(&[("OpenStack-System-Scope", "all")]).scope, Scope::System);
        assert_eq!(scope(&[("X-Domain-Id", "d")]).scope, Scope::Domain("d".into()));
        assert_eq!(scope(&[]).scope, Scope::Unscoped);
        assert!(scope(&[("X-Service-Roles", "service")]).service_roles.is_empty());
        assert_eq!(
            scope(&[("X-Service-Identity-Status", "Confirmed"), ("X-Service-Roles", "service")]).service_roles,
            ["service"]
        );
        assert!(!scope(&[("X-Is-Admin-Project", "False")]).is_admin_project);
    }
}
