//! The table `addresses`: which addresses of a subnet are given out.

use std::net::IpAddr;

use rusqlite::{Connection, OptionalExtension, named_params, params};

use crate::model::ids::{InstanceId, SubnetId};
use crate::store::StoreError;

/// The addresses of a subnet that are given out, from this one on (`None`: all), ascending.
pub fn list_used(
    connection: &Connection,
    subnet: SubnetId,
    from: Option<IpAddr>,
) -> Result<Vec<IpAddr>, StoreError> {
    const SQL: &str =
        "SELECT address FROM addresses WHERE subnet_id = ?1 AND address >= ?2 ORDER BY address";
    let from = from.map(to_bytes).unwrap_or_default();
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map(params![subnet, from], |row| {
        let bytes = row.get_ref(0)?.as_blob()?;
        Ok(from_bytes(bytes))
    })?;
    let mut used = Vec::new();
    for address in rows {
        used.extend(address?);
    }
    Ok(used)
}

/// The address below which no address of a subnet is free; `None` where that is not known.
pub fn floor(connection: &Connection, subnet: SubnetId) -> Result<Option<IpAddr>, StoreError> {
    const SQL: &str = "SELECT address FROM address_floors WHERE subnet_id = ?1";
    let floor = connection
        .prepare_cached(SQL)?
        .query_row([subnet], |row| Ok(from_bytes(row.get_ref(0)?.as_blob()?)));
    Ok(floor.optional()?.flatten())
}

/// Says that no address of a subnet is free below this one. It holds until one of them comes back, or the subnet changes.
pub fn set_floor(
    connection: &Connection,
    subnet: SubnetId,
    floor: IpAddr,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO address_floors (subnet_id, address) VALUES (?1, ?2) \
         ON CONFLICT (subnet_id) DO UPDATE SET address = excluded.address";
    connection
        .prepare_cached(SQL)?
        .execute(params![subnet, to_bytes(floor)])?;
    Ok(())
}

/// Gives an address to an instance. One that is given out already violates `addresses.address`.
pub fn insert(
    connection: &Connection,
    subnet: SubnetId,
    address: IpAddr,
    instance: InstanceId,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO addresses (subnet_id, address, instance_id) VALUES (:subnet, :address, :instance)";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":subnet": subnet,
        ":address": to_bytes(address),
        ":instance": instance,
    })?;
    Ok(())
}

fn to_bytes(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

fn from_bytes(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(v4));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}
