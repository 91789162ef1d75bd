//! Which address absolute links carry. A `Host` header is the client's word: it is used only when it names this server.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::{HeaderMap, header::HOST};
use salon_identity::Network;

/// How `scheme://host[:port]` of links is found.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// `public_endpoint`: used for every link when set, without trailing slash.
    pub public_endpoint: Option<String>,
    /// Host names (without port, lower case) that clients may use for this server; `*` allows any.
    pub names: Vec<String>,
    /// Proxies whose `X-Forwarded-Proto`, `X-Forwarded-Host` and `X-Forwarded-Prefix` are believed.
    pub proxies: Vec<Network>,
}

impl Hosts {
    /// The base for links of one request: without trailing slash and without the mount's prefix.
    pub(crate) fn base(&self, headers: &HeaderMap, peer: IpAddr, local: SocketAddr) -> String {
        if let Some(endpoint) = &self.public_endpoint {
            return endpoint.trim_end_matches('/').to_owned();
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        if self.proxies.iter().any(|proxy| proxy.contains(peer)) {
            let host = text("x-forwarded-host").or_else(|| text("host")).filter(|host| is_authority(host));
            let scheme = text("x-forwarded-proto").filter(|scheme| matches!(*scheme, "http" | "https"));
            let prefix = text("x-forwarded-prefix").filter(|prefix| is_prefix(prefix)).unwrap_or_default();
            if let Some(host) = host {
                return format!("{}://{host}{}", scheme.unwrap_or("http"), prefix.trim_end_matches('/'));
            }
        }
        match text(HOST.as_str()) {
            Some(host) if is_authority(host) && self.is_own(host, local) => format!("http://{host}"),
            _ => format!("http://{local}"),
        }
    }

    fn is_own(&self, authority: &str, local: SocketAddr) -> bool {
        let name = host_name(authority).to_ascii_lowercase();
        if self.names.iter().any(|own| own == "*" || *own == name) {
            return true;
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) => address.to_canonical() == local.ip().to_canonical(),
            Err(_) => name == "localhost" && local.ip().to_canonical().is_loopback(),
        }
    }
}

/// The host of `host[:port]`, with the brackets of an IPv6 address.
pub(crate) fn host_name(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        // A colon before the last one is an address without brackets, which cannot have a port.
        Some((host, port))
            if port.bytes().all(|byte| byte.is_ascii_digit())
                && (!host.contains(':') || (host.starts_with('[') && host.ends_with(']'))) =>
        {
            host
        }
        _ => authority,
    }
}

fn is_authority(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
        && leads_somewhere(text)
}

/// A link with an IPv6 address without brackets, with brackets around something else, or with a port beyond all ports is
/// no URL.
fn leads_somewhere(authority: &str) -> bool {
    let host = host_name(authority);
    let port = authority.get(host.len()..).and_then(|rest| rest.strip_prefix(':'));
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    port.is_none_or(|port| port.parse::<u16>().is_ok())
        && inner.map_or(!host.contains([':', '[', ']']), |inner| inner.parse::<Ipv6Addr>().is_ok())
}

fn is_prefix(text: &str) -> bool {
    text.starts_with('/')
        && text.len() <= 255
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(hosts: &Hosts, host: &str, more: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        for (name, value) in more {
            headers.insert(*name, value.parse().unwrap());
        }
        hosts.base(&headers, "127.0.0.9".parse().unwrap(), "127.0.0.1:9292".parse().unwrap())
    }

    #[test]
    fn t_h5_a_forged_host_is_not_used() {
        let hosts = Hosts { names: vec!["images.example".to_owned()], ..Hosts::default() };
        assert_eq!(base(&hosts, "localhost:9292", &[]), "http://localhost:9292");
        assert_eq!(base(&hosts, "127.0.0.1:8080", &[]), "http://127.0.0.1:8080");
        assert_eq!(base(&hosts, "Images.Example", &[]), "http://Images.Example");
        assert_eq!(base(&hosts, "evil.example", &[]), "http://127.0.0.1:9292");
        assert_eq!(base(&hosts, "127.0.0.2:9292", &[]), "http://127.0.0.1:9292");
        for odd in ["a/b", "::ffff:127.0.0.1", "localhost:99999", "images.example:80:80", "[127.0.0.1]", "[localhost]"]
        {
            assert_eq!(base(&hosts, odd, &[]), "http://127.0.0.1:9292", "{odd}");
        }
        assert_eq!(base(&hosts, "localhost:9292", &[("x-forwarded-host", "evil.example")]), "http://localhost:9292");
    }

    #[test]
    fn a_listed_proxy_is_believed() {
        let hosts = Hosts { proxies: vec!["127.0.0.9".parse().unwrap()], ..Hosts::default() };
        let headers =
            [("x-forwarded-host", "cloud.example"), ("x-forwarded-proto", "https"), ("x-forwarded-prefix", "/image/")];
        assert_eq!(base(&hosts, "x", &headers), "https://cloud.example/image");
    }

    #[test]
    fn the_public_endpoint_wins() {
        let hosts = Hosts { public_endpoint: Some("https://images.example/".to_owned()), ..Hosts::default() };
        assert_eq!(base(&hosts, "evil.example", &[]), "https://images.example");
    }

    #[test]
    fn ports_are_cut_off() {
        assert_eq!(host_name("a.example:80"), "a.example");
        assert_eq!(host_name("[::1]:80"), "[::1]");
        assert_eq!(host_name("[::1]"), "[::1]");
        assert_eq!(host_name("::1"), "::1");
    }
}
