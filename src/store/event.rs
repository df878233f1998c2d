//! The table `events`. The functions that change power, status, health, tasks and maintenance write here in the same
//! transaction, so no change goes without its event.

use rusqlite::types::ToSql;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params_from_iter};

use crate::model::event::{Audit, Cause, Event, EventKind, Origin};
use crate::model::ids::{InstanceId, NodeId};
use crate::model::page::SortDir;
use crate::model::task::Requester;
use crate::store::StoreError;
use crate::store::sql_types::Json;
use crate::time::Timestamp;

const SELECT: &str = "SELECT id, at, kind, cause, old, new, detail, node_id, node_name, instance_id, instance_name, \
     project_id, task, actor, audit FROM events";

/// A change before it is an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) kind: EventKind,
    pub(super) old: Option<&'a str>,
    pub(super) new: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
}

/// Writes the event of a change on a node, and on the instance that has it.
pub(super) fn insert(
    connection: &Connection,
    node: NodeId,
    change: Change<'_>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Health is the machine's and not its project's business: it names the BMC.
    const SQL: &str = "INSERT INTO events (at, kind, cause, old, new, detail, node_id, node_name, instance_id, \
         instance_name, project_id, task, actor) \
         SELECT :at, :kind, :cause, :old, :new, :detail, nodes.uuid, nodes.name, instances.uuid, instances.name, \
         iif(:kind = 'health', NULL, instances.project_id), :task, :actor \
         FROM nodes LEFT JOIN instances ON instances.node_id = nodes.uuid WHERE nodes.uuid = :node";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":at": now,
        ":kind": change.kind,
        ":cause": origin.cause,
        ":old": change.old,
        ":new": change.new,
        ":detail": change.detail,
        ":node": node,
        ":task": origin.task.as_ref().map(Json),
        ":actor": origin.actor.as_ref().map(Json),
    })?;
    Ok(())
}

/// What a change of a client is about.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The machine, and its name.
    pub node: Option<(NodeId, String)>,
    /// The instance, and its name.
    pub instance: Option<(InstanceId, String)>,
}

/// What a change of a node, or of its instance, is about; `None` where there is no such node.
pub fn about(connection: &Connection, node: NodeId) -> Result<Option<About>, StoreError> {
    const SQL: &str = "SELECT nodes.uuid, nodes.name, instances.uuid, instances.name FROM nodes \
         LEFT JOIN instances ON instances.node_id = nodes.uuid WHERE nodes.uuid = ?1";
    let read = |row: &Row<'_>| {
        Ok(About {
            node: Some((row.get(0)?, row.get(1)?)),
            instance: row.get::<_, Option<_>>(2)?.zip(row.get(3)?),
        })
    };
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([node], read)
        .optional()?)
}

/// Writes what a client changed, beside the events of the change itself. It has no project: it is for admins.
pub fn insert_audit(
    connection: &Connection,
    audit: &Audit,
    about: &About,
    actor: &Requester,
    now: Timestamp,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO events (at, kind, cause, new, node_id, node_name, instance_id, instance_name, actor, audit) \
         VALUES (:at, :kind, :cause, 'done', :node_id, :node_name, :instance_id, :instance_name, :actor, :audit)";
    connection.prepare_cached(SQL)?.execute(named_params! {
        ":at": now,
        ":kind": EventKind::Audit,
        ":cause": Cause::Request,
        ":node_id": about.node.as_ref().map(|(id, _)| id),
        ":node_name": about.node.as_ref().map(|(_, name)| name),
        ":instance_id": about.instance.as_ref().map(|(id, _)| id),
        ":instance_name": about.instance.as_ref().map(|(_, name)| name),
        ":actor": Json(actor),
        ":audit": Json(audit),
    })?;
    Ok(())
}

/// Which events are asked for; `None` does not ask.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Of these kinds; empty asks for all but [`EventKind::Audit`], which tells the same changes once more.
    pub kinds: Vec<EventKind>,
    /// Of this node.
    pub node_id: Option<NodeId>,
    /// Of this instance.
    pub instance_id: Option<InstanceId>,
    /// Of this project's instances.
    pub project_id: Option<String>,
    /// Asked for by this user.
    pub user_id: Option<String>,
}

/// What was read at one go.
#[derive(Debug)]
pub struct Batch {
    /// The events, in order.
    pub events: Vec<Event>,
    /// Everything up to here was looked at, whether it passed the filter or not.
    pub seen_to: i64,
}

/// At most `limit` events after `after` that pass the filter, oldest first.
pub fn list_after(
    connection: &Connection,
    filter: &EventFilter,
    after: i64,
    limit: u32,
) -> Result<Batch, StoreError> {
    let newest = last_id(connection)?;
    let events = list(connection, filter, Some(after), SortDir::Asc, limit)?;
    let is_full = u32::try_from(events.len()).is_ok_and(|count| count >= limit);
    let seen_to = match events.last() {
        Some(last) if is_full => last.id,
        Some(_) | None => newest.max(after),
    };
    Ok(Batch { events, seen_to })
}

/// At most `limit` events that pass the filter, beyond the marker in this order.
pub fn list(
    connection: &Connection,
    filter: &EventFilter,
    marker: Option<i64>,
    order: SortDir,
    limit: u32,
) -> Result<Vec<Event>, StoreError> {
    let (beyond, direction) = match order {
        SortDir::Asc => ("id > ?", "ASC"),
        SortDir::Desc => ("id < ?", "DESC"),
    };
    let mut conditions = vec!["true".to_owned()];
    let mut values: Vec<&dyn ToSql> = Vec::new();
    let mut add = |condition: &str, value: Option<_>| {
        if let Some(value) = value {
            conditions.push(condition.to_owned());
            values.push(value);
        }
    };
    add(beyond, marker.as_ref().map(|of| of as &dyn ToSql));
    add("node_id = ?", filter.node_id.as_ref().map(|of| of as _));
    add(
        "instance_id = ?",
        filter.instance_id.as_ref().map(|of| of as _),
    );
    add(
        "project_id = ?",
        filter.project_id.as_ref().map(|of| of as _),
    );
    add(
        "json_extract(actor, '$.user_id') = ?",
        filter.user_id.as_ref().map(|of| of as _),
    );
    if filter.kinds.is_empty() {
        conditions.push("kind <> 'audit'".to_owned());
    } else {
        let places = vec!["?"; filter.kinds.len()].join(", ");
        conditions.push(format!("kind IN ({places})"));
        values.extend(filter.kinds.iter().map(|kind| kind as &dyn ToSql));
    }
    values.push(&limit);
    let conditions = conditions.join(" AND ");
    let sql = format!("{SELECT} WHERE {conditions} ORDER BY id {direction} LIMIT ?");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement
        .query_map(params_from_iter(values), from_row)?
        .collect::<Result<_, _>>()?)
}

/// The id of the newest event that there ever was; 0 before the first.
pub fn last_id(connection: &Connection) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)";
    Ok(connection
        .prepare_cached(SQL)?
        .query_row([], |row| row.get(0))?)
}

/// When the newest event was written that is still there.
pub fn last_at(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    const SQL: &str = "SELECT at FROM events ORDER BY id DESC LIMIT 1";
    let at = connection
        .prepare_cached(SQL)?
        .query_row([], |row| row.get(0));
    Ok(at.optional()?)
}

/// Leaves out all ids up to this one: the next event has a larger one.
pub fn skip_to(connection: &Connection, id: i64) -> Result<(), StoreError> {
    const RAISE: &str = "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'events'";
    const BEGIN: &str = "INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?1)";
    if connection.execute(RAISE, [id])? == 0 {
        connection.execute(BEGIN, [id])?;
    }
    Ok(())
}

/// The id of the oldest event that is still there; the next id where none is.
pub fn first_id(connection: &Connection) -> Result<i64, StoreError> {
    let first: Option<i64> = connection
        .prepare_cached("SELECT min(id) FROM events")?
        .query_row([], |row| row.get(0))?;
    match first {
        Some(first) => Ok(first),
        None => Ok(last_id(connection)?.saturating_add(1)),
    }
}

/// Drops at most `limit` events that are older than this. Says how many.
pub fn prune(
    connection: &Connection,
    older_than: Timestamp,
    limit: u32,
) -> Result<usize, StoreError> {
    // From the oldest on, so that what is left has no holes, whatever the wall clock did.
    const SQL: &str =
        "DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?2) AND at < ?1";
    Ok(connection
        .prepare_cached(SQL)?
        .execute(rusqlite::params![older_than, limit])?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Event> {
    let cause: Cause = row.get(3)?;
    Ok(Event {
        id: row.get(0)?,
        at: row.get(1)?,
        kind: row.get(2)?,
        old: row.get(4)?,
        new: row.get(5)?,
        detail: row.get(6)?,
        node_id: row.get(7)?,
        node_name: row.get(8)?,
        instance_id: row.get(9)?,
        instance_name: row.get(10)?,
        project_id: row.get(11)?,
        origin: Origin {
            cause,
            task: row.get::<_, Option<Json<_>>>(12)?.map(|json| json.0),
            actor: row.get::<_, Option<Json<_>>>(13)?.map(|json| json.0),
        },
        audit: row.get::<_, Option<Json<_>>>(14)?.map(|json| json.0),
    })
}
