//! The ports of machines that are booted over the network, with their addresses: what DHCP has to know.

use std::net::{IpAddr, Ipv4Addr};

use rusqlite::Connection;

use crate::model::ids::PortId;
use crate::model::instance::Attachment;
use crate::rules::netboot::dhcp::BootPort;
use crate::store::StoreError;
use crate::store::sql_types::Json;
use crate::time::Timestamp;

/// All of them, in the order of their MAC addresses. A port that its node says not to boot from is none, nor is one of a
/// machine whose time is over.
pub fn list(connection: &Connection, now: Timestamp) -> Result<Vec<BootPort>, StoreError> {
    const SQL: &str = "SELECT ports.uuid, ports.mac_address, instances.name, instances.network_info FROM netboots \
         JOIN ports ON ports.node_id = netboots.node_id JOIN instances ON instances.uuid = netboots.instance_id \
         WHERE ports.pxe_enabled = 1 AND (expires_at IS NULL OR expires_at > ?1) ORDER BY ports.mac_address";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([now], |row| {
        let attachments: Json<Vec<Attachment>> = row.get(3)?;
        Ok(BootPort {
            mac_address: row.get(1)?,
            addresses: addresses(&attachments.0, row.get(0)?),
            instance_name: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn addresses(attachments: &[Attachment], port: PortId) -> Vec<Ipv4Addr> {
    let of_port = attachments.iter().filter(|of| of.port_id == port);
    let all = of_port.flat_map(|of| &of.fixed_ips);
    all.filter_map(|fixed| match fixed.ip_address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    })
    .collect()
}
