//! What a network's subnets must be like.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::model::network::{AddressPool, Subnet};
use crate::rules::addresses::to_number;
use crate::rules::input::InvalidInput;

/// Checks a network's subnets, each by itself and against each other.
pub fn check(subnets: &[Subnet]) -> Result<(), InvalidInput> {
    for (index, subnet) in subnets.iter().enumerate() {
        let field = format!("subnets/{index}");
        check_one(&field, subnet)?;
        let others = subnets.iter().take(index);
        if let Some(other) = others
            .into_iter()
            .find(|other| overlap(other.cidr, subnet.cidr))
        {
            let problem = format!(
                "{} overlaps {} of the same network",
                subnet.cidr, other.cidr
            );
            return Err(InvalidInput::new(format!("{field}/cidr"), problem));
        }
    }
    Ok(())
}

fn check_one(field: &str, subnet: &Subnet) -> Result<(), InvalidInput> {
    let cidr = subnet.cidr;
    if cidr.addr() != cidr.network() {
        let problem = format!("{cidr} has host bits set: write {}", cidr.trunc());
        return Err(InvalidInput::new(format!("{field}/cidr"), problem));
    }
    let inside = |name: &str, address: IpAddr| {
        if cidr.contains(&address) {
            return Ok(());
        }
        Err(InvalidInput::new(
            format!("{field}/{name}"),
            format!("{address} is not in {cidr}"),
        ))
    };
    if let Some(gateway) = subnet.gateway_ip {
        inside("gateway_ip", gateway)?;
    }
    for (index, pool) in subnet.allocation_pools.iter().enumerate() {
        inside(&format!("allocation_pools/{index}/start"), pool.start)?;
        inside(&format!("allocation_pools/{index}/end"), pool.end)?;
        let place = format!("{field}/allocation_pools/{index}");
        if to_number(pool.start) > to_number(pool.end) {
            let problem = format!(
                "starts at {}, which is behind its end {}",
                pool.start, pool.end
            );
            return Err(InvalidInput::new(place, problem));
        }
        let meets = |other: &AddressPool| {
            to_number(other.start) <= to_number(pool.end)
                && to_number(pool.start) <= to_number(other.end)
        };
        if subnet.allocation_pools.iter().take(index).any(meets) {
            return Err(InvalidInput::new(
                place,
                "overlaps another pool of the same subnet",
            ));
        }
    }
    Ok(())
}

fn overlap(a: IpNet, b: IpNet) -> bool {
    a.contains(&b) || b.contains(&a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::SubnetId;

    fn subnet(cidr: &str, gateway: &str, pool: Option<(&str, &str)>) -> Subnet {
        Subnet {
            uuid: SubnetId::random(),
            cidr: cidr.parse().unwrap(),
            gateway_ip: Some(gateway.parse().unwrap()),
            dns_nameservers: Vec::new(),
            allocation_pools: pool
                .map(|(start, end)| AddressPool {
                    start: start.parse().unwrap(),
                    end: end.parse().unwrap(),
                })
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn a_subnet_that_contradicts_itself_is_refused_at_the_place() {
        let table = [
            (subnet("10.0.0.5/24", "10.0.0.1", None), "subnets/0/cidr"),
            (
                subnet("10.0.0.0/24", "10.0.1.1", None),
                "subnets/0/gateway_ip",
            ),
            (
                subnet("10.0.0.0/24", "fd00::1", None),
                "subnets/0/gateway_ip",
            ),
            (
                subnet("10.0.0.0/24", "10.0.0.1", Some(("10.0.0.9", "10.0.0.2"))),
                "subnets/0/allocation_pools/0",
            ),
            (
                subnet("10.0.0.0/24", "10.0.0.1", Some(("10.0.0.9", "10.0.1.2"))),
                "subnets/0/allocation_pools/0/end",
            ),
        ];
        for (bad, field) in table {
            assert_eq!(check(&[bad]).unwrap_err().field, field);
        }
    }

    #[test]
    fn subnets_of_a_network_do_not_overlap() {
        let a = subnet("10.0.0.0/16", "10.0.0.1", None);
        let b = subnet("10.0.3.0/24", "10.0.3.1", None);
        assert_eq!(check(&[a.clone(), b]).unwrap_err().field, "subnets/1/cidr");
        assert!(check(&[a, subnet("fd00::/64", "fd00::1", None)]).is_ok());
    }
}
