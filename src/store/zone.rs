//! Availability zones: the ones that nodes are in.

use rusqlite::{Connection, OptionalExtension};

use crate::store::StoreError;

/// All zones, by name.
pub fn list(connection: &Connection) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT DISTINCT availability_zone FROM nodes ORDER BY availability_zone";
    let mut statement = connection.prepare_cached(SQL)?;
    Ok(statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// Whether a node is in this zone.
pub fn exists(connection: &Connection, zone: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT 1 FROM nodes WHERE availability_zone = ?1 LIMIT 1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([zone], |_| Ok(()))
        .optional()?
        .is_some())
}
