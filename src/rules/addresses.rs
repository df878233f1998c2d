//! Which address of a subnet is given out next.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::model::network::{AddressPool, Subnet};

/// The lowest address of the subnet's pools that is neither used nor the gateway's; `None` when all are given out.
/// `used` is ascending. Below `floor` none is free.
pub fn next_free(subnet: &Subnet, used: &[IpAddr], floor: Option<IpAddr>) -> Option<IpAddr> {
    let floor = floor.map_or(0, to_number);
    pools(subnet).iter().find_map(|pool| {
        let (start, end) = (to_number(pool.start).max(floor), to_number(pool.end));
        let mut taken = used
            .iter()
            .map(|address| to_number(*address))
            .skip_while(|used| *used < start)
            .peekable();
        let gateway = subnet.gateway_ip.map(to_number);
        let mut number = start;
        while number <= end {
            let is_used = taken.next_if_eq(&number).is_some();
            if !is_used && gateway != Some(number) {
                return Some(to_address(number, pool.start));
            }
            number = number.checked_add(1)?;
        }
        None
    })
}

/// Whether addresses are given out in ascending order, so that a floor below which none is free says it all.
pub fn is_ascending(subnet: &Subnet) -> bool {
    let pools = &subnet.allocation_pools;
    pools.is_sorted_by(|one, next| to_number(one.end) < to_number(next.start))
}

/// The pools that were set, or the whole prefix without the addresses that cannot be a host's.
fn pools(subnet: &Subnet) -> Vec<AddressPool> {
    if !subnet.allocation_pools.is_empty() {
        return subnet.allocation_pools.clone();
    }
    let (first, last) = (
        to_number(subnet.cidr.network()),
        to_number(subnet.cidr.broadcast()),
    );
    let (start, end) = match subnet.cidr {
        // Neither network nor broadcast address (RFC 3021 for /31).
        IpNet::V4(net) if net.prefix_len() < 31 => {
            (first.saturating_add(1), last.saturating_sub(1))
        }
        // The first is the subnet-router anycast address (RFC 4291 §2.6.1), except on links of two (RFC 6164).
        IpNet::V6(net) if net.prefix_len() < 127 => (first.saturating_add(1), last),
        IpNet::V4(_) | IpNet::V6(_) => (first, last),
    };
    let like = subnet.cidr.network();
    vec![AddressPool {
        start: to_address(start, like),
        end: to_address(end, like),
    }]
}

/// An address as a number that sorts like it, within its family.
pub(super) fn to_number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn to_address(number: u128, like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => {
            u32::try_from(number).map_or(like, |bits| Ipv4Addr::from_bits(bits).into())
        }
        IpAddr::V6(_) => Ipv6Addr::from_bits(number).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::SubnetId;

    fn subnet(cidr: &str, gateway: Option<&str>, pools: &[(&str, &str)]) -> Subnet {
        Subnet {
            uuid: SubnetId::random(),
            cidr: cidr.parse().unwrap(),
            gateway_ip: gateway.map(|ip| ip.parse().unwrap()),
            dns_nameservers: Vec::new(),
            allocation_pools: pools
                .iter()
                .map(|(start, end)| AddressPool {
                    start: start.parse().unwrap(),
                    end: end.parse().unwrap(),
                })
                .collect(),
        }
    }

    fn give_all(subnet: &Subnet) -> Vec<String> {
        let mut used = Vec::new();
        while let Some(address) = next_free(subnet, &used, None) {
            used.push(address);
            used.sort();
        }
        used.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn everything_but_network_broadcast_and_gateway_is_given_out_once() {
        let given = give_all(&subnet("10.0.0.0/29", Some("10.0.0.1"), &[]));
        assert_eq!(
            given,
            ["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"]
        );
        assert_eq!(
            give_all(&subnet("10.0.0.0/31", None, &[])),
            ["10.0.0.0", "10.0.0.1"]
        );
        assert_eq!(
            give_all(&subnet("fd00::/126", None, &[])),
            ["fd00::1", "fd00::2", "fd00::3"]
        );
    }

    #[test]
    fn pools_are_used_in_order_and_holes_are_filled_first() {
        let subnet = subnet(
            "10.0.0.0/24",
            None,
            &[("10.0.0.10", "10.0.0.12"), ("10.0.0.20", "10.0.0.20")],
        );
        assert_eq!(
            give_all(&subnet),
            ["10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.20"]
        );
        let used = ["10.0.0.10", "10.0.0.12"].map(|ip| ip.parse().unwrap());
        assert_eq!(
            next_free(&subnet, &used, None),
            Some("10.0.0.11".parse().unwrap())
        );
    }

    #[test]
    fn looking_begins_at_the_floor() {
        let subnet = subnet(
            "10.0.0.0/24",
            None,
            &[("10.0.0.10", "10.0.0.12"), ("10.0.0.20", "10.0.0.29")],
        );
        let next = |floor: &str| next_free(&subnet, &[], Some(floor.parse().unwrap()));
        for (floor, expected) in [
            ("10.0.0.1", "10.0.0.10"),
            ("10.0.0.12", "10.0.0.12"),
            ("10.0.0.13", "10.0.0.20"),
        ] {
            assert_eq!(next(floor), Some(expected.parse().unwrap()), "{floor}");
        }
        assert_eq!(next("10.0.0.30"), None);
        assert!(is_ascending(&subnet));
    }

    #[test]
    fn the_last_address_of_all_does_not_overflow() {
        let top = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
        let subnet = subnet("ffff::/16", None, &[(top, top)]);
        assert_eq!(give_all(&subnet), [top]);
    }
}
