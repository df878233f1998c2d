//! The tables `ports` and `attachments`: a node's network ports, and which of them an instance uses.

use rusqlite::{Connection, named_params};

use crate::model::ids::{InstanceId, NodeId, PortId};
use crate::model::instance::Attachment;
use crate::model::node::Port;
use crate::store::StoreError;

/// Makes these the ports of a node. Removing one that is in use violates a foreign key; a MAC address that another port
/// has violates `ports.mac_address`.
pub fn replace_all(
    connection: &Connection,
    node: NodeId,
    ports: &[Port],
) -> Result<(), StoreError> {
    const HIDE: &str = "UPDATE ports SET position = -1 - position WHERE node_id = ?1";
    const UPSERT: &str = "INSERT INTO ports (uuid, node_id, position, mac_address, port_type, pxe_enabled) \
         VALUES (:uuid, :node_id, :position, :mac_address, :port_type, :pxe_enabled) \
         ON CONFLICT (uuid) DO UPDATE SET position = excluded.position, mac_address = excluded.mac_address, \
         port_type = excluded.port_type, pxe_enabled = excluded.pxe_enabled";
    const DROP_HIDDEN: &str = "DELETE FROM ports WHERE node_id = ?1 AND position < 0";
    const DROP_OTHERS: &str =
        "DELETE FROM ports WHERE node_id = ?1 AND uuid NOT IN (SELECT value FROM json_each(?2))";
    // First those that go, so that their MAC addresses are free; then the rest out of the way of each other's positions.
    let kept: Vec<PortId> = ports.iter().map(|port| port.uuid).collect();
    let kept = serde_json::to_string(&kept)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    connection
        .prepare_cached(DROP_OTHERS)?
        .execute(rusqlite::params![node, kept])?;
    connection.prepare_cached(HIDE)?.execute([node])?;
    let mut upsert = connection.prepare_cached(UPSERT)?;
    for (position, port) in ports.iter().enumerate() {
        upsert.execute(named_params! {
            ":uuid": port.uuid,
            ":node_id": node,
            ":position": i64::try_from(position).unwrap_or(i64::MAX),
            ":mac_address": port.mac_address,
            ":port_type": port.port_type,
            ":pxe_enabled": port.pxe_enabled,
        })?;
    }
    connection.prepare_cached(DROP_HIDDEN)?.execute([node])?;
    Ok(())
}

/// Puts ports of an instance's node into networks. A port that is in one already violates `attachments.port_id`.
pub fn attach(
    connection: &Connection,
    instance: InstanceId,
    attachments: &[Attachment],
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO attachments (port_id, instance_id, network_id) VALUES (:port, :instance, :network)";
    let mut insert = connection.prepare_cached(SQL)?;
    for attachment in attachments {
        insert.execute(named_params! {
            ":port": attachment.port_id,
            ":instance": instance,
            ":network": attachment.network,
        })?;
    }
    Ok(())
}
