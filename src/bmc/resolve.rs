//! From a node's `bmc.address` to a socket address.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::error::BmcError;
use super::memory::Memory;
use crate::model::bmc::LanConfig;
use crate::model::ids::NodeId;

/// Addresses need no look-up; names are looked up once, and again after the address led nowhere.
pub(super) async fn resolve(
    memory: &Memory,
    node: NodeId,
    lan: &LanConfig,
    limit: Duration,
) -> Result<SocketAddr, BmcError> {
    let name = lan.address.trim();
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, lan.port));
    }
    if let Some(mut at) = memory.resolved(node, name) {
        at.set_port(lan.port);
        return Ok(at);
    }
    let at = tokio::time::timeout(limit, tokio::net::lookup_host((name, lan.port)))
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        .and_then(|mut found| {
            found
                .next()
                .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        })
        .map_err(|source| BmcError::Unresolvable {
            name: name.to_owned(),
            source,
        })?;
    memory.resolve(node, name.to_owned(), at);
    Ok(at)
}
