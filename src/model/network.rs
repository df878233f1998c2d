//! Networks, their subnets and address pools.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::model::ids::{NetworkId, SubnetId};
use crate::time::Timestamp;

/// A network that instances are put into.
#[derive(Debug, Clone)]
pub struct Network {
    /// Its id.
    pub id: NetworkId,
    /// Its name, unique.
    pub name: String,
    /// The VLAN id, 1 to 4094, where it has one.
    pub vlan: Option<u16>,
    /// Its subnets: each instance gets one address from each. None: somebody else's DHCP.
    pub subnets: Vec<Subnet>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Counts changes, for ETags.
    pub revision: i64,
}

/// A subnet, IPv4 or IPv6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// Its id.
    pub uuid: SubnetId,
    /// Its prefix, with the host bits zero.
    pub cidr: IpNet,
    /// The router, never given to an instance.
    pub gateway_ip: Option<IpAddr>,
    /// Name servers.
    pub dns_nameservers: Vec<IpAddr>,
    /// What is given out; empty means the whole prefix but the addresses that cannot be a host's.
    pub allocation_pools: Vec<AddressPool>,
}

/// A range of addresses, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressPool {
    /// The first address.
    pub start: IpAddr,
    /// The last address.
    pub end: IpAddr,
}
