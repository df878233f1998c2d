//! Which node is the machine that the daemon runs on.

use rusqlite::{Connection, OptionalExtension};

use crate::model::ids::NodeId;
use crate::store::StoreError;

/// Whether a node is the daemon's own machine: its BMC is reached from inside, or has the GUID of the machine's own BMC.
pub fn is_own(connection: &Connection, node: NodeId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT is_own OR bmc_interface = 'open' FROM nodes WHERE uuid = ?1";
    let found = connection
        .prepare_cached(SQL)?
        .query_row([node], |row| row.get(0));
    Ok(found.optional()?.unwrap_or(false))
}

/// The nodes whose BMC answers and was not asked for its GUID yet, and to which nothing is being done.
pub fn list_unasked(connection: &Connection) -> Result<Vec<NodeId>, StoreError> {
    const SQL: &str = "SELECT uuid FROM nodes WHERE guid IS NULL AND power_state IS NOT NULL \
         AND bmc_interface = 'lan' AND NOT maintenance AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.node_id = nodes.uuid \
             AND tasks.finished_at IS NULL)";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps a BMC's GUID, unless its settings have changed since `revision`.
pub fn set_guid(
    connection: &Connection,
    node: NodeId,
    revision: i64,
    guid: &str,
    is_own: bool,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET guid = ?3, is_own = ?4, revision = revision + (is_own <> ?4) \
         WHERE uuid = ?1 AND bmc_revision = ?2";
    connection
        .prepare_cached(SQL)?
        .execute(rusqlite::params![node, revision, guid, is_own])?;
    Ok(())
}

/// The daemon may run on another machine than before, or have another idea of its own GUID: all are asked again. The node that
/// was its own stays so until its BMC has answered, which in maintenance may be much later.
pub fn ask_all_again(connection: &Connection) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET guid = NULL WHERE guid IS NOT NULL";
    connection.prepare_cached(SQL)?.execute([])?;
    Ok(())
}

/// There is no GUID to look for: no node is known to be the daemon's own.
pub fn forget_own(connection: &Connection) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET is_own = 0, revision = revision + 1 WHERE is_own";
    connection.prepare_cached(SQL)?.execute([])?;
    Ok(())
}
