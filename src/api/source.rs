//! Where a request comes from: the other end of the connection, or whom a trusted proxy names.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use hyper::header::HeaderMap;
use ipnet::IpNet;

use crate::model::caller::{Peer, Source};

/// Each proxy appends whom it was spoken to by.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The source of a request. Each trusted proxy is believed in whom it names last, and nobody else: what stands further to
/// the left in `X-Forwarded-For` may be the client's own invention.
pub fn of_request(trusted_proxies: &[IpNet], peer: &Peer, headers: &HeaderMap) -> Source {
    let Some(source) = peer.source else {
        return Source::Unix;
    };
    let mut address = source.ip().to_canonical();
    let values = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut named = values.flat_map(|value| value.to_str().unwrap_or("?").rsplit(','));
    while is_trusted(trusted_proxies, address) {
        let Some(next) = named.next().and_then(read) else {
            break;
        };
        address = next;
    }
    Source::address(address)
}

/// Whether this is a proxy whose `X-Forwarded-*` headers count.
pub fn is_trusted(trusted_proxies: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    trusted_proxies.iter().any(|net| net.contains(&address))
}

/// Some proxies add the port.
fn read(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse::<IpAddr>().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))?;
    Some(address.to_canonical())
}

/// The client that an address stands for: itself; in IPv6 its network of 64 bits, of which a client often has all
/// addresses.
pub fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::caller::Transport;

    fn source(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
        let peer = Peer {
            transport: Transport::Tcp,
            source: Some(peer.parse().unwrap()),
            unix: None,
            certificate: None,
            has_to_use_tls: false,
        };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        of_request(&trusted, &peer, &headers).to_string()
    }

    #[test]
    fn a_trusted_proxy_says_who_spoke_to_it_and_nobody_else_does() {
        for (peer, forwarded, expected) in [
            ("192.0.2.1:1", &["198.51.100.7"][..], "192.0.2.1"),
            ("10.0.0.1:1", &[], "10.0.0.1"),
            ("10.0.0.1:1", &["198.51.100.7"], "198.51.100.7"),
            // What the client wrote itself stands to the left of what the proxy wrote.
            ("10.0.0.1:1", &["127.0.0.1, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1:1", &["127.0.0.1", "198.51.100.7"], "198.51.100.7"),
            // Two proxies.
            (
                "10.0.0.1:1",
                &["127.0.0.1, 198.51.100.7, 10.0.0.2"],
                "198.51.100.7",
            ),
            ("10.0.0.1:1", &["10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1:1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("[fd00::1]:1", &["[2001:db8::7]:4711"], "2001:db8::7"),
            ("[::ffff:10.0.0.1]:1", &["::ffff:192.0.2.9"], "192.0.2.9"),
            // The last one that is known for certain.
            ("10.0.0.1:1", &["198.51.100.7, unknown"], "10.0.0.1"),
            ("10.0.0.1:1", &["198.51.100.7,"], "10.0.0.1"),
            ("10.0.0.1:1", &["198.51.100.7, bad, 10.0.0.2"], "10.0.0.2"),
        ] {
            assert_eq!(source(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }
}
