//! The sockets of a rack: one for each BMC, or one for all that share a port.
//!
//! BMCs on the same port of different IPv4 addresses need no socket each: one that is bound to the wildcard learns from
//! `IP_PKTINFO` for which of them a datagram is, and says with it which of them answers. Ten thousand BMCs are then one open
//! file, and a burst of datagrams is one system call.

pub(super) mod block;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use crate::sim::config::SimBmcConfig;

/// Longer than any IPMI datagram: what is longer is cut, and then not understood.
pub(super) const LONGEST_DATAGRAM: usize = 1024;

/// An open socket and whom it serves. Sockets do not block.
pub(super) struct Bound {
    pub(super) socket: UdpSocket,
    pub(super) serves: Serves,
}

/// The BMCs behind a socket, by their position in the rack.
pub(super) enum Serves {
    /// What comes is for this one.
    One(usize),
    /// What comes is for the BMC that has the address; for nobody if none has.
    Block(HashMap<Ipv4Addr, usize>),
}

/// Opens the sockets for these BMCs, and says where each listens.
///
/// # Errors
/// An address that cannot be bound.
pub(super) fn bind(configs: &[SimBmcConfig]) -> io::Result<(Vec<Bound>, Vec<SocketAddr>)> {
    let blocks = blocks(configs);
    let mut sockets = Vec::new();
    let mut addresses = Vec::with_capacity(configs.len());
    for (index, config) in configs.iter().enumerate() {
        if blocks.contains_key(&config.bind.port()) && config.bind.is_ipv4() {
            addresses.push(config.bind);
            continue;
        }
        let socket =
            UdpSocket::bind(config.bind).map_err(|error| cannot_bind(config.bind, &error))?;
        socket.set_nonblocking(true)?;
        addresses.push(socket.local_addr()?);
        sockets.push(Bound {
            socket,
            serves: Serves::One(index),
        });
    }
    for (port, block) in blocks {
        let wildcard = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let socket = block::bind(wildcard).map_err(|error| cannot_bind(wildcard, &error))?;
        sockets.push(Bound {
            socket,
            serves: Serves::Block(block),
        });
    }
    Ok((sockets, addresses))
}

/// The BMCs that share a port, by port. One that has its port for itself, or its address twice, is in none.
fn blocks(configs: &[SimBmcConfig]) -> HashMap<u16, HashMap<Ipv4Addr, usize>> {
    let mut blocks: HashMap<u16, HashMap<Ipv4Addr, usize>> = HashMap::new();
    let mut unfit = Vec::new();
    for (index, config) in configs.iter().enumerate() {
        let (IpAddr::V4(address), port) = (config.bind.ip(), config.bind.port()) else {
            continue;
        };
        let twice = blocks
            .entry(port)
            .or_default()
            .insert(address, index)
            .is_some();
        // Binding them one by one says what is wrong with such a port.
        if port == 0 || twice || address.is_unspecified() {
            unfit.push(port);
        }
    }
    blocks.retain(|port, block| block.len() > 1 && !unfit.contains(port));
    blocks
}

fn cannot_bind(address: SocketAddr, error: &io::Error) -> io::Error {
    let hint = match error.raw_os_error() {
        Some(code) if code == nix::errno::Errno::EMFILE as i32 => " (raise it: ulimit -n)",
        _ => "",
    };
    io::Error::new(
        error.kind(),
        format!("cannot bind {address}: {error}{hint}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(addresses: &[&str]) -> Vec<SimBmcConfig> {
        let config = |(index, address): (usize, &&str)| SimBmcConfig {
            bind: address.parse().unwrap(),
            ..SimBmcConfig::new(format!("node-{index}"))
        };
        addresses.iter().enumerate().map(config).collect()
    }

    #[test]
    fn only_different_addresses_on_one_port_share_a_socket() {
        for (addresses, shared) in [
            (&["127.0.0.1:7", "127.0.0.2:7", "127.0.0.3:8"][..], &[7][..]),
            (&["127.0.0.1:7", "127.0.0.1:8"], &[]),
            (&["127.0.0.1:0", "127.0.0.2:0"], &[]),
            (&["127.0.0.1:7", "127.0.0.1:7"], &[]),
            (&["127.0.0.1:7", "[::1]:7"], &[]),
            (&["127.0.0.1:7", "0.0.0.0:7"], &[]),
        ] {
            let found: Vec<u16> = blocks(&at(addresses)).into_keys().collect();
            assert_eq!(found, shared, "{addresses:?}");
        }
    }
}
