//! The table `networks`.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::ids::NetworkId;
use crate::model::network::Network;
use crate::model::page::Page;
use crate::store::StoreError;
use crate::store::list::ListQuery;
use crate::store::sql_types::Json;

const SELECT: &str =
    "SELECT uuid, name, vlan, subnets, created_at, updated_at, revision FROM networks";

/// All networks, in the order of the page.
pub fn list(connection: &Connection, page: &Page) -> Result<Vec<Network>, StoreError> {
    let mut found = Vec::new();
    ListQuery::new(SELECT, "networks").run(connection, page, |row| {
        found.push(from_row(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// One network.
pub fn find(connection: &Connection, id: NetworkId) -> Result<Option<Network>, StoreError> {
    let sql = format!("{SELECT} WHERE uuid = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], from_row)
        .optional()?)
}

/// The id behind a name.
pub fn id_of_name(connection: &Connection, name: &str) -> Result<Option<NetworkId>, StoreError> {
    const SQL: &str = "SELECT uuid FROM networks WHERE name = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// Writes a new network. A name or id that is taken violates `networks.name` or `networks.uuid`.
pub fn insert(connection: &Connection, new: &Network) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO networks (uuid, name, vlan, subnets, created_at) \
         VALUES (:uuid, :name, :vlan, :subnets, :created_at)";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": new.id,
        ":name": new.name,
        ":vlan": new.vlan,
        ":subnets": Json(&new.subnets),
        ":created_at": new.created_at,
    })?;
    Ok(())
}

/// Writes what may change, and counts the revision.
pub fn update(connection: &Connection, changed: &Network) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE networks SET name = :name, vlan = :vlan, subnets = :subnets, \
         updated_at = :updated_at, revision = revision + 1 WHERE uuid = :uuid";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": changed.id,
        ":name": changed.name,
        ":vlan": changed.vlan,
        ":subnets": Json(&changed.subnets),
        ":updated_at": changed.updated_at,
    })?;
    Ok(())
}

/// Whether an instance is in this network.
pub fn is_in_use(connection: &Connection, id: NetworkId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM attachments WHERE network_id = ?1 LIMIT 1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([id], |_| Ok(()))
        .optional()?
        .is_some())
}

/// Deletes a network. One that is in use violates a foreign key.
pub fn delete(connection: &Connection, id: NetworkId) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM networks WHERE uuid = ?1")?
        .execute([id])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Network> {
    Ok(Network {
        id: row.get(0)?,
        name: row.get(1)?,
        vlan: row.get(2)?,
        subnets: row.get::<_, Json<_>>(3)?.0,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
        revision: row.get(6)?,
    })
}
