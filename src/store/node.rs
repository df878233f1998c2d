//! The table `nodes`.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::bmc::{BmcConfig, BmcSummary};
use crate::model::event::{EventKind, Origin};
use crate::model::health::HealthState;
use crate::model::ids::{NodeId, TypeId};
use crate::model::node::{Node, TypeRef};
use crate::model::page::Page;
use crate::model::power::PowerState;
use crate::store::commits::{Footprint, Watched};
use crate::store::event::Change;
use crate::store::list::{self, ListQuery};
use crate::store::seal::Sealer;
use crate::store::sql_types::Json;
use crate::store::{StoreError, bmc, event, health, port};
use crate::time::Timestamp;

const SELECT: &str = "SELECT nodes.uuid, nodes.name, nodes.availability_zone, nodes.type_id, types.name, \
     nodes.properties, \
     (SELECT json_group_array(json_object('uuid', uuid, 'mac_address', mac_address, 'port_type', port_type, \
         'pxe_enabled', json(iif(pxe_enabled, 'true', 'false')))) \
      FROM (SELECT * FROM ports WHERE node_id = nodes.uuid ORDER BY position)), \
     nodes.bmc_interface, nodes.bmc_address, nodes.bmc_port, nodes.bmc_username, nodes.bmc_kg IS NOT NULL, \
     nodes.bmc_privilege_level, nodes.bmc_cipher_suite, nodes.bmc_device, nodes.power_state, nodes.power_state_at, \
     nodes.target_power_state, nodes.last_error, nodes.maintenance, nodes.maintenance_reason, instances.uuid, \
     nodes.extra, nodes.created_at, nodes.updated_at, nodes.revision, \
     nodes.bmc_quirks, nodes.bmc_profile, nodes.power_policy, nodes.min_off_secs, \
     nodes.is_own OR nodes.bmc_interface = 'open', \
     nodes.health_state, nodes.health_message, nodes.health_since, nodes.last_power_state, nodes.last_power_state_at \
     FROM nodes LEFT JOIN types ON types.uuid = nodes.type_id \
     LEFT JOIN instances ON instances.node_id = nodes.uuid";

/// Which nodes a list is to hold; `None` does not ask.
#[derive(Debug, Clone, Default)]
pub struct NodeFilter {
    /// With this name.
    pub name: Option<String>,
    /// In this zone.
    pub availability_zone: Option<String>,
    /// In this power state.
    pub power_state: Option<PowerState>,
    /// In maintenance, or not.
    pub maintenance: Option<bool>,
    /// With a BMC of which this is thought.
    pub health: Option<HealthState>,
}

/// The ids of the nodes that the filter asks for, in the order of the page.
pub fn list_ids(
    connection: &Connection,
    filter: NodeFilter,
    page: &Page,
) -> Result<Vec<NodeId>, StoreError> {
    let mut query = ListQuery::new("SELECT nodes.uuid FROM nodes", "nodes");
    query.filter("nodes.name = ?", filter.name);
    query.filter("nodes.availability_zone = ?", filter.availability_zone);
    query.filter("nodes.power_state = ?", filter.power_state);
    query.filter("nodes.maintenance = ?", filter.maintenance);
    query.filter("nodes.health_state = ?", filter.health);
    query.ids(connection, page)
}

/// These nodes, in this order; those that are gone are left out.
pub fn each_of(connection: &Connection, ids: &[NodeId]) -> Result<Vec<Node>, StoreError> {
    let sql = format!("{SELECT} WHERE nodes.uuid = ?1");
    list::each_of(connection, &sql, ids, from_row)
}

/// What polling needs to know of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polled {
    /// The node.
    pub id: NodeId,
    /// Which settings of its BMC are in force.
    pub bmc_revision: i64,
    /// No automatic work while this is set.
    pub maintenance: bool,
}

/// All nodes, for polling.
pub fn list_polled(connection: &Connection) -> Result<Vec<Polled>, StoreError> {
    const SQL: &str = "SELECT uuid, bmc_revision, maintenance FROM nodes";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([], |row| {
        Ok(Polled {
            id: row.get(0)?,
            bmc_revision: row.get(1)?,
            maintenance: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One node.
pub fn find(connection: &Connection, id: NodeId) -> Result<Option<Node>, StoreError> {
    let sql = format!("{SELECT} WHERE nodes.uuid = ?1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row([id], from_row)
        .optional()?)
}

/// What a node is read from; `None` where there is none. Its ports, its type's name and its instance are elsewhere, but whatever
/// changes there counts its revision, as its ETag has to change.
pub fn footprint(connection: &Connection, id: NodeId) -> Result<Option<Footprint>, StoreError> {
    const SQL: &str = "SELECT rowid FROM nodes WHERE uuid = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([id], |row| {
            Ok(Footprint::of_row(Watched::Nodes, row.get(0)?))
        })
        .optional()?)
}

/// The id behind a name.
pub fn id_of_name(connection: &Connection, name: &str) -> Result<Option<NodeId>, StoreError> {
    const SQL: &str = "SELECT uuid FROM nodes WHERE name = ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

/// Writes a new node with its ports. What is taken violates `nodes.name`, `nodes.uuid` or `ports.mac_address`.
pub fn insert(
    connection: &Connection,
    sealer: &Sealer,
    new: &Node,
    config: &BmcConfig,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO nodes (uuid, name, availability_zone, type_id, properties, bmc_interface, \
         bmc_address, bmc_port, bmc_username, bmc_password, bmc_kg, bmc_privilege_level, bmc_cipher_suite, bmc_device, \
         bmc_quirks, extra, created_at, power_policy, min_off_secs, health_since) VALUES (:uuid, :name, :availability_zone, :type_id, :properties, :interface, :address, \
         :port, :username, :password, :kg, :privilege_level, :cipher_suite, :device, :quirks, :extra, :created_at, \
         :power_policy, :min_off_secs, :health_since)";
    let bmc = bmc::Columns::sealed(sealer, new.id, config)?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": new.id,
        ":name": new.name,
        ":availability_zone": new.availability_zone,
        ":type_id": new.instance_type.as_ref().map(|of| of.id),
        ":properties": Json(&new.properties),
        ":interface": bmc.interface,
        ":address": bmc.address,
        ":port": bmc.port,
        ":username": bmc.username,
        ":password": bmc.password,
        ":kg": bmc.kg,
        ":privilege_level": bmc.privilege_level,
        ":cipher_suite": bmc.cipher_suite,
        ":device": bmc.device,
        ":quirks": Json(bmc.quirks),
        ":extra": Json(&new.extra),
        ":created_at": new.created_at,
        ":power_policy": new.power_policy,
        ":min_off_secs": new.min_off_secs,
        ":health_since": new.health.since,
    })?;
    port::replace_all(connection, new.id, &new.ports)
}

/// Writes what an admin may change, except the BMC's settings, and counts the revision.
pub fn update(connection: &Connection, changed: &Node) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET name = :name, availability_zone = :availability_zone, type_id = :type_id, \
         properties = :properties, extra = :extra, power_policy = :power_policy, min_off_secs = :min_off_secs, \
         wanted_power = iif(:power_policy = 'enforce', coalesce(wanted_power, power_state), wanted_power), \
         updated_at = :updated_at, revision = revision + 1 \
         WHERE uuid = :uuid";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": changed.id,
        ":name": changed.name,
        ":availability_zone": changed.availability_zone,
        ":type_id": changed.instance_type.as_ref().map(|of| of.id),
        ":properties": Json(&changed.properties),
        ":extra": Json(&changed.extra),
        ":power_policy": changed.power_policy,
        ":min_off_secs": changed.min_off_secs,
        ":updated_at": changed.updated_at,
    })?;
    port::replace_all(connection, changed.id, &changed.ports)
}

/// Sets or clears maintenance, and counts the revision.
pub fn update_maintenance(
    connection: &Connection,
    changed: &Node,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET maintenance = :maintenance, maintenance_reason = :reason, \
         updated_at = :now, revision = revision + 1 WHERE uuid = :uuid";
    let before = find(connection, changed.id)?;
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":uuid": changed.id,
        ":maintenance": changed.maintenance,
        ":reason": changed.maintenance_reason,
        ":now": now,
    })?;
    let word = |node: &Node| if node.maintenance { "on" } else { "off" };
    let Some(before) = before.filter(|before| {
        before.maintenance != changed.maintenance
            || before.maintenance_reason != changed.maintenance_reason
    }) else {
        return Ok(());
    };
    let change = Change {
        kind: EventKind::Maintenance,
        old: Some(word(&before)),
        new: Some(word(changed)),
        detail: changed.maintenance_reason.as_deref(),
    };
    event::insert(connection, changed.id, change, origin, now)
}

/// Counts the revision of a node whose `instance_uuid` has changed.
pub(super) fn touch(connection: &Connection, id: NodeId, now: Timestamp) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET updated_at = ?2, revision = revision + 1 WHERE uuid = ?1";
    connection
        .prepare_cached(SQL)?
        .execute(rusqlite::params![id, now])?;
    Ok(())
}

/// Deletes a node with its ports and tasks. One that an instance has violates a foreign key.
pub fn delete(connection: &Connection, id: NodeId) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM nodes WHERE uuid = ?1")?
        .execute([id])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Node> {
    let type_id: Option<TypeId> = row.get(3)?;
    let type_name: Option<String> = row.get(4)?;
    Ok(Node {
        id: row.get(0)?,
        name: row.get(1)?,
        availability_zone: row.get(2)?,
        instance_type: type_id
            .zip(type_name)
            .map(|(id, name)| TypeRef { id, name }),
        properties: row.get::<_, Json<_>>(5)?.0,
        ports: row.get::<_, Json<_>>(6)?.0,
        bmc: summary_from_row(row)?,
        bmc_learned: row.get::<_, Json<_>>(27)?.0,
        runs_ostlerd: row.get(30)?,
        power_policy: row.get(28)?,
        min_off_secs: row.get(29)?,
        power_state: row.get(15)?,
        power_state_at: row.get(16)?,
        last_power_state: row.get(34)?,
        last_power_state_at: row.get(35)?,
        health: health::health(row, 31)?,
        target_power_state: row.get(17)?,
        last_error: row.get(18)?,
        maintenance: row.get(19)?,
        maintenance_reason: row.get(20)?,
        instance_id: row.get(21)?,
        extra: row.get::<_, Json<_>>(22)?.0,
        created_at: row.get(23)?,
        updated_at: row.get(24)?,
        revision: row.get(25)?,
    })
}

fn summary_from_row(row: &Row<'_>) -> rusqlite::Result<BmcSummary> {
    if row.get_ref(7)?.as_str()? == "open" {
        return Ok(BmcSummary::Open {
            device: row.get(14)?,
        });
    }
    Ok(BmcSummary::Lan {
        address: row.get(8)?,
        port: row.get(9)?,
        username: row.get(10)?,
        has_kg: row.get(11)?,
        privilege_level: row.get(12)?,
        cipher_suite: bmc::cipher_suite(row.get(13)?)?,
        quirks: row.get::<_, Json<_>>(26)?.0,
    })
}
