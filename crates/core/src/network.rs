//! IP networks in CIDR notation: trusted peers, and where the server may go.

use std::{fmt, net::IpAddr, str::FromStr};

use crate::Error;

/// An IP network: an address and a prefix length. A bare address is the network of that one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether `peer` is inside. An IPv4 peer seen through a dual-stack socket (`::ffff:a.b.c.d`) counts as IPv4.
    pub fn contains(&self, peer: IpAddr) -> bool {
        let (peer, own) = (peer.to_canonical(), self.address);
        match (own, peer) {
            (IpAddr::V4(own), IpAddr::V4(peer)) => {
                let shift = 32_u32.saturating_sub(u32::from(self.prefix));
                own.to_bits().checked_shr(shift).unwrap_or(0) == peer.to_bits().checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V6(own), IpAddr::V6(peer)) => {
                let shift = 128_u32.saturating_sub(u32::from(self.prefix));
                own.to_bits().checked_shr(shift).unwrap_or(0) == peer.to_bits().checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid(format!("{text:?} is not an IP network such as 10.0.0.0/8 or fd00::/8"));
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse::<u8>().ok().filter(|prefix| *prefix <= longest).ok_or_else(wrong)?,
            None => longest,
        };
        // Peers are compared by what they are, and an IPv4 address in IPv6 (`::ffff:a.b.c.d`) is an IPv4 address.
        match address.to_canonical() {
            IpAddr::V4(inner) if address.is_ipv6() => {
                Ok(Self { address: IpAddr::V4(inner), prefix: prefix.checked_sub(96).ok_or_else(wrong)? })
            }
            _ => Ok(Self { address, prefix }),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_by_prefix() {
        let inside = |network: &str, peer: &str| network.parse::<Network>().unwrap().contains(peer.parse().unwrap());
        assert!(inside("10.1.0.0/16", "10.1.2.3"));
        assert!(!inside("10.1.0.0/16", "10.2.2.3"));
        assert!(inside("10.1.2.3", "10.1.2.3"));
        assert!(!inside("10.1.2.3", "10.1.2.4"));
        assert!(inside("0.0.0.0/0", "192.0.2.1"));
        assert!(!inside("0.0.0.0/0", "::1"));
        assert!(inside("::/0", "2001:db8::1"));
        assert!(inside("fd00::/8", "fd12::1"));
        assert!(!inside("fd00::/8", "fe80::1"));
        assert!(inside("127.0.0.0/8", "::ffff:127.0.0.1"));
        assert!(inside("::ffff:10.0.0.0/104", "10.1.2.3"));
        assert!(inside("::ffff:10.1.2.3", "::ffff:10.1.2.3"));
        assert!(!inside("::ffff:10.0.0.0/104", "11.1.2.3"));
        for wrong in ["", "::ffff:10.0.0.0/95", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "host", "10.0.0/8"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn written_with_its_prefix() {
        for (read, written) in [("10.1.0.0/16", "10.1.0.0/16"), ("10.1.2.3", "10.1.2.3/32"), ("fd00::/8", "fd00::/8")] {
            assert_eq!(read.parse::<Network>().unwrap().to_string(), written);
        }
    }
}
