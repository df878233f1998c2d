//! The nodes that a new instance could get.

use rusqlite::{Connection, named_params};

use crate::model::placement::{Candidate, Counts};
use crate::store::StoreError;
use crate::store::sql_types::Json;

/// Gives each free node in the zone to `fits`, best first, until it says yes to one, and looks at none after that. Nodes
/// whose power is known come before those whose BMC does not answer, those whose BMC is well before those with a weak one,
/// and nodes that name their type before those that would serve others too.
pub fn first_free(
    connection: &Connection,
    zone: Option<&str>,
    mut fits: impl FnMut(&Candidate) -> bool,
) -> Result<Option<Candidate>, StoreError> {
    const SQL: &str = "SELECT nodes.uuid, nodes.availability_zone, nodes.type_id, nodes.properties, \
         (SELECT json_group_array(json_object('uuid', uuid, 'mac_address', mac_address, 'port_type', port_type, \
             'pxe_enabled', json(iif(pxe_enabled, 'true', 'false')))) \
          FROM (SELECT * FROM ports WHERE node_id = nodes.uuid ORDER BY position)), \
         nodes.power_state \
         FROM nodes INDEXED BY nodes_free \
         WHERE NOT taken AND NOT maintenance AND NOT is_own AND bmc_interface <> 'open' \
         AND (:zone IS NULL OR availability_zone = :zone) \
         AND NOT EXISTS (SELECT 1 FROM tasks WHERE tasks.node_id = nodes.uuid \
             AND tasks.finished_at IS NULL) \
         ORDER BY power_state IS NULL, health_state NOT IN ('good', 'unknown'), type_id IS NULL, name";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(named_params! { ":zone": zone })?;
    while let Some(row) = rows.next()? {
        let candidate = Candidate {
            id: row.get(0)?,
            availability_zone: row.get(1)?,
            type_id: row.get(2)?,
            properties: row.get::<_, Json<_>>(3)?.0,
            ports: row.get::<_, Json<_>>(4)?.0,
            power_state: row.get(5)?,
        };
        if fits(&candidate) {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

/// Counts what [`first_free`] leaves out, each node at the first filter that it fails.
pub fn counts(connection: &Connection, zone: Option<&str>) -> Result<Counts, StoreError> {
    const SQL: &str = "SELECT count(*), \
         count(*) FILTER (WHERE NOT in_zone), \
         count(*) FILTER (WHERE in_zone AND taken), \
         count(*) FILTER (WHERE in_zone AND NOT taken AND maintenance), \
         count(*) FILTER (WHERE in_zone AND NOT taken AND NOT maintenance AND own), \
         count(*) FILTER (WHERE in_zone AND NOT taken AND NOT maintenance AND NOT own AND busy) \
         FROM (SELECT maintenance, (is_own OR bmc_interface = 'open') AS own, (:zone IS NULL OR availability_zone = :zone) AS in_zone, \
             EXISTS (SELECT 1 FROM instances WHERE instances.node_id = nodes.uuid) AS taken, \
             EXISTS (SELECT 1 FROM tasks WHERE tasks.node_id = nodes.uuid \
                 AND tasks.finished_at IS NULL) AS busy FROM nodes)";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row(named_params! { ":zone": zone }, |row| {
            Ok(Counts {
                all: row.get(0)?,
                other_zone: row.get(1)?,
                taken: row.get(2)?,
                maintenance: row.get(3)?,
                own: row.get(4)?,
                busy: row.get(5)?,
            })
        })?)
}
