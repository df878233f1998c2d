//! The table `addresses`: which addresses of a subnet are given out.

use std::net::IpAddr;

use rusqlite::{Connection, named_params};

use crate::model::ids::{InstanceId, SubnetId};
use crate::store::StoreError;

/// The addresses of a subnet that are given out, ascending.
pub fn list_used(connection: &Connection, subnet: SubnetId) -> Result<Vec<IpAddr>, StoreError> {
    const SQL: &str = "SELECT address FROM addresses WHERE subnet_id = ?1 ORDER BY address";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([subnet], |row| {
        let bytes = row.get_ref(0)?.as_blob()?;
        Ok(from_bytes(bytes))
    })?;
    let mut used = Vec::new();
    for address in rows {
        used.extend(address?);
    }
    Ok(used)
}

/// Gives an address to an instance. One that is given out already violates `addresses.address`.
pub fn insert(
    connection: &Connection,
    subnet: SubnetId,
    address: IpAddr,
    instance: InstanceId,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO addresses (subnet_id, address, instance_id) VALUES (:subnet, :address, :instance)";
    let bytes = match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    };
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":subnet": subnet,
        ":address": bytes,
        ":instance": instance,
    })?;
    Ok(())
}

fn from_bytes(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(v4));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}
