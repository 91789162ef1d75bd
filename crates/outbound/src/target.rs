//! URLs as they are given, and what of them is acceptable before anything is asked of the network.

use std::{fmt, net::IpAddr};

use reqwest::Url;

use crate::{Failure, Reason, Scheme};

/// Longest URL, in bytes.
const LONGEST: usize = 4096;

/// A URL whose form, scheme and port were looked at. Where its name leads is looked at when it is used.
///
/// `Display` leaves the query out: it may hold a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(crate) url: Url,
    pub(crate) scheme: Scheme,
    pub(crate) host: String,
    pub(crate) address: Option<IpAddr>,
}

impl Target {
    /// Reads the text of a client. Hosts have to be written plainly: names in ASCII, IPv4 as four decimal numbers.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if text.len() > LONGEST {
            return Err(wrong("it is too long"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains('\\') {
            return Err(wrong("it holds characters that have to be encoded"));
        }
        let target = Self::of(Url::parse(text).map_err(|_| wrong("it has not the form of a URL"))?)?;
        let written = authority(text).filter(|written| !written.is_empty()).ok_or_else(|| wrong("it names no host"))?;
        if written.contains('@') {
            return Err(wrong("it holds a user name"));
        }
        let host = match written.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => written,
        };
        // Other spellings of the same host (127.1, 0x7f000001, %31, full-width digits) are for deceiving a filter. Of an
        // IPv6 address many are common, and its value is what counts.
        let plain = target.address.is_some_and(|address| address.is_ipv6());
        if !plain && !host.eq_ignore_ascii_case(target.url.host_str().unwrap_or_default()) {
            return Err(wrong("its host has to be written plainly"));
        }
        Ok(target)
    }

    /// Where a redirect leads.
    pub(crate) fn join(&self, location: &str) -> Result<Self, Failure> {
        let bad = |failure: Failure| Failure::new(Reason::Redirect, format!("a redirect is not followed: {failure}"));
        if location.len() > LONGEST || location.contains('\\') {
            return Err(bad(wrong("it is not plain")));
        }
        let url = self.url.join(location).map_err(|_| bad(wrong("it has not the form of a URL")))?;
        let target = Self::of(url).map_err(bad)?;
        if self.scheme == Scheme::Https && target.scheme != Scheme::Https {
            return Err(bad(wrong("it leads from https to http")));
        }
        Ok(target)
    }

    fn of(url: Url) -> Result<Self, Failure> {
        let scheme = Scheme::parse(url.scheme()).ok_or_else(|| wrong("its scheme is not supported"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it holds a user name"));
        }
        let host = url.host_str().unwrap_or_default();
        let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        let address = literal.parse().ok();
        let name = literal.strip_suffix('.').unwrap_or(literal).to_ascii_lowercase();
        if address.is_none() && (name.len() > 253 || name.split('.').any(|label| label.is_empty() || label.len() > 63))
        {
            return Err(wrong("it names no host"));
        }
        Ok(Self { scheme, host: name, address, url })
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, given or of the scheme.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(0)
    }

    /// The whole URL. It may hold a secret, and belongs into no log.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "{}://{host}:{}{}", self.scheme.as_str(), self.port(), self.url.path())
    }
}

pub(crate) fn wrong(what: impl Into<String>) -> Failure {
    Failure::new(Reason::Url, what)
}

/// What stands between `://` and the path.
fn authority(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    rest.split(['/', '?', '#']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_urls() {
        for (text, host, port) in [
            ("http://example.org/a", "example.org", 80),
            ("HTTPS://Example.ORG./a?b#c", "example.org", 443),
            ("https://example.org:8443", "example.org", 8443),
            ("http://192.0.2.1/", "192.0.2.1", 80),
            ("http://[2001:db8::1]:8080/", "2001:db8::1", 8080),
            ("http://[2001:DB8:0:0:0:0:0:1]/", "2001:db8::1", 80),
            ("http://xn--bcher-kva.example/", "xn--bcher-kva.example", 80),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!((target.host(), target.port()), (host, port), "{text}");
        }
        let secret = Target::parse("https://example.org/a?token=s3cr3t").unwrap();
        assert_eq!(secret.to_string(), "https://example.org:443/a");
    }

    #[test]
    fn t_l1_everything_else_is_refused() {
        for text in [
            "",
            "example.org",
            "http:example.org",
            "http:/example.org",
            "http:///example.org",
            "http:///[2001:db8::1]/",
            "//example.org/",
            "file:///etc/passwd",
            "FILE:///etc/passwd",
            "filesystem://x/",
            "ftp://example.org/",
            "gopher://example.org/",
            "swift+config://x/y",
            "data:,x",
            "http://user@example.org/",
            "http://user:password@example.org/",
            "http://@example.org/",
            "http://example.org@127.0.0.1/",
            "http://127.0.0.1#@example.org\\",
            "http://example.org\\@127.0.0.1/",
            "http:\\\\example.org",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://127.0.0.1./",
            "http://0/",
            "http://%31%32%37.0.0.1/",
            "http://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
            "http://127\u{3002}0.0.1/",
            "http://b\u{fc}cher.example/",
            "http://exa\tmple.org/",
            "http://example.org /",
            " http://example.org/",
            "http://example.org/\r\nHost: x",
            "http://example.org%00.evil/",
            "http://[fe80::1%25eth0]/",
            "http://[::ffff:0x7f.1]/",
            "http://a..example/",
            "http://.example/",
            "http://./",
            "http://example.org:99999/",
        ] {
            assert_eq!(Target::parse(text).map_err(|failure| failure.reason()), Err(Reason::Url), "{text:?}");
        }
        assert!(Target::parse(&format!("http://example.org/{}", "a".repeat(5000))).is_err());
    }

    #[test]
    fn redirects_are_read_from_where_they_stand() {
        let from = Target::parse("https://example.org/a/b?c").unwrap();
        assert_eq!(from.join("d").unwrap().as_str(), "https://example.org/a/d");
        assert_eq!(from.join("//other.example/").unwrap().host(), "other.example");
        assert_eq!(from.join("https://2130706433/").unwrap().address, Some("127.0.0.1".parse().unwrap()));
        for bad in ["http://example.org/", "file:///etc/passwd", "https://u:p@example.org/", "\\\\x", "https://["] {
            assert_eq!(from.join(bad).unwrap_err().reason(), Reason::Redirect, "{bad}");
        }
        let plain = Target::parse("http://example.org/").unwrap();
        assert!(plain.join("https://example.org/").is_ok());
    }
}
