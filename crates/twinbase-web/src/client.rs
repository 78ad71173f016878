//! Which client sends a request, as far as the proxies in front of this server are to be trusted.
//!
//! `X-Forwarded-For` and `Forwarded` (RFC 7239) can be written by anybody. They count only when the
//! connection comes from a trusted proxy, and are read from the right: each trusted hop vouches for
//! the one before it, and the first hop that is not trusted is the client.

use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{Extensions, HeaderMap, request::Parts},
};

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED: &str = "forwarded";

/// The network that a request comes from, by which limits count.
///
/// An IPv4 address is its own network. Of IPv6 the first 64 bits are: whoever has one address has
/// the other 2^64 as well. `None` when the server does not know the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Client(pub Option<IpAddr>);

/// The proxies whose word about a client's address counts. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[Network]>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u8,
}

/// As the [`Edge`](crate::Edge) found it; without one, the peer of the connection.
impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let found = parts.extensions.get::<Self>().copied();
        let by_peer = || TrustedProxies::default().client_of(&parts.headers, &parts.extensions);
        Ok(found.unwrap_or_else(by_peer))
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

impl TrustedProxies {
    /// Reads addresses and networks such as `10.0.0.0/8, ::1`, separated by commas; empty for none.
    /// Returns the part that is neither as the error.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        let networks = parts.map(|part| Network::parse(part).ok_or_else(|| part.to_owned()));
        networks.collect::<Result<_, _>>().map(Self)
    }

    /// The client of a request with these headers and extensions.
    pub(crate) fn client_of(&self, headers: &HeaderMap, extensions: &Extensions) -> Client {
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        Client(peer.map(|ConnectInfo(peer)| network(self.client(peer.ip(), headers))))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// The client of a request that came over a connection from `peer`.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let by_list = self.first_untrusted(&hops(headers, FORWARDED_FOR), Some);
        let by_standard = self.first_untrusted(&hops(headers, FORWARDED), forwarded_for);
        match (by_list, by_standard) {
            // The proxy wrote one of them and the client perhaps the other: neither is to be trusted.
            (Some(list), Some(standard)) if list != standard => peer,
            (list, standard) => list.or(standard).unwrap_or(peer),
        }
    }

    /// The first hop from the right that is not a trusted proxy. A hop that cannot be read ends the
    /// walk at the proxy that reported it.
    fn first_untrusted<'a>(
        &self,
        hops: &[&'a str],
        read: impl Fn(&'a str) -> Option<&'a str>,
    ) -> Option<IpAddr> {
        let mut client = None;
        for hop in hops.iter().rev() {
            let Some(address) = read(hop).and_then(address) else {
                break;
            };
            client = Some(address);
            if !self.trusts(address) {
                break;
            }
        }
        client
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Network { address, prefix }) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}{address}/{prefix}")?;
        }
        Ok(())
    }
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(most), |prefix| prefix.parse().ok())?;
        (prefix <= most).then_some(Self { address, prefix })
    }

    fn contains(self, address: IpAddr) -> bool {
        // A shift by the whole width is none: a prefix of 0 contains everything.
        let same = |differing: u128, width: u8| {
            let differing = differing.checked_shr((width - self.prefix).into());
            differing.unwrap_or(0) == 0
        };
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same((own.to_bits() ^ other.to_bits()).into(), 32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => same(own.to_bits() ^ other.to_bits(), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// The hops that all headers of this name list, in order; empty text for what is not text.
fn hops<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let values = headers.get_all(name).iter();
    let texts = values.map(|value| value.to_str().unwrap_or_default());
    texts
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .collect()
}

/// The `for` of an element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for")
            .then(|| value.trim_matches('"'))
    })
}

/// An address as proxies write it: alone, with a port, or in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let alone = bare.unwrap_or(text).parse().ok();
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    alone
        .or_else(with_port)
        .map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(trusted: &str, peer: &str, headers: &[(&'static str, &'static str)], client: &str) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("it is a header"));
        }
        let trusted = TrustedProxies::parse(trusted).expect("they are networks");
        let found = trusted.client(peer.parse().expect("it is an address"), &map);
        assert_eq!(found.to_string(), client, "{peer} {headers:?}");
    }

    #[test]
    fn nobody_but_a_trusted_proxy_speaks_for_another() {
        let forged = [(FORWARDED_FOR, "192.0.2.9"), (FORWARDED, "for=192.0.2.9")];
        check("", "198.51.100.1", &forged, "198.51.100.1");
        check("10.0.0.0/8", "198.51.100.1", &forged, "198.51.100.1");
        check("10.0.0.0/8", "10.1.2.3", &forged, "192.0.2.9");
        check("127.0.0.1", "::ffff:127.0.0.1", &forged, "192.0.2.9");
        check("10.0.0.0/8", "10.1.2.3", &[], "10.1.2.3");
    }

    #[test]
    fn the_first_hop_from_the_right_that_is_no_proxy_is_the_client() {
        let check = |header, client| check("10.0.0.0/8, ::1", "::1", &[header], client);
        check((FORWARDED_FOR, "1.1.1.1, 192.0.2.9, 10.0.0.2"), "192.0.2.9");
        check((FORWARDED_FOR, "192.0.2.9:4711"), "192.0.2.9");
        check((FORWARDED_FOR, "10.0.0.3, 10.0.0.2"), "10.0.0.3");
        check((FORWARDED_FOR, "192.0.2.9, unknown, 10.0.0.2"), "10.0.0.2");
        check((FORWARDED_FOR, "nonsense"), "::1");
        check(
            (
                FORWARDED,
                "for=1.1.1.1, For=\"[2001:db8::9]:4711\";proto=https",
            ),
            "2001:db8::9",
        );
    }

    #[test]
    fn two_headers_that_disagree_are_not_trusted() {
        let both = [(FORWARDED_FOR, "192.0.2.9"), (FORWARDED, "for=192.0.2.8")];
        check("10.0.0.1", "10.0.0.1", &both, "10.0.0.1");
    }

    #[test]
    fn networks_are_read_and_nothing_else_is() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("0.0.0.0/0", "192.0.2.1", "::1"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
        ] {
            let trusted = TrustedProxies::parse(text).expect("it is a network");
            assert!(
                trusted.trusts(inside.parse().expect("an address")),
                "{text}"
            );
            assert!(
                !trusted.trusts(outside.parse().expect("an address")),
                "{text}"
            );
        }
        let list = TrustedProxies::parse(" 10.0.0.0/8,::1 ").expect("they are networks");
        assert_eq!(list.to_string(), "10.0.0.0/8, ::1/128");
        for bad in ["10.0.0.0/33", "proxy.local", "10.0.0.0/", "10.0.0/8"] {
            assert_eq!(TrustedProxies::parse(bad), Err(bad.to_owned()));
        }
    }

    #[test]
    fn ipv6_counts_by_its_first_64_bits() {
        let network = |text: &str| network(text.parse().expect("it is an address"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
    }
}
