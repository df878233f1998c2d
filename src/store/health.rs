//! The columns `health_…` of the table `nodes`: what is thought of each BMC. Only here do they change, each change of
//! state with its event.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::model::event::{EventKind, Origin};
use crate::model::health::{Health, HealthState};
use crate::model::ids::NodeId;
use crate::model::page::Page;
use crate::model::power::PowerState;
use crate::rules::health::Verdict;
use crate::store::event::Change;
use crate::store::list::{self, ListQuery};
use crate::store::{StoreError, event};
use crate::time::Timestamp;

/// What is stored of a node's health, with what tells nodes apart.
#[derive(Debug, Clone)]
pub struct StoredHealth {
    /// The node.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// The zone that it is in.
    pub availability_zone: String,
    /// What is thought of its BMC.
    pub health: Health,
    /// When the BMC had last answered anything when that was written.
    pub last_contact: Option<Timestamp>,
    /// While the power is unknown: when it was last read.
    pub last_reading: Option<Timestamp>,
    /// What the BMC last said of the power; `None` while it cannot be read.
    pub power_state: Option<PowerState>,
    /// When the node was registered.
    pub created_at: Timestamp,
    /// Counts its changes.
    pub revision: i64,
}

/// Which nodes a list is to hold; `None` does not ask.
#[derive(Debug, Clone, Default)]
pub struct HealthFilter {
    /// In this state.
    pub state: Option<HealthState>,
    /// In this zone.
    pub availability_zone: Option<String>,
}

const SELECT: &str = "SELECT nodes.uuid, nodes.name, nodes.availability_zone, nodes.health_state, nodes.health_message, \
     nodes.health_since, nodes.last_contact_at, nodes.power_state, nodes.created_at, nodes.revision, \
     nodes.last_power_state_at FROM nodes";

/// The ids of the nodes that the filter asks for, in the order of the page.
pub fn list_ids(
    connection: &Connection,
    filter: HealthFilter,
    page: &Page,
) -> Result<Vec<NodeId>, StoreError> {
    let mut query = ListQuery::new("SELECT nodes.uuid FROM nodes", "nodes");
    query.filter("nodes.health_state = ?", filter.state);
    query.filter("nodes.availability_zone = ?", filter.availability_zone);
    query.ids(connection, page)
}

/// What is stored of these nodes, in this order; those that are gone are left out.
pub fn each_of(connection: &Connection, ids: &[NodeId]) -> Result<Vec<StoredHealth>, StoreError> {
    let sql = format!("{SELECT} WHERE nodes.uuid = ?1");
    list::each_of(connection, &sql, ids, from_row)
}

/// What is stored of all nodes, in no order.
pub fn all(connection: &Connection) -> Result<Vec<StoredHealth>, StoreError> {
    let mut statement = connection.prepare_cached(SELECT)?;
    let rows = statement.query_map([], from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many nodes there are in each state, without the states that none is in.
pub fn count(connection: &Connection) -> Result<Vec<(HealthState, u32)>, StoreError> {
    const SQL: &str =
        "SELECT health_state, count(*) FROM nodes GROUP BY health_state ORDER BY health_state";
    let mut statement = connection.prepare_cached(SQL)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What is thought of a node's BMC; `None` if the node is gone.
pub fn find(connection: &Connection, node: NodeId) -> Result<Option<StoredHealth>, StoreError> {
    let sql = format!("{SELECT} WHERE nodes.uuid = ?1");
    let found = connection.prepare_cached(&sql)?.query_row([node], from_row);
    Ok(found.optional()?)
}

/// Whether a verdict says anything that is not stored. The numbers of a slow BMC change with each look; those of its first
/// stay.
pub fn is_news(stored: &Health, verdict: &Verdict) -> bool {
    stored.state != verdict.state
        || (stored.state != HealthState::Slow && stored.message != verdict.message)
}

/// Records what to think of a BMC, if that is news and its settings are still those of `bmc_revision`.
pub fn record(
    connection: &Connection,
    node: NodeId,
    bmc_revision: Option<i64>,
    verdict: &Verdict,
    last_contact: Option<Timestamp>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET health_state = :state, health_message = :message, \
         health_since = iif(health_state = :state, health_since, :now), \
         last_contact_at = coalesce(:last_contact, last_contact_at), updated_at = :now, revision = revision + 1 \
         WHERE uuid = :node AND ifnull(:bmc_revision, bmc_revision) = bmc_revision";
    let Some(before) = find(connection, node)?.map(|stored| stored.health) else {
        return Ok(());
    };
    if !is_news(&before, verdict) {
        return Ok(());
    }
    let written = connection.prepare_cached(SQL)?.execute(named_params! {
        ":node": node,
        ":bmc_revision": bmc_revision,
        ":state": verdict.state,
        ":message": verdict.message,
        ":last_contact": last_contact,
        ":now": now,
    })?;
    if written == 0 || before.state == verdict.state {
        return Ok(());
    }
    let change = Change {
        kind: EventKind::Health,
        old: Some(before.state.as_str()),
        new: Some(verdict.state.as_str()),
        detail: Some(&verdict.message),
    };
    event::insert(connection, node, change, origin, now)
}

/// The settings of the BMC have changed: nothing is known of it any more.
pub fn forget(
    connection: &Connection,
    node: NodeId,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE nodes SET last_contact_at = NULL WHERE uuid = ?1";
    let unasked = Verdict {
        state: HealthState::Unknown,
        message: Health::UNASKED.to_owned(),
    };
    record(connection, node, None, &unasked, None, origin, now)?;
    connection.prepare_cached(SQL)?.execute([node])?;
    Ok(())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<StoredHealth> {
    Ok(StoredHealth {
        node: row.get(0)?,
        name: row.get(1)?,
        availability_zone: row.get(2)?,
        health: health(row, 3)?,
        last_contact: row.get(6)?,
        power_state: row.get(7)?,
        created_at: row.get(8)?,
        revision: row.get(9)?,
        last_reading: row.get(10)?,
    })
}

/// State, message and time from three columns, from this one on.
pub(super) fn health(row: &Row<'_>, first: usize) -> rusqlite::Result<Health> {
    let message: Option<String> = row.get(first + 1)?;
    Ok(Health {
        state: row.get(first)?,
        message: message.unwrap_or_else(|| Health::UNASKED.to_owned()),
        since: row.get(first + 2)?,
    })
}
